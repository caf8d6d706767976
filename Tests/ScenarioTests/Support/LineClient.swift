import Foundation
import Synchronization

/// A blocking connection to a port of this machine, line by line.
final class LineClient {
    private let descriptor: Int32
    private var input: [UInt8] = []

    /// - Parameter timeout: seconds any read or write may take.
    init(port: Int, timeout: Int = 30) throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        unsafe setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(self.descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            // All is initialized, so that `deinit` closes it; a second time would close somebody else's.
            throw ScenarioFailure("cannot connect to port \(port): error \(errno)")
        }
    }

    deinit {
        close(self.descriptor)
    }

    func send(_ text: String) throws {
        try self.send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Foundation.send(
                    self.descriptor,
                    $0.baseAddress?.advanced(by: sent),
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { throw ScenarioFailure("the connection broke while sending") }
            sent += count
        }
    }

    /// The next line without its end.
    func readLine() throws -> String {
        while true {
            if let end = self.input.firstIndex(of: 0x0A) {
                let line = self.input[..<end].filter { $0 != 0x0D }
                self.input.removeSubrange(...end)
                return String(decoding: line, as: UTF8.self)
            }
            try self.fill()
        }
    }

    func readOctets(_ count: Int) throws -> [UInt8] {
        while self.input.count < count { try self.fill() }
        defer { self.input.removeFirst(count) }
        return Array(self.input[..<count])
    }

    /// Reads until the server closes, at most `limit` octets.
    func drain(limit: Int = 1 << 20) {
        while self.input.count < limit, (try? self.fill()) != nil {}
    }

    func finishSending() {
        shutdown(self.descriptor, Int32(SHUT_WR))
    }

    private func fill() throws {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(self.descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { throw ScenarioFailure("the connection ended") }
        self.input.append(contentsOf: chunk[..<count])
    }
}

/// A port nobody listens on at the moment, and that nobody is given by chance: below those the kernel hands out, and
/// once a run.
func freePort() -> Int {
    while true {
        let port = Int.random(in: 10_000..<30_000)
        if takenPorts.withLock({ $0.insert(port).inserted }), isFree(port) { return port }
    }
}

private let takenPorts = Mutex<Set<Int>>([])

private func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}
