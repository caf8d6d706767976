import Listener
import MailQueue
import MailTesting
import NIOCore
import Reception
import SMTPServer
import Storage
import Testing

@Suite("mutated sessions", .timeLimit(.minutes(10)))
struct MutatedSessionTests {
    private static let seeds = [
        [
            "EHLO c.example", "MAIL FROM:<a@b.example> SIZE=10", "RCPT TO:<alice@martlet.test>", "DATA", "Subject: x",
            "", ".", "QUIT",
        ],
        [
            "EHLO c.example", "MAIL FROM:<>", "RCPT TO:<bob@martlet.test>", "BDAT 6", "abcd", "BDAT 2 LAST", "", "RSET",
            "NOOP",
        ],
        ["HELO x", "VRFY a", "HELP", "EXPN b", "STARTTLS", "AUTH PLAIN AGFsaWNlAGRlbW8="],
        ["EHLO c", "AUTH LOGIN", "YWxpY2U=", "ZGVtbw==", "MAIL FROM:<alice@martlet.test> AUTH=<> BODY=8BITMIME"],
        [
            "LHLO c", "MAIL FROM:<a@[192.0.2.1]> ENVID=x", "RCPT TO:<\"q s\"@martlet.test> NOTIFY=NEVER",
            "RCPT TO:<alice@martlet.test>", "DATA", "..", ".",
        ],
    ].map { $0.joined(separator: "\r\n") + "\r\n" }

    private static func mutated(_ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = Array(Self.seeds[Int.random(in: 0..<Self.seeds.count, using: &generator)].utf8)
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
            guard !bytes.isEmpty else { break }
            let at = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: at)
            case 2: bytes.insert(contentsOf: [13, 10], at: at)
            case 3: bytes.insert([10, 13, 0, 46, 60, 0xFF][Int.random(in: 0..<6, using: &generator)], at: at)
            case 4: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 40)], at: at)
            default: bytes.insert(contentsOf: Self.seeds[Int.random(in: 0..<5, using: &generator)].utf8, at: at)
            }
        }
        return bytes
    }

    @Test(
        "a thousand damaged conversations leave the server up and the next client served",
        arguments: [
            ReceptionDoor.exchange, .submission, .lmtp,
        ]
    )
    func thousand(_ door: ReceptionDoor) async throws {
        try await TestSite.with(trustsLoopback: true) { site in
            var options = SMTPServerOptions.test(door)
            options.allowsPlaintextOnLoopback = true
            options.errorsMax = 1_000
            try await TestServer.with(site, options) { server in
                var generator = SeededGenerator(seed: 20_261_123)
                for _ in 0..<334 {
                    let client = try await server.connect()
                    var bytes = ByteBuffer(bytes: Self.mutated(&generator))
                    while bytes.readableBytes > 0 {
                        let count = Int.random(in: 1...max(1, bytes.readableBytes), using: &generator)
                        if let piece = bytes.readSlice(length: min(count, bytes.readableBytes)) {
                            client.sendLater(piece)
                        }
                    }
                    // The greeting and one answer at least, so that something was looked at.
                    _ = try? await client.line()
                    _ = try? await client.line()
                    await client.close()
                }
                let client = try await server.connect()
                #expect(try await client.line().hasPrefix("220 "))
                #expect(try await client.command("NOOP").hasPrefix("250 "))
                await client.close()
                while server.listener.counters.open > 0 { try await Task.sleep(for: .milliseconds(5)) }
                #expect(fileCount(in: site.spool.folder) == 0)
                #expect(try await site.queue.ledger().isBalanced)
            }
        }
    }
}
