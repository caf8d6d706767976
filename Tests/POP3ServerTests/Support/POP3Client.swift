import Dispatch
import Glibc

/// A blocking POP3 client that understands nothing but lines.
final class POP3Client {
    struct Closed: Error {}
    struct Unexpected: Error, CustomStringConvertible {
        var description: String
    }

    private let descriptor: Int32
    private var buffered: [UInt8] = []
    private var position = 0

    init(port: Int, timeout: Int = 20) throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Closed() }
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        unsafe setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { Glibc.close(self.descriptor) }

    static func onThread(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "client").async(execute: body)
    }

    func hangUp() { shutdown(self.descriptor, Int32(SHUT_RDWR)) }

    func send(_ text: String) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let sent = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.send(self.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { throw Closed() }
            bytes = bytes.dropFirst(sent)
        }
    }

    /// The next line without its CRLF.
    func line() throws -> String {
        var scanned = self.position
        while true {
            if let end = self.buffered[scanned...].firstIndex(of: 0x0A) {
                let line = self.buffered[self.position..<end]
                self.position = end + 1
                return String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
            }
            self.buffered.removeSubrange(..<self.position)
            self.position = 0
            scanned = self.buffered.count
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe recv(self.descriptor, $0.baseAddress, $0.count, 0)
            }
            guard count > 0 else { throw Closed() }
            self.buffered += chunk[..<count]
        }
    }

    /// Lines up to the dot, unstuffed.
    func text() throws -> [String] {
        var lines: [String] = []
        while true {
            let line = try self.line()
            if line == "." { return lines }
            lines.append(line.hasPrefix(".") ? String(line.dropFirst()) : line)
        }
    }

    /// Whether the server closes the connection.
    func isClosedByServer() -> Bool {
        while true {
            do { _ = try self.line() } catch { return true }
        }
    }

    /// Sends a command and gives the first line of its answer.
    func command(_ command: String) throws -> String {
        try self.send(command + "\r\n")
        return try self.line()
    }

    /// Sends a command whose answer has many lines, and gives them without the first.
    func listing(_ command: String) throws -> [String] {
        let first = try self.command(command)
        guard first.hasPrefix("+OK") else { throw Unexpected(description: first) }
        return try self.text()
    }

    /// Reads the greeting and logs in.
    @discardableResult
    func logIn(_ user: String = "alice") throws -> String {
        _ = try self.line()
        _ = try self.command("USER \(user)")
        return try self.command("PASS \(POP3Site.password)")
    }

    /// Plays a conversation: `C:` lines are sent, `S:` lines must come; `<*>` at an end stands for anything.
    func play(_ script: String) throws {
        var batch = ""
        for line in script.split(separator: "\n") {
            let text = line.dropFirst(3)
            if line.hasPrefix("C:") {
                batch += text + "\r\n"
                continue
            }
            if !batch.isEmpty { try self.send(batch) }
            batch = ""
            let answer = try self.line()
            let isRight = text.hasSuffix("<*>") ? answer.hasPrefix(text.dropLast(3)) : answer == text
            guard isRight else { throw Unexpected(description: "expected “\(text)”, got “\(answer)”") }
        }
        if !batch.isEmpty { try self.send(batch) }
    }
}
