import Listener
import MailQueue
import MailTesting
import MailTypes
import NIOCore
import NIOPosix
import NIOSSL
import SASL
import SMTPWire
import Storage
import Synchronization
import Testing

@testable import Delivery

/// Against a server that does TLS on a real socket, with a certificate for `localhost` and 127.0.0.1 it made itself.
@Suite("TLS to the next host", .timeLimit(.minutes(10)))
struct RelayTLSTests {
    private struct Site {
        let fixture: DeliveryFixture
        let sink: ScriptedSink
        let tls: NIOSSLContext
        /// Every line the server was sent, and whether it came encrypted.
        let lines: Lines

        func lines(_ verb: String) -> [Bool] {
            self.lines.all.withLock { $0.filter { $0.verb == verb }.map(\.isEncrypted) }
        }

        func reply() async throws -> String? {
            try await self.fixture.queue.list().first?.recipients.first?.lastReply
        }
    }

    private final class Lines: Sendable {
        let all = Mutex<[ScriptedSink.Moment]>([])
    }

    private struct Situation {
        var host = "127.0.0.1"
        var use = SMTPClientStateMachine.TLSUse.whenOffered
        var verifies = false
        /// The server's certificate is among those that are trusted.
        var isTrusted = true
        var login: SASLClientCredentials?
        var allowsPlaintext = false
        var names = ["localhost", "127.0.0.1"]
        var keywords = ["STARTTLS"]
        var deadHostDelay = Duration.seconds(30)
        /// What the server does with STARTTLS instead of doing it.
        var act: @Sendable (ScriptedSink.Moment, NIOSSLContext) -> ScriptedSink.Act? = { moment, tls in
            moment.verb == "STARTTLS" ? .startTLS(tls) : nil
        }
    }

