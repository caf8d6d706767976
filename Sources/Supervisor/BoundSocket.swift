internal import Glibc

/// An address the supervisor listens on for the worker.
package struct SupervisedAddress: Hashable, Sendable {
    /// The listener's name, by which the worker knows what to serve there.
    package var name: String
    /// A numeric address or a host name; `*` for all.
    package var host: String
    package var port: Int

    package init(name: String, host: String, port: Int) {
        self.name = name
        self.host = host
        self.port = port
    }
}

/// An address could not be listened on.
package struct SocketError: Error, CustomStringConvertible {
    package var address: SupervisedAddress
    package var reason: String

    package var description: String {
        "cannot listen on \(self.address.host):\(self.address.port) for \(self.address.name): \(self.reason)"
    }
}

/// A socket that listens and is inherited by the worker, and by the program that replaces this one.
struct BoundSocket {
    let name: String
    let descriptor: Int32

    /// Connections the kernel keeps waiting while no worker takes them.
    private static let backlog: Int32 = 4_096

    init(_ address: SupervisedAddress) throws(SocketError) {
        self.name = address.name
        self.descriptor = try Self.listen(on: SocketName(address), address)
    }

    /// One that listens already.
    init(name: String, listening descriptor: Int32) {
        self.name = name
        self.descriptor = descriptor
    }

    /// Whether it is what a new socket for `address` would be.
    func isBound(to address: SupervisedAddress) -> Bool {
        guard self.name == address.name else { return false }
        guard let wanted = try? SocketName(address) else { return false }
        return self.localAddress == wanted.octets
    }

    /// `nil` when it is no socket of the internet.
    var port: UInt16? {
        guard let address = self.localAddress, address.count >= 4 else { return nil }
        // The port stands at the same place for both families.
        return UInt16(address[2]) << 8 | UInt16(address[3])
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

    private static func listen(on name: SocketName, _ address: SupervisedAddress) throws(SocketError) -> Int32 {
        let descriptor = socket(name.family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SocketError(address: address, reason: lastError()) }
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        guard name.bind(descriptor), Glibc.listen(descriptor, Self.backlog) == 0 else {
            let reason = lastError()
            _ = Glibc.close(descriptor)
            throw SocketError(address: address, reason: reason)
        }
        return descriptor
    }
}

/// What an address is called in a call to the system.
private struct SocketName {
    let family: Int32
    /// A `sockaddr` of that family.
    let octets: [UInt8]

    /// The first of the addresses a name stands for.
    init(_ address: SupervisedAddress) throws(SocketError) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        let host = address.host == "*" ? nil : address.host
        let status = unsafe getaddrinfo(host, String(address.port), &hints, &list)
        guard status == 0, let first = unsafe list else {
            throw SocketError(address: address, reason: "no such address")
        }
        defer { unsafe freeaddrinfo(first) }
        self.family = unsafe first.pointee.ai_family
        self.octets = unsafe Array(
            UnsafeRawBufferPointer(start: first.pointee.ai_addr, count: Int(first.pointee.ai_addrlen))
        )
    }

    func bind(_ descriptor: Int32) -> Bool {
        unsafe self.octets.withUnsafeBytes { bytes in
            guard let name = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
            return unsafe Glibc.bind(descriptor, name, socklen_t(bytes.count)) == 0
        }
    }
}
