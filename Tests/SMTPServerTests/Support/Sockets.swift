import Glibc

struct SocketFailure: Error {}

/// A loopback address as `bind` and `connect` take it: family, port, 127.0.0.1.
private func loopback(port: Int) -> [UInt8] {
    [UInt8(AF_INET), 0, UInt8(port >> 8), UInt8(port & 255), 127, 0, 0, 1] + [UInt8](repeating: 0, count: 8)
}

func newSocket() -> Int32 { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }

/// A socket that listens on a port of its own, as a supervisor hands it over.
func listeningSocket() throws -> (descriptor: Int32, port: Int) {
    let descriptor = newSocket()
    var address = loopback(port: 0)
    var size = socklen_t(address.count)
    let isListening = unsafe address.withUnsafeMutableBytes { bytes in
        guard let pointer = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
        return
            unsafe (bind(descriptor, pointer, size) == 0 && listen(descriptor, 16) == 0
            && getsockname(descriptor, pointer, &size) == 0)
    }
    guard isListening else { throw SocketFailure() }
    return (descriptor, Int(address[2]) << 8 | Int(address[3]))
}

/// How many connections the kernel keeps waiting for a socket that listens.
func backlog(of descriptor: Int32) -> Int {
    var info = [UInt8](repeating: 0, count: 256)
    var size = socklen_t(info.count)
    guard unsafe getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &size) == 0 else { return -1 }
    // `tcpi_sacked`, the sixth of the words behind eight octets, is the backlog of a socket that listens.
    return (0..<4).reduce(0) { $0 | Int(info[28 + $1]) << (8 * $1) }
}

func connectSocket(_ descriptor: Int32, port: Int) throws {
    let address = loopback(port: port)
    let isConnected = unsafe address.withUnsafeBytes { bytes in
        guard let pointer = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
        return unsafe connect(descriptor, pointer, socklen_t(bytes.count)) == 0
    }
    guard isConnected else { throw SocketFailure() }
}

/// What a socket has received within `seconds`, up to a few hundred octets.
func receive(_ descriptor: Int32, seconds: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 512)
    var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&wait, 1, seconds * 1_000) == 1 else { return "" }
    let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
    return count > 0 ? String(decoding: bytes[0..<count], as: UTF8.self) : ""
}

/// Takes every descriptor the process may still have; only in a process of its own.
func takeAllDescriptors() -> [Int32] {
    var taken: [Int32] = []
    while true {
        let descriptor = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return taken }
        taken.append(descriptor)
    }
}
