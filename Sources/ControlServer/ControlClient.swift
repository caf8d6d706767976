internal import Glibc
internal import MailTypes

/// Asks a running Martlet on this machine to carry out an operation; waits for the answer.
package struct ControlClient: Sendable {
    private let path: String
    /// Seconds; `nil` waits for as long as it takes.
    private let patience: Int?

    /// - Parameters:
    ///   - path: of the control socket.
    ///   - patience: seconds without a sign of life after which the program is taken to hang; `nil` for work that takes
    ///     as long as it takes.
    package init(path: String, patience: Int? = nil) {
        self.path = path
        self.patience = patience
    }

    /// - Parameters:
    ///   - operation: its name, such as `queue/list`.
    ///   - input: JSON.
    /// - Returns: the HTTP status and the JSON answer.
    /// - Throws: ``ControlConnectionError`` when nobody answers at the socket.
    package func perform(_ operation: String, input: [UInt8]) throws(ControlConnectionError) -> (Int, [UInt8]) {
        let descriptor = try self.connect()
        defer { close(descriptor) }
        let head = """
            POST /v1/\(operation) HTTP/1.1\r
            Host: localhost\r
            Content-Type: application/json\r
            Content-Length: \(input.count)\r
            Connection: close\r
            \r

            """
        try self.send(Array(head.utf8) + input, to: descriptor)
        let answer = try self.receive(from: descriptor)
        guard let headEnd = answer.firstRange(of: Array("\r\n\r\n".utf8)),
            let status = Int(String(decoding: answer.prefix(12).suffix(3), as: UTF8.self))
        else { throw ControlConnectionError(path: self.path, reason: Self.unanswered, isAbsent: false) }
        return (status, Array(answer[headEnd.upperBound...]))
    }

    private static let unanswered = "the program ended before it answered; whether it did what was asked is not known"

    private func connect() throws(ControlConnectionError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(self.path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room else {
            throw ControlConnectionError(path: self.path, reason: "the path is too long", isAbsent: false)
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw self.failure() }
        self.limitWaiting(descriptor)
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, size)
            }
        }
        guard status == 0 else {
            let failure = self.failure()
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    private func limitWaiting(_ descriptor: Int32) {
        guard let patience = self.patience else { return }
        var time = timeval(tv_sec: patience, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            unsafe setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    private func send(_ bytes: [UInt8], to descriptor: Int32) throws(ControlConnectionError) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                // A server that has just gone away is an error to tell, not a signal to die of.
                unsafe Glibc.send(
                    descriptor,
                    $0.baseAddress?.advanced(by: sent),
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw self.failure() }
            sent += count
        }
    }

    private func receive(from descriptor: Int32) throws(ControlConnectionError) -> [UInt8] {
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw self.failure() }
            if count == 0 { return answer }
            answer.append(contentsOf: chunk[..<count])
        }
    }

    private func failure() -> ControlConnectionError {
        let number = errno
        if number == EAGAIN, let patience = self.patience {
            let reason = "no answer within \(patience) s; the program hangs or the machine is overloaded"
            return ControlConnectionError(path: self.path, reason: reason, isAbsent: false)
        }
        let advice = number == EACCES ? ". Call this as root, or as the user Martlet runs as" : ""
        return ControlConnectionError(
            path: self.path,
            reason: SystemFailure.text(number) + advice,
            isAbsent: number == ENOENT || number == ECONNREFUSED
        )
    }
}

/// Nobody could be asked at the control socket.
package struct ControlConnectionError: Error, Sendable, CustomStringConvertible {
    package var path: String
    package var reason: String
    /// Whether no server runs there at all.
    package var isAbsent: Bool

    package var description: String { "control socket \(self.path): \(self.reason)" }
}
