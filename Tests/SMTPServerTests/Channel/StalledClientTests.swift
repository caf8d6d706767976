import Dispatch
import Glibc
import NIOCore
import Reception
import SMTPServer
import Testing

@Suite("SMTP clients that do not read, or hardly write", .timeLimit(.minutes(10)))
struct StalledClientTests {
    private static func options(_ tune: (inout SMTPServerOptions) -> Void) -> SMTPServerOptions {
        var options = SMTPServerOptions.test(.exchange)
        options.idleCommandsMax = .max
        tune(&options)
        return options
    }

    @Test("a client that never reads is asked nothing more, and is closed when its time is over")
    func neverReads() async throws {
        try await TestSite.with { site in
            try await TestServer.with(site, Self.options { $0.commandTimeout = .seconds(1) }) { server in
                let port = try #require(server.address.port)
                let offered = 256 << 20
                let sent = try await onThread {
                    let socket = newSocket()
                    defer { close(socket) }
                    try connectSocket(socket, port: port)
                    _ = try send("EHLO client.example\r\n", on: socket)
                    return try send(String(repeating: "NOOP\r\n", count: 10_000), times: offered / 60_000, on: socket)
                }
                // What the sockets on both sides hold, and no more.
                #expect(sent < offered / 4, "\(sent) octets were taken")
            }
        }
    }

    @Test("a client that reads late is answered all it has asked, in order")
    func readsLate() async throws {
        try await TestSite.with { site in
            try await TestServer.with(site, Self.options { $0.errorsMax = .max }) { server in
                let port = try #require(server.address.port)
                let rounds = 150_000
                let socket = newSocket()
                defer { close(socket) }
                try connectSocket(socket, port: port)
                async let sent = onThread { try send("NOOP\r\nXXXX\r\n", times: rounds, on: socket) }
                let answers = try await onThread { () -> (noops: Int, errors: Int, turns: Int) in
                    usleep(300_000)
                    var counts = (noops: 0, errors: 0, turns: 0)
                    var last = Substring()
                    var rest = ""
                    while counts.noops + counts.errors < 2 * rounds {
                        let text = receive(socket, seconds: 20)
                        guard !text.isEmpty else { break }
                        let lines = (rest + text).split(separator: "\r\n", omittingEmptySubsequences: false)
                        for line in lines.dropLast() {
                            if line.hasPrefix("250 ") { counts.noops += 1 }
                            if line.hasPrefix("500 ") { counts.errors += 1 }
                            if !last.isEmpty, last.prefix(3) != line.prefix(3) { counts.turns += 1 }
                            last = line
                        }
                        rest = String(lines.last ?? "")
                    }
                    return counts
                }
                #expect(try await sent == rounds * 12)
                #expect(answers.noops == rounds && answers.errors == rounds)
                // The greeting, then each answer is of the other kind than the one before.
                #expect(answers.turns == 2 * rounds)
            }
        }
    }

    @Test(
        "octet by octet a client does not keep its connection: its time is for a line, or for a piece of a message",
        arguments: ["", "MAIL FROM:<a@b.example>\r\nRCPT TO:<alice@martlet.test>\r\nDATA\r\n"]
    )
    func slow(_ beginning: String) async throws {
        let options = Self.options {
            $0.commandTimeout = .seconds(1)
            $0.bodyTimeout = .seconds(1)
        }
        try await TestSite.with { site in
            try await TestServer.with(site, options) { server in
                let client = try await server.connect()
                var piece = "EHLO client.example\r\n" + beginning
                var isClosed = false
                for _ in 0..<300 where !isClosed {
                    do { try await client.send(piece) } catch { isClosed = true }
                    piece = "x"
                    try await Task.sleep(for: .milliseconds(100))
                }
                #expect(isClosed)
                var lines: [String] = []
                do { while true { lines.append(try await client.line()) } } catch TestClient.Failure.closed {}
                #expect(lines.last?.hasPrefix("421 4.4.2") == true, "\(lines.last ?? "nothing")")
            }
        }
    }
}

/// Runs what blocks where nobody else waits.
private func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
}

/// - Returns: octets that were taken before the other side closed.
private func send(_ text: String, times: Int = 1, on socket: Int32) throws -> Int {
    let octets = Array(text.utf8)
    var total = 0
    for _ in 0..<times {
        var sent = 0
        while sent < octets.count {
            let count = unsafe octets.withUnsafeBytes { bytes in
                let start = unsafe bytes.baseAddress?.advanced(by: sent)
                return unsafe Glibc.send(socket, start, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return total }
            sent += count
            total += count
        }
    }
    return total
}
