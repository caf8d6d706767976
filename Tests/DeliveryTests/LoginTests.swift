import Logging
import MailQueue
import MailTesting
import MailTypes
import NIOCore
import NIOPosix
import SASL
import SMTPWire
import Storage
import Synchronization
import Testing

@testable import Delivery

@Suite("Logging in at a smart host", .timeLimit(.minutes(10)))
struct LoginTests {
    static func with(
        mechanisms: String,
        allowsPlaintext: Bool,
        reply: String = "235 2.7.0 welcome",
        logger: Logger = Logger(label: "test"),
        _ body: (DeliveryFixture, Lines) async throws -> Void
    ) async throws {
        let lines = Lines()
        var script = ScriptedSink.Script()
        script.keywords.append("AUTH \(mechanisms)")
        script.act = { moment in
            guard moment.verb == "AUTH" || moment.line == "*" else { return nil }
            lines.all.withLock { $0.append(moment.line) }
            return .reply(reply)
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let sink = try await ScriptedSink(group, script)
        let hop = NextHop(
            dialect: .smtp,
            hosts: [.init(name: "127.0.0.1", port: sink.port)],
            login: SASLClientCredentials(login: "martlet", password: Secret("s3cret"))
        )
        let options = DeliveryFixture.options { $0.allowsPlaintextLogin = allowsPlaintext }
        let fixture = try DeliveryFixture(RouteTable(smartHost: hop), options: options, logger: logger)
        try await body(fixture, lines)
        try await fixture.close()
        await sink.close()
        try await group.shutdownGracefully()
    }

    @Test("the login is used where the postmaster allows it, in the strongest form offered")
    func logsIn() async throws {
        try await Self.with(mechanisms: "LOGIN PLAIN", allowsPlaintext: true) { fixture, lines in
            try await fixture.send("bob@away.test")
            try await fixture.waitUntilEmpty()
            // "\0martlet\0s3cret"
            #expect(lines.all.withLock { $0 } == ["AUTH PLAIN AG1hcnRsZXQAczNjcmV0"])
            #expect(try await fixture.queue.ledger()[.relayed] == 1)
        }
    }

    @Test("at the level trace the log has what is said, without the login and the text")
    func linesInTheLog() async throws {
        let told = Lines()
        let logger = Logger(label: "test") { _ in KeptLog(lines: told) }
        try await Self.with(mechanisms: "LOGIN PLAIN", allowsPlaintext: true, logger: logger) { fixture, _ in
            try await fixture.send("bob@away.test")
            try await fixture.waitUntilEmpty()
        }
        let lines = told.all.withLock { $0 }
        for words in [
            "sent (left out)", "received 235 2.7.0 welcome", "sent RCPT TO:<bob@away.test>", " octets of text)",
        ] {
            #expect(lines.contains { $0.contains(words) }, "\(words): \(lines)")
        }
        for words in ["AUTH PLAIN", "AG1hcnRsZXQAczNjcmV0", "hello", "world"] {
            #expect(!lines.contains { $0.contains(words) && !$0.hasPrefix("received 250") }, "\(words): \(lines)")
        }
    }

    @Test("a password is not sent in the clear, and mail waits instead")
    func keepsSecret() async throws {
        try await Self.with(mechanisms: "LOGIN PLAIN", allowsPlaintext: false) { fixture, lines in
            try await fixture.send("bob@away.test")
            try await fixture.waitUntilDeferred()
            #expect(lines.all.withLock { $0.isEmpty })
        }
    }

    @Test("a refused login does not send mail back")
    func refused() async throws {
        try await Self.with(mechanisms: "PLAIN", allowsPlaintext: true, reply: "535 5.7.8 no") { fixture, _ in
            try await fixture.send("bob@away.test")
            try await fixture.waitUntilDeferred()
            let reply = try await fixture.queue.list().first?.recipients.first?.lastReply
            #expect(reply == "451 4.4.1 Next host cannot be used: 535 5.7.8 no")
        }
    }

    @Test("a server that asks on after the login was given up is left, and the mail waits")
    func endlessChallenges() async throws {
        try await Self.with(mechanisms: "PLAIN", allowsPlaintext: true, reply: "334 YQ==") { fixture, lines in
            try await fixture.send("bob@away.test")
            try await fixture.waitUntilDeferred()
            let reply = try await fixture.queue.list().first?.recipients.first?.lastReply
            #expect(reply == "451 4.5.0 Next host does not speak the protocol")
            #expect(lines.all.withLock { $0 } == ["AUTH PLAIN AG1hcnRsZXQAczNjcmV0", "*"])
        }
    }

    @Test("a server that claims success without knowing the password is not believed")
    func unproved() async throws {
        try await Self.with(mechanisms: "SCRAM-SHA-256", allowsPlaintext: false) { fixture, lines in
            try await fixture.send("bob@away.test")
            try await fixture.waitUntilDeferred()
            #expect(lines.all.withLock { $0.first?.hasPrefix("AUTH SCRAM-SHA-256 ") } == true)
        }
    }

    final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }
}

/// Keeps messages with the value of `line`.
private struct KeptLog: LogHandler {
    let lines: LoginTests.Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(lines: LoginTests.Lines) {
        self.lines = lines
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        self.lines.all.withLock { $0.append("\(event.message) \(event.metadata?["line"].map { "\($0)" } ?? "")") }
    }
}
