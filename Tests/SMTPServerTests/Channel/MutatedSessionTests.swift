import Listener
import MailQueue
import MailTesting
import NIOCore
import Reception
import SMTPServer
import Storage
import Testing

@Suite("mutated sessions", .timeLimit(.minutes(3)))
struct MutatedSessionTests {
    private static let seeds = [
        "EHLO c.example\r\nMAIL FROM:<a@b.example> SIZE=10\r\nRCPT TO:<alice@martlet.test>\r\nDATA\r\nSubject: x\r\n\r\n.\r\nQUIT\r\n",
        "EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<bob@martlet.test>\r\nBDAT 5\r\nab\r\n\r\nBDAT 2 LAST\r\n\r\nRSET\r\nNOOP\r\n",
        "HELO x\r\nVRFY a\r\nHELP\r\nEXPN b\r\nSTARTTLS\r\nAUTH PLAIN AGFsaWNlAGRlbW8=\r\n",
        "EHLO c\r\nAUTH LOGIN\r\nYWxpY2U=\r\nZGVtbw==\r\nMAIL FROM:<alice@martlet.test> AUTH=<> BODY=8BITMIME\r\n",
        "MAIL FROM:<a@[192.0.2.1]> RET=FULL ENVID=x\r\nRCPT TO:<\"q s\"@martlet.test> NOTIFY=NEVER ORCPT=rfc822;a\r\n",
    ]

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

    @Test("a thousand damaged conversations leave the server up and the next client served", arguments: [
        ReceptionDoor.exchange, .submission, .lmtp,
    ])
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
                        if let piece = bytes.readSlice(length: min(count, bytes.readableBytes)) { client.sendLater(piece) }
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
