import MailQueue
import MailStore
import MailTesting
import MailTypes
import NIOCore
import Reception
import Resolver
import SMTPWire
import SenderAuth
import Storage
import Testing

/// The messages come from 192.0.2.1 and claim to be of domains with records on a real name server.
@Suite("checking senders on the way in", .timeLimit(.minutes(10)))
struct SenderCheckTests {
    private static let zone = TestZone(
        "example",
        """
        good TXT "v=spf1 ip4:192.0.2.0/24 -all"
        _dmarc.good TXT "v=DMARC1; p=reject"
        bad TXT "v=spf1 -all"
        _dmarc.bad TXT "v=DMARC1; p=reject"
        soft TXT "v=spf1 -all"
        _dmarc.soft TXT "v=DMARC1; p=quarantine"
        """
    )

    static func with(
        _ policy: SenderPolicy,
        _ body: (TestSite) async throws -> Void
    ) async throws {
        try await DNSTestServer.with([Self.zone]) { server in
            let address = try #require(DNSServerAddress("127.0.0.1:\(server.port)"))
            var options = ResolverOptions.asking(address)
            options.limits.questionTime = .seconds(3_600)
            let resolver = try Resolver.open(options)
            defer { resolver.close() }
            let checker = SenderChecker(resolver: resolver, finder: { .treeWalk })
            try await TestSite.with(checker: checker) { site in
                var options = site.reception.options
                options.senderPolicy = policy
                site.reception.reconfigure(options)
                try await body(site)
            }
        }
    }

    private static func send(
        _ site: TestSite,
        from domain: String,
        _ fields: String = "",
        to recipient: String = "alice",
        notify: DSNNotify? = nil
    ) async throws -> SMTPReply {
        let message = "From: x@\(domain)\r\n\(fields)Subject: hello\r\n\r\ntext\r\n"
        let sender = EmailAddress(localPart: "x", domain: Domain(domain))
        guard case .whole(let reply) = try await site.send(message, to: [recipient], sender: sender, notify: notify)
        else {
            throw TestSite.Missing(what: "a reply")
        }
        return reply
    }

    @Test("what was found stands behind our Received field, and fields that pretend to be ours are gone")
    func results() async throws {
        try await Self.with(SenderPolicy(usual: .tag)) { site in
            let forged =
                "Authentication-Results: mail.martlet.test; spf=pass\r\nAuthentication-Results: other; spf=pass\r\n"
            #expect(try await Self.send(site, from: "good.example", forged).isCompletion)
            #expect(try await Self.send(site, from: "bad.example").isCompletion)
            let stored = try await site.inbox("alice")
            let good = try #require(stored.first)
            let fields = good.components(of: "Authentication-Results")
            #expect(fields.count == 2 && fields[1] == " other; spf=pass", "\(fields)")
            #expect(fields[0].contains("mail.martlet.test;") && fields[0].contains("spf=pass"))
            #expect(fields[0].contains("dmarc=pass") && fields[0].contains("dkim=none"))
            #expect(stored.last?.components(of: "Authentication-Results").first?.contains("dmarc=fail") == true)
        }
    }

    @Test("mail that fails goes where the recipient's domain and the author's domain want it")
    func policies() async throws {
        try await Self.with(SenderPolicy(usual: .quarantine)) { site async throws in
            #expect(try await Self.send(site, from: "bad.example").isCompletion)
            #expect(try await Self.send(site, from: "good.example").isCompletion)
            #expect(try await site.inbox("alice").count == 1)
            #expect(try await site.messages("alice", "Junk").count == 1)
        }
        let strict = SenderPolicy(usual: .none, domains: [Domain("martlet.test"): .reject])
        try await Self.with(strict) { site async throws in
            let refusal = try await Self.send(site, from: "bad.example")
            #expect(refusal.code == 550 && refusal.enhanced == EnhancedStatus(5, 7, 26))
            #expect(try await Self.send(site, from: "soft.example").isCompletion)
            #expect(try await site.inbox("alice").isEmpty)
            #expect(try await site.messages("alice", "Junk").count == 1)
        }
    }

    @Test("fields that pretend to be ours are gone too where nothing is checked, and from what users submit")
    func uncheckedResults() async throws {
        let ours = "Authentication-Results: mail.martlet.test;\r\n\tdkim=pass\r\n"
        let others = "Authentication-Results: other; spf=pass\r\n"
        let text = "\(ours)From: x@bad.example\r\nBcc: b@b.example\r\n\(ours)\(others)\r\n\(ours)"
        let check: @Sendable (TestSite) async throws -> Void = { site in
            for (door, isTrusted) in Self.doors {
                var client = site.outsider
                client.door = door
                client.isTrusted = isTrusted
                _ = try await site.send(text, to: ["alice"], client: client)
                let stored = try #require(try await site.inbox("alice").last)
                let mayKnow = door == .lmtp || isTrusted && door == .exchange
                #expect(stored.components(of: "Authentication-Results").count == (mayKnow ? 3 : 1), "\(door)")
                #expect(stored.components(of: "From").count == 1 && stored.hasSuffix("\(others)\r\n\(ours)"))
                #expect(stored.contains("Bcc: ") == (door != .submission))
            }
        }
        try await Self.with(SenderPolicy(usual: .none), check)
        try await TestSite.with(check)
    }

    private static let doors: [(ReceptionDoor, isTrusted: Bool)] = [
        (.exchange, false), (.exchange, true), (.lmtp, true), (.submission, false), (.submission, true),
    ]

