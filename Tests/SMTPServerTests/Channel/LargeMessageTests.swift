import Listener
import MailTesting
import NIOCore
import Reception
import SMTPServer
import Storage
import Testing

@Suite("large messages", .timeLimit(.minutes(10)))
struct LargeMessageTests {
    /// Lines of all lengths, some of them dotted, `octets` in all or a little more.
    private static func text(octets: Int, seed: UInt64) -> (plain: String, stuffed: ByteBuffer) {
        var generator = SeededGenerator(seed: seed)
        var plain = "Subject: large\r\n\r\n"
        var stuffed = ByteBuffer(string: plain)
        while plain.utf8.count < octets {
            let dots = String(repeating: ".", count: Int.random(in: 0...2, using: &generator))
            let line = dots + String(repeating: "x", count: Int.random(in: 0...900, using: &generator)) + "\r\n"
            plain += line
            stuffed.writeString(line.hasPrefix(".") ? "." + line : line)
        }
        return (plain, stuffed)
    }

    @Test(
        "a message of any size arrives byte by byte, however it is cut",
        arguments: [
            100, 8_000, 130_000, 131_072, 140_000, 300_000, 3_000_000,
        ]
    )
    func sizes(_ octets: Int) async throws {
        try await TestSite.with { site in
            try await TestServer.with(site, .test(.exchange)) { server in
                let client = try await server.connect()
                _ = try await client.line()
                _ = try await client.command("EHLO client.example")
                var (plain, stuffed) = Self.text(octets: octets, seed: UInt64(octets))
                for isChunked in [false, true] {
                    _ = try await client.command("MAIL FROM:<a@b.example>")
                    _ = try await client.command("RCPT TO:<alice@martlet.test>")
                    if isChunked {
                        let half = plain.utf8.count / 2
                        client.sendLater(ByteBuffer(string: "BDAT \(half)\r\n"))
                        client.sendLater(ByteBuffer(bytes: Array(plain.utf8)[..<half]))
                        client.sendLater(ByteBuffer(string: "BDAT \(plain.utf8.count - half) LAST\r\n"))
                        client.sendLater(ByteBuffer(bytes: Array(plain.utf8)[half...]))
                        #expect(try await client.reply().last?.hasPrefix("250 ") == true)
                    } else {
                        _ = try await client.command("DATA")
                        while let piece = stuffed.readSlice(length: min(stuffed.readableBytes, 7_001)),
                            piece.readableBytes > 0
                        {
                            client.sendLater(piece)
                        }
                        client.sendLater(ByteBuffer(string: ".\r\n"))
                    }
                    #expect(try await client.reply().last?.hasPrefix("250 2.0.0 OK") == true)
                }
                let stored = try await site.inbox("alice")
                #expect(stored.count == 2)
                #expect(stored.allSatisfy { $0.utf8.suffix(plain.utf8.count).elementsEqual(plain.utf8) })
                #expect(stored.allSatisfy { $0.hasPrefix("Return-Path: <a@b.example>\r\nReceived: ") })
            }
        }
    }

    @Test("a message over the limit is read to its end, refused, and leaves nothing behind", arguments: [50, 200_000])
    func tooLarge(_ limit: Int) async throws {
        try await TestSite.with { site in
            var options = SMTPServerOptions.test(.exchange)
            options.messageOctetsMax = limit
            try await TestServer.with(site, options) { server in
                let client = try await server.connect()
                _ = try await client.line()
                _ = try await client.command("EHLO client.example")
                _ = try await client.command("MAIL FROM:<a@b.example>")
                _ = try await client.command("RCPT TO:<alice@martlet.test>")
                _ = try await client.command("DATA")
                client.sendLater(Self.text(octets: 2_000_000, seed: 1).stuffed)
                client.sendLater(ByteBuffer(string: ".\r\nNOOP\r\n"))
                #expect(try await client.reply().last == "552 5.3.4 Message too large")
                #expect(try await client.reply().last == "250 2.0.0 OK")
                #expect(try await site.inbox("alice").isEmpty)
            }
        }
    }

    @Test("a client that goes away within a large message leaves no file in the spool and is no longer counted")
    func abandoned() async throws {
        try await TestSite.with { site in
            try await TestServer.with(site, .test(.exchange)) { server in
                let client = try await server.connect()
                _ = try await client.line()
                _ = try await client.command("EHLO client.example")
                _ = try await client.command("MAIL FROM:<a@b.example>")
                _ = try await client.command("RCPT TO:<alice@martlet.test>")
                _ = try await client.command("DATA")
                client.sendLater(Self.text(octets: 1_000_000, seed: 2).stuffed)
                while fileCount(in: site.spool.folder) == 0 { try await Task.sleep(for: .milliseconds(5)) }
                await client.close()
                while fileCount(in: site.spool.folder) > 0 || server.listener.counters.open > 0 {
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
        }
    }
}