    private static func with(
        _ situation: Situation = Situation(),
        _ body: (Site) async throws -> Void
    ) async throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let files = TLSFiles(certificate: folder.path("cert.pem"), key: folder.path("key.pem"))
        try SelfSignedCertificate.ensure(files, hosts: situation.names)
        let tls = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) },
                privateKey: .privateKey(NIOSSLPrivateKey(file: files.key, format: .pem))
            )
        )
        let lines = Lines()
        var script = ScriptedSink.Script()
        script.keywords += situation.keywords
        script.act = { moment in
            lines.all.withLock { $0.append(moment) }
            return situation.act(moment, tls)
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let sink = try await ScriptedSink(group, script)
        let hop = NextHop(
            dialect: .smtp,
            hosts: [.init(name: situation.host, port: sink.port)],
            tls: situation.use,
            verifiesCertificate: situation.verifies,
            login: situation.login
        )
        let options = DeliveryFixture.options {
            $0.trustedCertificates = situation.isTrusted ? files.certificate : nil
            $0.allowsPlaintextLogin = situation.allowsPlaintext
            $0.deadHostDelay = situation.deadHostDelay
        }
        let fixture = try DeliveryFixture(RouteTable(smartHost: hop), options: options)
        do {
            try await body(Site(fixture: fixture, sink: sink, tls: tls, lines: lines))
        } catch {
            try await fixture.close()
            throw error
        }
        try await fixture.close()
        await sink.close()
        try await group.shutdownGracefully()
    }

    private static let login = SASLClientCredentials(login: "martlet", password: Secret("s3cret"))

    @Test(
        "an address is never used as a server's name",
        arguments: [
            ("mail.example.org", "mail.example.org"), ("localhost", "localhost"), ("192.0.2.1", nil), ("::1", nil),
            ("2001:db8::cafe", nil), ("fe80::a", nil),
        ] as [(String, String?)]
    )
    func serverName(_ host: String, _ name: String?) {
        #expect(NextHop.Host(name: host, port: 25).serverName == name)
    }

    // MARK: - Encryption with anybody

    @Test("TLS is used when it is offered, whoever made the certificate", arguments: ["127.0.0.1", "localhost"])
    func opportunistic(_ host: String) async throws {
        try await Self.with(Situation(host: host, isTrusted: false, names: ["elsewhere.example"])) { site in
            try await site.fixture.send("bob@away.test")
            try await site.fixture.send("carol@away.test")
            try await site.fixture.waitUntilEmpty()
            #expect(site.sink.messages.map(\.isEncrypted) == [true, true])
            // What the server can do is asked again inside. RFC 3207 §4.2.
            #expect(Set(site.lines("EHLO")) == [false, true])
            #expect(site.lines("MAIL").allSatisfy { $0 })
        }
    }

    @Test("a server that offers it and then declines gets the mail in clear")
    func declined() async throws {
        var situation = Situation()
        situation.act = { moment, _ in moment.verb == "STARTTLS" ? .reply("454 4.7.0 not now") : nil }
        try await Self.with(situation) { site in
            try await site.fixture.send("bob@away.test")
            try await site.fixture.waitUntilEmpty()
            #expect(site.sink.messages.map(\.isEncrypted) == [false])
        }
    }

    @Test("when the handshake fails, the mail goes in clear by a new connection, and TLS is left out for a while")
    func fallsBack() async throws {
        var situation = Situation()
        situation.act = { moment, _ in moment.verb == "STARTTLS" ? .replyAndDrop("220 2.0.0 go") : nil }
        try await Self.with(situation) { site in
            try await site.fixture.send("bob@away.test")
            try await site.fixture.waitUntilEmpty()
            #expect(site.sink.messages.map(\.isEncrypted) == [false])
            let attempts = site.lines("STARTTLS").count
            try await site.fixture.send("carol@away.test")
            try await site.fixture.waitUntilEmpty()
            #expect(site.lines("STARTTLS").count == attempts)
            #expect(try await site.fixture.queue.ledger()[.relayed] == 2)
        }
    }

    @Test("also when the server answers the handshake with something else")
    func noHandshake() async throws {
        var situation = Situation()
        situation.act = { moment, _ in
            moment.verb == "STARTTLS" ? .replyAndDrop("220 2.0.0 go\r\n") : nil
        }
        try await Self.with(situation) { site in
            try await site.fixture.send("bob@away.test")
            try await site.fixture.waitUntilEmpty()
            #expect(site.sink.messages.map(\.isEncrypted) == [false])
        }
    }

    @Test(
        "a host that breaks off at STARTTLS again, or within TLS before it has greeted, gets the mail in clear",
        arguments: ["close", "421", "nonsense", "close within TLS"]
    )
    func breaksOff(_ how: String) async throws {
        var situation = Situation()
        situation.deadHostDelay = .milliseconds(50)
        situation.act = { moment, tls in
            switch (moment.verb, how) {
            case ("STARTTLS", "close"): .drop
            case ("STARTTLS", "421"): .replyAndDrop("421 4.3.0 no")
            case ("STARTTLS", "nonsense"): .reply("what?")
            case ("STARTTLS", _): .startTLS(tls)
            case ("EHLO", "close within TLS") where moment.isEncrypted: .drop
            default: nil
            }
        }
        try await Self.with(situation) { site in
            try await site.fixture.send("bob@away.test")
            // Once may be the host's end, and says nothing about TLS.
            try await site.fixture.waitUntilDeferred()
            #expect(site.lines("STARTTLS").count == 1 && site.sink.messages.isEmpty)
            try await site.fixture.wait {
                site.fixture.advance(.seconds(400))
                return try await site.fixture.queue.totals().messages == 0
            }
            #expect(site.sink.messages.map(\.isEncrypted) == [false])
            #expect(site.lines("STARTTLS").count == 2)
        }
    }

    @Test("what is sent in clear behind the answer to STARTTLS is not believed")
    func injection() async throws {
        var situation = Situation(login: Self.login, allowsPlaintext: true)
        situation.act = { moment, tls in
            switch moment.verb {
            case "STARTTLS": .startTLS(tls, saying: "220 2.0.0 go\r\n250-forged.test\r\n250 AUTH PLAIN")
            case "EHLO" where moment.isEncrypted: .reply("250-sink.test\r\n250 AUTH LOGIN")
            case "AUTH": .reply("535 5.7.8 no")
            default: nil
            }
        }
        try await Self.with(situation) { site in
            try await site.fixture.send("bob@away.test")
            try await site.fixture.waitUntilDeferred()
            // The mechanism that only the forged answer offers is not used.
            let commands = site.lines.all.withLock { $0.filter { $0.verb == "AUTH" }.map(\.line) }
            #expect(commands.allSatisfy { $0.hasPrefix("AUTH LOGIN") } && !commands.isEmpty)
            #expect(site.lines("AUTH").allSatisfy { $0 })
        }
    }

    @Test("an answer to STARTTLS that is there before the command was sent begins no TLS", arguments: [false, true])
    func answeredEarly(_ isRequired: Bool) async throws {
        var situation = Situation(use: isRequired ? .required : .whenOffered)
        situation.act = { moment, _ in
            moment.verb == "EHLO" ? .reply("250-sink.test\r\n250 STARTTLS\r\n220 2.0.0 go") : nil
        }
        try await Self.with(situation) { site in
            try await site.fixture.send("bob@away.test")
            try await site.fixture.waitUntilDeferred()
            #expect(site.sink.messages.isEmpty)
            let verbs = site.lines.all.withLock { $0.map(\.verb) }
            #expect(verbs == ["CONNECT", "EHLO"])
            #expect(try await site.reply() == "451 4.5.0 Next host does not speak the protocol")
        }
    }

    // MARK: - Required

    @Test(
        "where TLS is required, mail waits rather than go in clear",
        arguments: ["not offered", "declined", "broken"]
    )
    func required(_ what: String) async throws {
        var situation = Situation(use: .required, login: Self.login, allowsPlaintext: true)
        situation.keywords = what == "not offered" ? ["AUTH PLAIN"] : ["STARTTLS", "AUTH PLAIN"]
        situation.act = { moment, _ in
            guard moment.verb == "STARTTLS" else { return nil }
            return what == "declined" ? .reply("454 4.7.0 not now") : .replyAndDrop("220 2.0.0 go")
        }
        try await Self.with(situation) { site in
            try await site.fixture.send("bob@away.test")
            try await site.fixture.waitUntilDeferred()
            #expect(site.sink.messages.isEmpty)
            // Neither envelope nor password.
            #expect(site.lines("MAIL").isEmpty && site.lines("AUTH").isEmpty)
            #expect(try await site.reply()?.hasPrefix("451 4.7.") == true)
        }
    }

    @Test("where TLS is required and nobody is verified, any certificate will do")
    func requiredWithAnybody() async throws {
        try await Self.with(Situation(use: .required, isTrusted: false)) { site in
            try await site.fixture.send("bob@away.test")
            try await site.fixture.waitUntilEmpty()
            #expect(site.sink.messages.map(\.isEncrypted) == [true])
        }
    }

    // MARK: - Verified

    @Test("a certificate that names the host lets the mail go", arguments: ["127.0.0.1", "localhost"])
    func verified(_ host: String) async throws {
        try await Self.with(Situation(host: host, use: .required, verifies: true)) { site in
            try await site.fixture.send("bob@away.test")
            try await site.fixture.waitUntilEmpty()
            #expect(site.sink.messages.map(\.isEncrypted) == [true])
        }
    }

    @Test(
        "a certificate that names another host, or that nobody vouches for, keeps the mail here",
        arguments: ["127.0.0.1", "localhost"],
        [true, false]
    )
    func notVerified(_ host: String, _ isTrusted: Bool) async throws {
        var situation = Situation(host: host, use: .required, verifies: true, isTrusted: isTrusted, login: Self.login)
        if isTrusted { situation.names = ["elsewhere.example"] }
        situation.keywords.append("AUTH PLAIN")
        try await Self.with(situation) { site in
            try await site.fixture.send("bob@away.test")
            try await site.fixture.waitUntilDeferred()
            #expect(site.sink.messages.isEmpty)
            #expect(site.lines("MAIL").isEmpty && site.lines("AUTH").isEmpty)
            #expect(try await site.reply() == "451 4.7.5 TLS with the next host failed")
        }
    }

    // MARK: - Logging in

    @Test("a password goes over TLS only, as what is offered there says")
    func login() async throws {
        var situation = Situation(login: Self.login)
        situation.act = { moment, tls in
            switch moment.verb {
            case "STARTTLS": .startTLS(tls)
            case "EHLO" where moment.isEncrypted: .reply("250-sink.test\r\n250 AUTH PLAIN")
            case "AUTH": .reply("235 2.7.0 welcome")
            default: nil
            }
        }
        try await Self.with(situation) { site in
            try await site.fixture.send("bob@away.test")
            try await site.fixture.waitUntilEmpty()
            #expect(site.lines("AUTH") == [true])
            #expect(site.sink.messages.map(\.isEncrypted) == [true])
        }
    }

    @Test("and does not follow the mail into the clear when the handshake fails")
    func loginKept() async throws {
        var situation = Situation(login: Self.login)
        situation.keywords.append("AUTH PLAIN LOGIN")
        situation.act = { moment, _ in moment.verb == "STARTTLS" ? .replyAndDrop("220 2.0.0 go") : nil }
        try await Self.with(situation) { site in
            try await site.fixture.send("bob@away.test")
            try await site.fixture.waitUntilDeferred()
            #expect(site.lines("AUTH").isEmpty && site.lines("MAIL").isEmpty)
        }
    }
}