    @Test("what is quarantined does not come before the user's script, whatever notices its sender asks for")
    func quarantine() async throws {
        try await Self.with(SenderPolicy(usual: .quarantine)) { site async throws in
            let script = "require \"vacation\"; vacation \"away\"; discard;"
            let account = try site.account("alice")
            try await site.store.putScript("main", text: Array(script.utf8), of: account)
            try await site.store.activateScript("main", of: account)
            for notify: DSNNotify? in [nil, [.success]] {
                let reply = try await Self.send(site, from: "bad.example", "To: alice@martlet.test\r\n", notify: notify)
                #expect(reply.isCompletion)
            }
            #expect(try await site.messages("alice", "Junk").count == 2)
            #expect(try await site.queue.list().isEmpty)
            #expect(try await site.store.outgoing(limit: 1).isEmpty)
        }
    }

    @Test("what is quarantined stays so where it has to be queued first", arguments: [nil, DSNNotify.success])
    func queuedQuarantine(_ notify: DSNNotify?) async throws {
        try await Self.with(SenderPolicy(usual: .quarantine)) { site async throws in
            let script = "require \"vacation\"; vacation \"away\"; discard;"
            let account = try site.account("alice")
            try await site.store.setQuota(account, octets: nil, messages: 1)
            #expect(try await Self.send(site, from: "good.example").isCompletion)
            try await site.store.putScript("main", text: Array(script.utf8), of: account)
            try await site.store.activateScript("main", of: account)
            let fields = "To: alice@martlet.test\r\n"
            #expect(try await Self.send(site, from: "bad.example", fields, to: "mixed", notify: notify).isCompletion)
            #expect(try await site.messages("alice", "Junk").isEmpty)
            try await site.store.setQuota(account, octets: nil, messages: nil)
            let left = try await site.deliverAfterRestart()
            #expect(try await site.messages("alice", "Junk").count == 1)
            #expect(try await site.store.outgoing(limit: 1).isEmpty)
            #expect(left.map(\.sender) == ["x@bad.example"])
            #expect(left.flatMap(\.recipients).map(\.address) == ["carol@example.org"])
        }
    }

    @Test("where no domain wants it nothing is checked, and the message is stored as it came")
    func unwanted() async throws {
        try await Self.with(SenderPolicy(usual: .none)) { site async throws in
            #expect(try await Self.send(site, from: "bad.example").isCompletion)
            #expect(try await site.inbox("alice").first?.contains("Authentication-Results") == false)
        }
    }

    @Test("a message causes as many questions as the resolver's settings allow")
    func questionLimit() async throws {
        try await DNSTestServer.with([Self.zone]) { server in
            let address = try #require(DNSServerAddress("127.0.0.1:\(server.port)"))
            var options = ResolverOptions.asking(address)
            options.limits.questionTime = .seconds(3_600)
            options.limits.messageQuestionsMax = 0
            let resolver = try Resolver.open(options)
            defer { resolver.close() }
            try await TestSite.with(checker: SenderChecker(resolver: resolver, finder: { .treeWalk })) { site in
                #expect(try await Self.send(site, from: "bad.example").isCompletion)
                let stored = try #require(try await site.inbox("alice").last)
                #expect(stored.contains("spf=temperror") && stored.contains("dmarc=temperror"), "\(stored)")
            }
        }
    }

    @Test("a message has sixteen questions open at a time, those for the author's policy first")
    func openQuestions() async throws {
        let server = try SilentServer()
        defer { server.close() }
        var options = ResolverOptions.asking(try #require(DNSServerAddress("127.0.0.1:\(server.port)")))
        options.limits.questionTime = .seconds(3_600)
        options.limits.messageTime = .seconds(3_600)
        let resolver = try Resolver.open(options)
        let checker = SenderChecker(resolver: resolver, finder: { .treeWalk })
        let signatures = (0..<10).map {
            "DKIM-Signature: v=1; a=ed25519-sha256; d=evil.example; s=s\($0); h=from; bh=AA==; b=AA==\r\n"
        }
        let message = Array("\(signatures.joined())From: x@a.b.c.d.e.f.evil.example\r\n\r\ntext\r\n".utf8)
        var request = SenderAuthenticationRequest(
            client: try #require(IPAddress("192.0.2.1")),
            helo: "x.example",
            mailFrom: EmailAddress(localPart: "x", domain: Domain("evil.example")),
            receiver: "mail.martlet.test",
            now: Instant(secondsSince1970: 0),
            finder: .treeWalk
        )
        request.checksHELO = false
        let (results, continuation) = AsyncStream.makeStream(of: SenderAuthenticationResult.self)
        checker.check(message.span, request) { continuation.yield($0) }
        // Asked behind all of the message's, so that those are known when this one comes.
        resolver.resolve(DNSQuestion(try #require(DNSName("last.example")), .txt)) { _ in }
        var names: Set<String> = []
        while let name = await server.nextName(), name != "last.example" { names.insert(name) }
        #expect(names.count == 16)
        #expect(names.contains("_dmarc.a.b.c.d.e.f.evil.example") && names.contains("_dmarc.evil.example"))
        #expect(names.contains("evil.example") && !names.contains("s9._domainkey.evil.example"))
        resolver.close()
        for await result in results {
            #expect(result.dmarc.verdict == .temperror && result.dkim.count == 10)
            break
        }
    }
}

extension String {
    /// The values of a field, from the top, unfolded.
    fileprivate func components(of name: String) -> [String] {
        var values: [String] = []
        var isInside = false
        for line in self.split(separator: "\r\n", omittingEmptySubsequences: false) {
            if line.isEmpty { break }
            if line.hasPrefix("\(name):") {
                values.append(String(line.dropFirst(name.count + 1)))
                isInside = true
            } else if line.hasPrefix(" ") || line.hasPrefix("\t") {
                if isInside { values[values.count - 1] += line }
            } else {
                isInside = false
            }
        }
        return values
    }
}
