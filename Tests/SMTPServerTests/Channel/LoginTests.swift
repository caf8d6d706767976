import Directory
import Listener
import MailBytes
import MailTesting
import MailTypes
import NIOCore
import Reception
import SASL
import SMTPServer
import Testing

@Suite("logging in over SMTP", .timeLimit(.minutes(10)))
struct LoginTests {
    @Test("SCRAM proves the password without sending it, with and without channel binding", arguments: [false, true])
    func scram(_ isBound: Bool) async throws {
        try await TestSite.with { site in
            let contexts = try TLSContexts.test(in: site.folder)
            try await TestServer.with(site, .test(.submission), tlsMode: .implicit, tls: contexts) { server in
                let client = try await server.connect(tls: try trusting(site.folder.path("cert.pem")))
                _ = try await client.line()
                _ = try await client.command("EHLO client.example")
                let bindings = SASLChannelBindings(serverEndPoint: contexts.current.tlsServerEndPoint)
                #expect(
                    try await Self.logIn(client, password: "wrong", isBound ? bindings : nil).hasPrefix("535 5.7.8")
                )
                #expect(try await Self.logIn(client, password: "demo", isBound ? bindings : nil).hasPrefix("235 2.7.0"))
                #expect(try await client.command("MAIL FROM:<alice@martlet.test>").hasPrefix("250 "))
            }
        }
    }

    @Test("the session of an account that is removed or suspended ends at its next command", arguments: [false, true])
    func closedAccount(_ isRemoved: Bool) async throws {
        try await TestSite.with { site in
            let contexts = try TLSContexts.test(in: site.folder)
            try await TestServer.with(site, .test(.submission), tlsMode: .implicit, tls: contexts) { server in
                let client = try await server.connect(tls: try trusting(site.folder.path("cert.pem")))
                _ = try await client.line()
                _ = try await client.command("EHLO client.example")
                #expect(try await Self.logIn(client, password: "demo", nil).hasPrefix("235 2.7.0"))
                #expect(try await client.command("MAIL FROM:<alice@martlet.test>").hasPrefix("250 "))
                let account = try site.account("alice")
                if isRemoved {
                    try await site.directory.removeAccount(account, fromAliases: true)
                } else {
                    try await site.directory.setState(of: account, to: .suspended)
                }
                #expect(
                    try await client.command("RCPT TO:<bob@martlet.test>") == "421 4.7.0 The account has been closed"
                )
                try await client.waitForClose()
            }
        }
    }

    /// - Returns: the server's last word.
    private static func logIn(
        _ client: TestClient,
        password: String,
        _ bindings: SASLChannelBindings?
    ) async throws -> String {
        let mechanism: SASLMechanism = bindings == nil ? .scramSHA256 : .scramSHA256Plus
        var login = SASLClient(
            mechanism,
            credentials: SASLClientCredentials(login: "alice", password: Secret(password)),
            bindings: bindings ?? SASLChannelBindings()
        )
        var line = "AUTH \(mechanism.rawValue)"
        if let first = try login.begin() { line += " " + Base64.encode(first) }
        var reply = try await client.command(line)
        while reply.hasPrefix("334 ") {
            guard let challenge = Base64.decode(reply.dropFirst(4)) else { return reply }
            let response = try login.challengeReceived(challenge)
            reply = try await client.command(Base64.encode(response))
        }
        return reply
    }
}
