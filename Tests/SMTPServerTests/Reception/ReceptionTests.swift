import Directory
import MailQueue
import MailStore
import MailTesting
import MailTypes
import NIOCore
import Reception
import SMTPWire
import Storage
import Testing
import Trace

@Suite("reception", .timeLimit(.minutes(10)))
struct ReceptionTests {
    @Test("a recipient over quota is refused at once, and one of several in an alias is not held against the others")
    func overQuota() async throws {
        try await TestSite.with { site in
            try await site.store.setQuota(site.account("alice"), octets: nil, messages: 1)
            _ = try await site.send("Subject: fills\r\n\r\n", to: ["alice"])
            #expect(try await site.inbox("alice").count == 1)
            #expect(site.verdict("alice") == .refused(ReceptionReplies.mailboxFull))
            guard case .accepted(let team) = site.verdict("team") else { return #expect(Bool(false)) }
            #expect(team.accounts.count == 2)
        }
    }

    @Test("mail that could only come back is refused: to a domain or literal without a route, also by an alias of ours")
    func noRoute() async throws {
        try await TestSite.with { site in
            var options = site.reception.options
            options.hasRoute = { $0.domain == Domain("known.example") }
            site.reception.reconfigure(options)
            var user = site.outsider
            user.isTrusted = true
            let verdict = { (localPart: String, domain: String, client: ReceptionClient) in
                let address = EmailAddress(localPart: localPart, domain: Domain(domain))
                return site.reception.verdict(for: EnvelopeRecipient(path: .address(address)), client: client)
            }
            for domain in ["far.example", "[192.0.2.9]"] {
                #expect(verdict("x", domain, user) == .refused(ReceptionReplies.noRoute))
                #expect(verdict("x", domain, site.outsider) == .refused(ReceptionReplies.relayDenied))
            }
            guard case .accepted = verdict("x", "known.example", user) else { return #expect(Bool(false)) }
            #expect(site.verdict("out") == .refused(ReceptionReplies.noRoute))
            guard case .accepted(let mixed) = site.verdict("mixed") else { return #expect(Bool(false)) }
            #expect(mixed.others.count == 1)
        }
    }

    @Test("an alias's targets remember the address that the client named, and nobody else does")
    func namedAddress() async throws {
        try await TestSite.with { site in
            guard case .accepted(let out) = site.verdict("out") else { return #expect(Bool(false)) }
            #expect(out.others.map(\.originalRecipient) == ["rfc822;out@martlet.test"])
            _ = try await site.send("Subject: both\r\n\r\n", to: ["alice"], notify: .success)
            #expect(try await site.queue.list().flatMap(\.recipients).map(\.address) == ["alice@martlet.test"])
            let elsewhere = EnvelopeRecipient(path: .address(TestSite.address("out")), originalRecipient: "x;y")
            guard case .accepted(let named) = site.reception.verdict(for: elsewhere, client: site.outsider)
            else { return #expect(Bool(false)) }
            #expect(named.others.map(\.originalRecipient) == ["x;y"])
        }
    }

    @Test("nothing of a message is looked at or lost that was in hand at a crash: it is queued whole")
    func suspects() async throws {
        try await TemporaryFolder.with { folder in
            let message = "Subject: poison\r\n\r\n"
            let bytes = Array(message.utf8)
            let before = try FlightRecorder(folder: folder.path, previousDeath: .none, clock: SystemClock())
            _ = before.begin(
                .reception,
                message: nil,
                fingerprint: FlightRecorder.fingerprint(of: bytes.span),
                peer: "192.0.2.1"
            )
            let after = try FlightRecorder(folder: folder.path, previousDeath: .crash(signal: 4), clock: SystemClock())
            try await TestSite.with(flights: after) { site in
                let answer = try await site.send(message, to: ["alice"])
                guard case .whole(let reply) = answer else { return #expect(Bool(false)) }
                #expect(reply.isCompletion)
                #expect(try await site.inbox("alice").isEmpty)
                let queued = try await site.queue.list()
                #expect(queued.map(\.recipients.count) == [1])
                #expect(after.crashes(of: try #require(queued.first).id) == 1)
                let other = try await site.send("Subject: harmless\r\n\r\n", to: ["alice"])
                guard case .whole(let second) = other else { return #expect(Bool(false)) }
                #expect(second.isCompletion)
                #expect(try await site.inbox("alice").count == 1)
            }
        }
    }

    @Test("what goes elsewhere has no Return-Path, what stays here has")
    func returnPath() async throws {
        try await TestSite.with { site in
            _ = try await site.send("Subject: both\r\n\r\n", to: ["mixed"])
            #expect(try await site.inbox("alice").first?.hasPrefix("Return-Path: <sender@example.net>\r\n") == true)
            let queued = try await site.queue.list()
            let stored = try #require(try await site.inbox("alice").first)
            let returnPath = "Return-Path: <sender@example.net>\r\n"
            #expect(queued.first?.octets == stored.utf8.count - returnPath.utf8.count)
            #expect(queued.first?.recipients.map(\.address) == ["carol@example.org"])
        }
    }

    @Test("a large message to here and elsewhere is whole in both places")
    func largeMixed() async throws {
        try await TestSite.with { site in
            let body = String(repeating: "0123456789abcdef\r\n", count: 20_000)
            _ = try await site.send("Subject: large\r\n\r\n" + body, to: ["mixed"])
            let stored = try #require(try await site.inbox("alice").first)
            #expect(stored.hasSuffix("Subject: large\r\n\r\n" + body))
            #expect(
                try await site.queue.list().first?.octets == stored.utf8.count
                    - "Return-Path: <sender@example.net>\r\n".utf8.count
            )
        }
    }

    @Test("who asks for a notice of success gets the message by way of the queue, which gives it")
    func successNotice() async throws {
        try await TestSite.with { site in
            _ = try await site.send("Subject: tell me\r\n\r\n", to: ["alice"], notify: .success)
            #expect(try await site.inbox("alice").isEmpty)
            #expect(try await site.queue.list().flatMap(\.recipients).map(\.address) == ["alice@martlet.test"])
        }
    }

    @Test("accepted is what is delivered and queued, whatever the mixture")
    func custody() async throws {
        try await TestSite.with { site in
            for names in [["alice"], ["team"], ["mixed", "bob"], ["out", "out", "alice", "alice"]] {
                _ = try await site.send("Subject: x\r\n\r\n", to: names)
            }
            let ledger = try await site.queue.ledger()
            #expect(ledger.isBalanced)
            #expect(try await site.inbox("alice").count == 4)
            #expect(try await site.inbox("bob").count == 2)
        }
    }
}

extension TestSite {
    var outsider: ReceptionClient {
        var client = ReceptionClient(
            session: self.journal.makeID(),
            door: .exchange,
            peer: "192.0.2.1",
            isTrusted: false
        )
        client.greetingName = "client.example"
        client.isExtended = true
        return client
    }

    func verdict(_ name: String, notify: DSNNotify? = nil) -> RecipientVerdict {
        let recipient = EnvelopeRecipient(path: .address(Self.address(name)), notify: notify)
        return self.reception.verdict(for: recipient, client: self.outsider)
    }

    /// Hands a message to reception as the SMTP session does.
    func send(
        _ message: String,
        to names: [String],
        sender address: EmailAddress = EmailAddress(localPart: "sender", domain: Domain("example.net")),
        client: ReceptionClient? = nil,
        notify: DSNNotify? = nil,
        deliverBy: DeliverBy? = nil,
        isEightBit: Bool = false,
        isInternationalized: Bool = false
    ) async throws -> ReceptionAnswer {
        let client = client ?? self.outsider
        var sender = EnvelopeSender(
            reversePath: .address(address),
            isEightBit: isEightBit,
            isInternationalized: isInternationalized
        )
        sender.deliverBy = deliverBy
        let recipients = names.compactMap { name -> AcceptedRecipient? in
            if case .accepted(let recipient) = self.verdict(name, notify: notify) { recipient } else { nil }
        }
        var buffer = ByteBuffer()
        let front = self.reception.begin(sender, recipients, client: client, into: &buffer)
        buffer.writeString(message)
        let content = try await self.content(buffer)
        let incoming = IncomingMessage(
            sender: sender,
            recipients: recipients,
            client: client,
            front: front,
            content: content
        )
        return await withCheckedContinuation { continuation in
            self.reception.accept(incoming) { continuation.resume(returning: $0) }
        }
    }

    private func content(_ buffer: ByteBuffer) async throws -> MessageContent {
        guard buffer.readableBytes > MessageContentLimits.inlineMax else { return .inline(buffer) }
        let writer = self.spool.begin()
        writer.append(buffer) { _ in }
        let file = try await withCheckedThrowingContinuation { continuation in
            writer.finish { continuation.resume(with: $0) }
        }
        return .file(file)
    }
}
