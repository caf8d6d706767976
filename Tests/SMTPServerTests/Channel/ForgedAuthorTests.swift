import Reception
import SMTPServer
import Testing

@Suite("users who write in another's name", .timeLimit(.minutes(10)))
struct ForgedAuthorTests {
    private static let forged = [
        "bob@martlet.test", "alice@martlet.test <bob@martlet.test>", "<alice@martlet.test> <bob@martlet.test>",
        "alice@martlet.test; bob@martlet.test", "alice@martlet.test (x) bob@martlet.test",
        "alice@martlet.test bob@martlet.test", "alice@martlet.test]bob@martlet.test",
        "alice@martlet.test > , bob@martlet.test", "alice@martlet.test : bob@martlet.test",
        "alice@martlet.test\\, bob@martlet.test", "g: alice@martlet.test;, bob@martlet.test",
        "alice@martlet.test\r\nFrom: bob@martlet.test", "(x bob@martlet.test",
        String(repeating: "(x)\r\n ", count: 30_000) + "bob@martlet.test",
    ]

    private static let honest = [
        "alice@martlet.test", "\"bob@martlet.test\" <alice@martlet.test>", "alice@martlet.test <alice@martlet.test>",
        "alice@martlet.test (bob@martlet.test)",
    ]

    @Test("the From field is refused if any reader may find somebody else in it")
    func from() async throws {
        try await TestSite.with { site in
            var options = SMTPServerOptions.test(.submission)
            options.allowsPlaintextOnLoopback = true
            options.errorsMax = 100
            try await TestServer.with(site, options) { server in
                let client = try await server.connect()
                _ = try await client.line()
                _ = try await client.command("EHLO client.example")
                #expect(try await client.command("AUTH PLAIN AGFsaWNlAGRlbW8=").hasPrefix("235 "))
                for (senders, reply) in [(Self.forged, "553 5.7.1"), (Self.honest, "250 2.0.0")] {
                    for sender in senders {
                        _ = try await client.command("MAIL FROM:<alice@martlet.test>")
                        _ = try await client.command("RCPT TO:<bob@martlet.test>")
                        _ = try await client.command("DATA")
                        let answer = try await client.command("From: \(sender)\r\nSubject: x\r\n\r\nx\r\n.")
                        #expect(answer.hasPrefix(reply), "\(sender.prefix(80))")
                    }
                }
            }
        }
    }
}
