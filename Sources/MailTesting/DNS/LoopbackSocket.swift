internal import Glibc

/// A socket bound to 127.0.0.1.
struct LoopbackSocket {
    let descriptor: Int32
    let port: UInt16

    /// - Parameter port: 0 lets the system choose; `nil` when it is taken.
    init?(_ kind: __socket_type, port: UInt16 = 0) {
        let descriptor = socket(AF_INET, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound else {
            Glibc.close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.port = UInt16(bigEndian: address.sin_port)
    }

    func close() {
        Glibc.close(self.descriptor)
    }

    /// A port that is free for UDP and TCP just now.
    static func freePort() -> UInt16? {
        for _ in 0..<50 {
            guard let tcp = Self(SOCK_STREAM) else { return nil }
            defer { tcp.close() }
            guard let udp = Self(SOCK_DGRAM, port: tcp.port) else { continue }
            udp.close()
            return tcp.port
        }
        return nil
    }

    /// Sends to a port of 127.0.0.1 and waits a tenth of a second for an answer.
    func ask(_ port: UInt16, _ datagram: [UInt8]) -> [UInt8]? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let sent = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe sendto(self.descriptor, datagram, datagram.count, 0, $0, size)
            }
        }
        var waiting = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
        guard sent == datagram.count, unsafe poll(&waiting, 1, 100) == 1 else { return nil }
        var answer = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe recv(self.descriptor, &answer, answer.count, 0)
        return count > 0 ? Array(answer.prefix(count)) : nil
    }
}
