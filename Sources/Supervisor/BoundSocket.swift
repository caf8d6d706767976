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

/// A socket that listens and is inherited by the worker.
struct BoundSocket {
    let name: String
    let descriptor: Int32

    /// Connections the kernel keeps waiting while no worker takes them.
    private static let backlog: Int32 = 4_096

    init(_ address: SupervisedAddress) throws(SocketError) {
        self.name = address.name
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
        self.descriptor = try unsafe Self.listen(on: first.pointee, address)
    }

    private static func listen(on info: addrinfo, _ address: SupervisedAddress) throws(SocketError) -> Int32 {
        let descriptor = unsafe socket(info.ai_family, info.ai_socktype, info.ai_protocol)
        guard descriptor >= 0 else { throw SocketError(address: address, reason: lastError()) }
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        guard unsafe bind(descriptor, info.ai_addr, info.ai_addrlen) == 0,
            Glibc.listen(descriptor, Self.backlog) == 0
        else {
            let reason = lastError()
            close(descriptor)
            throw SocketError(address: address, reason: reason)
        }
        return descriptor
    }
}
