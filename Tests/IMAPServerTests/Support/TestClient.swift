import Foundation
import Glibc

/// A blocking IMAP client that understands nothing but lines and literals.
final class TestClient {
    struct Closed: Error {}
    struct TimedOut: Error {}

    private let descriptor: Int32
    private var buffered: [UInt8] = []

    /// - Parameter timeout: seconds after which a read fails.
    init(port: Int, timeout: Int = 60) throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Closed() }
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        unsafe setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { Glibc.close(self.descriptor) }

    func close() { shutdown(self.descriptor, Int32(SHUT_RDWR)) }

    func send(_ text: String) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let sent = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(self.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { throw Closed() }
            bytes = bytes.dropFirst(sent)
        }
    }

    /// Sends a text again and again until the server takes no more for a second.
    ///
    /// - Returns: how often it was taken whole.
    func sendWithoutWaiting(_ text: String, times: Int) -> Int {
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        unsafe setsockopt(self.descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        for count in 0..<times {
            do { try self.send(text) } catch { return count }
        }
        return times
    }

    /// The next line without its CRLF.
    func line() throws -> String {
        var scanned = 0
        while true {
            if let end = self.buffered[scanned...].firstIndex(of: 0x0A) {
                let line = self.buffered[..<end]
                let text = String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
                self.buffered.removeSubrange(...end)
                return text
            }
            scanned = self.buffered.count
            try self.receive()
        }
    }

    /// Exactly so many bytes.
    func bytes(_ count: Int) throws -> [UInt8] {
        while self.buffered.count < count { try self.receive() }
        defer { self.buffered.removeFirst(count) }
        return Array(self.buffered.prefix(count))
    }

    /// Whether the server closes the connection; what it still says is thrown away.
    func isClosedByServer() -> Bool {
        do {
            while true {
                self.buffered.removeAll()
                try self.receive()
            }
        } catch is Closed {
            return true
        } catch {
            return false
        }
    }

    private func receive() throws {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(self.descriptor, $0.baseAddress, $0.count, 0) }
        if count == 0 { throw Closed() }
        if count < 0 { throw errno == EAGAIN ? TimedOut() as any Error : Closed() }
        self.buffered += chunk[..<count]
    }

    // MARK: - Conversations

    /// Sends a command and gives the answer's lines, the tagged one last. Literals stay as lines of their own.
    @discardableResult
    func command(_ text: String, tag: String = "t") throws -> [String] {
        try self.send("\(tag) \(text)\r\n")
        return try self.answer(tag)
    }

    func answer(_ tag: String) throws -> [String] {
        var lines: [String] = []
        while true {
            let line = try self.line()
            lines.append(line)
            if line.hasPrefix("\(tag) ") { return lines }
        }
    }

    /// Reads the greeting and logs in.
    func logIn(_ user: String = "alice") throws {
        _ = try self.line()
        let answer = try self.command("LOGIN \(user) \(TestSite.password)")
        guard answer.last?.hasPrefix("t OK") ?? false else { throw Closed() }
    }
}
