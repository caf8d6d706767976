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

    /// The field's value, or several fields' when it goes on so.
    private static let nobody = [
        "", " ", "\r\n ", "<>", "Alice <>", "undisclosed:;", "undisclosed: ;, g:;", "(alice@martlet.test)", ",",
        "\r\nFrom: alice@martlet.test", "alice@martlet.test\r\nFrom:", "alice@martlet.test\r\nFrom: g:;",
    ]

    private static let honest = [
        "alice@martlet.test", "\"bob@martlet.test\" <alice@martlet.test>", "alice@martlet.test <alice@martlet.test>",
        "alice@martlet.test (bob@martlet.test)",
        "g: alice@martlet.test;, h:;",
    ]

    @Test("the From field is refused if any reader may find somebody else in it, or nobody")
    func from() async throws {
        try await TestSite.with { site in
            var options = SMTPServerOptions.test(.submission)
            options.allowsPlaintextOnLoopback = true
            options.errorsMax = 200
            try await TestServer.with(site, options) { server in
                let client = try await server.connect()
                _ = try await client.line()
                _ = try await client.command("EHLO client.example")
                #expect(try await client.command("AUTH PLAIN AGFsaWNlAGRlbW8=").hasPrefix("235 "))
                let refusal = "550 5.7.1 From names no author"
                let all = [(Self.forged, "553 5.7.1"), (Self.nobody, refusal), (Self.honest, "250 2.0.0")]
                for (senders, reply) in all {
                    for sender in senders {
                        _ = try await client.command("MAIL FROM:<alice@martlet.test>")
                        _ = try await client.command("RCPT TO:<bob@martlet.test>")
                        _ = try await client.command("DATA")
                        let answer = try await client.command("From: \(sender)\r\nSubject: x\r\n\r\nx\r\n.")
                        #expect(answer.hasPrefix(reply), "\(sender.prefix(80)): \(answer)")
                    }
                }
            }
        }
    }
}
