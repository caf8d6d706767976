internal import Glibc
internal import MailTypes

/// An address the supervisor listens on for the worker.
package struct SupervisedAddress: Hashable, Sendable {
    /// The listener's name, by which the worker knows what to serve there.
    package var name: String
    /// A numeric address or a host name; `*` for all.
    package var host: String
    package var port: Int
    /// Whether `::` leaves IPv4 to another address of this port; else it takes both.
    package var isIPv6Only: Bool

    package init(name: String, host: String, port: Int, isIPv6Only: Bool = false) {
        self.name = name
        self.host = host
        self.port = port
        self.isIPv6Only = isIPv6Only
    }
}

/// An address could not be listened on.
package struct SocketError: Error, CustomStringConvertible {
    package var address: SupervisedAddress
    package var reason: String

    package var description: String {
        let host = self.address.host.contains(":") ? "[\(self.address.host)]" : self.address.host
        return "cannot listen on \(host):\(self.address.port) for \(self.address.name): \(self.reason)"
    }
}

/// A socket that listens. The worker inherits it, and the program that replaces this one.
struct BoundSocket {
    let name: String
    let descriptor: Int32

    /// Connections the kernel keeps waiting while no worker takes them: as many as the system allows
    /// (`net.core.somaxconn`).
    private static let backlog = Int32.max

    init(_ address: SupervisedAddress) throws(SocketError) {
        self.name = address.name
        self.descriptor = try Self.listen(on: SocketName.choices(address), address)
    }

    /// One that listens already.
    init(name: String, listening descriptor: Int32) {
        self.name = name
        self.descriptor = descriptor
    }

    /// Whether it is what a new socket for `address` would be.
    func isBound(to address: SupervisedAddress) -> Bool {
        guard self.name == address.name else { return false }
        guard let choices = try? SocketName.choices(address), let local = self.localAddress else { return false }
        return choices.contains { $0.octets == local && $0.isIPv6Only == Self.isIPv6Only(self.descriptor, $0) }
    }

    /// `nil` when it is no socket of the internet.
    var port: UInt16? {
        guard let address = self.localAddress, address.count >= 4 else { return nil }
        // The port stands at the same place for both families.
        return UInt16(address[2]) << 8 | UInt16(address[3])
    }

    /// Whether a program that this process becomes or starts has it too; a new one is not inherited.
    func setInherited(_ isInherited: Bool) {
        _ = fcntl(self.descriptor, F_SETFD, isInherited ? 0 : FD_CLOEXEC)
    }

    func close() {
        _ = Glibc.close(self.descriptor)
    }

    private var localAddress: [UInt8]? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(self.descriptor, $0, &size)
            }
        }
        guard status == 0 else { return nil }
        return unsafe withUnsafeBytes(of: &storage) { unsafe Array($0.prefix(Int(size))) }
    }

    /// Listens on the first of the names that this machine can have.
    private static func listen(on names: [SocketName], _ address: SupervisedAddress) throws(SocketError) -> Int32 {
        var reason = "no such address"
        for name in names {
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            let descriptor = socket(name.family, kind, 0)
            if descriptor >= 0, Self.listen(descriptor, on: name) { return descriptor }
            let error = errno
            reason = SystemFailure.last
            if descriptor >= 0 { _ = Glibc.close(descriptor) }
            guard error == EAFNOSUPPORT || error == EADDRNOTAVAIL else { break }
        }
        throw SocketError(address: address, reason: reason)
    }

    private static func listen(_ descriptor: Int32, on name: SocketName) -> Bool {
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        if let isIPv6Only = name.isIPv6Only {
            // Said either way: what a socket is without is a setting of the system.
            var only: Int32 = isIPv6Only ? 1 : 0
            unsafe setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &only, size)
        }
        return name.bind(descriptor) && Glibc.listen(descriptor, Self.backlog) == 0
    }

    /// As ``SocketName/isIPv6Only`` has it, for a socket of that name.
    private static func isIPv6Only(_ descriptor: Int32, _ name: SocketName) -> Bool? {
        guard name.isIPv6Only != nil else { return nil }
        var only: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        unsafe getsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &only, &size)
        return only != 0
    }
}

/// What an address is called in a call to the system.
private struct SocketName {
    let family: Int32
    /// A `sockaddr` of that family.
    let octets: [UInt8]

    /// Whether it leaves IPv4 alone; `nil` unless it is `::`, which can take both.
    let isIPv6Only: Bool?

    /// What to try, in this order. For `*` that is `::` with IPv4, or `0.0.0.0` on a machine without IPv6.
    static func choices(_ address: SupervisedAddress) throws(SocketError) -> [SocketName] {
        guard address.host == "*" else { return [try SocketName(address)] }
        var (both, old) = (address, address)
        (both.host, both.isIPv6Only, old.host) = ("::", false, "0.0.0.0")
        return [try SocketName(both), try SocketName(old)]
    }

    /// The first of the addresses a name stands for.
    private init(_ address: SupervisedAddress) throws(SocketError) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(address.host, String(address.port), &hints, &list)
        guard status == 0, let first = unsafe list else {
            throw SocketError(address: address, reason: "no such address")
        }
        defer { unsafe freeaddrinfo(first) }
        self.family = unsafe first.pointee.ai_family
        self.octets = unsafe Array(
            UnsafeRawBufferPointer(start: first.pointee.ai_addr, count: Int(first.pointee.ai_addrlen))
        )
        // The address stands behind family, port and flow.
        let isEverything = self.family == AF_INET6 && self.octets.dropFirst(8).prefix(16).allSatisfy { $0 == 0 }
        self.isIPv6Only = isEverything ? address.isIPv6Only : nil
    }

    func bind(_ descriptor: Int32) -> Bool {
        unsafe self.octets.withUnsafeBytes { bytes in
            guard let name = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
            return unsafe Glibc.bind(descriptor, name, socklen_t(bytes.count)) == 0
        }
    }
}
