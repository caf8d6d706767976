import Delivery
import Filing
import Listener
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

/// `mixed` is an alias for alice and for carol, who is elsewhere.
@Suite("a message for here and elsewhere", .timeLimit(.minutes(10)))
struct MixedMessageTests {
    @Test("the local copy is there before the answer, the other one is in the queue, and nothing is counted twice")
    func usual() async throws {
        try await TestSite.with { site async throws in
            #expect(try await site.send("Subject: both\r\n\r\n", to: ["bob", "mixed"]).isTaken)
            #expect(try await site.inbox("alice").count == 1)
            #expect(try await site.inbox("bob").count == 1)
            try await site.expectQueued(["carol@example.org"])
            let ledger = try await site.queue.ledger()
            #expect(ledger.counts == [.accepted: 3, .delivered: 2, .queued: 1, .parked: 0])
            #expect(try await site.queue.check().isEmpty)
            let words = site.events(of: try #require(try await site.queue.list().first).id)
            #expect(words.sorted() == ["message-accepted", "queued", "stored", "stored"])
        }
    }

    @Test("when the queue takes nothing the client hears so, and no copy is anywhere", arguments: [100, 300_000])
    func failingQueue(_ octets: Int) async throws {
        try await TestSite.with { site async throws in
            let queue = try site.reopenedQueue()
            defer { queue.close() }
            let text = "Subject: both\r\n\r\n" + String(repeating: "x", count: octets) + "\r\n"
            let answer = try await site.send(text, to: ["bob", "mixed"])
            #expect(answer == .whole(.localError))
            #expect(try await site.inbox("alice").isEmpty)
            #expect(try await site.inbox("bob").isEmpty)
            #expect(try await queue.ledger().counts == [.queued: 0, .parked: 0])
            #expect(fileCount(in: site.spool.folder) == 0)
        }
    }

    @Test("over LMTP only who has a share in the queue is refused with it, and only the others are stored")
    func failingQueueOverLMTP() async throws {
        try await TestSite.with { site async throws in
            let queue = try site.reopenedQueue()
            defer { queue.close() }
            let replies = try await site.send("Subject: x\r\n\r\n", to: ["bob", "mixed"], door: .lmtp).each
            #expect(replies.map(\.code) == [250, 451])
            #expect(try await site.inbox("bob").count == 1)
            #expect(try await site.inbox("alice").isEmpty)
        }
    }

    @Test("over LMTP each copy is counted once, wherever it is")
    func lmtp() async throws {
        try await TestSite.with { site async throws in
            let replies = try await site.send("Subject: x\r\n\r\n", to: ["bob", "mixed"], door: .lmtp).each
            #expect(replies.map(\.code) == [250, 250])
            #expect(try await site.inbox("bob").count == 1)
            #expect(try await site.inbox("alice").count == 1)
            try await site.expectQueued(["carol@example.org"])
            // Bob was never the queue's.
            let ledger = try await site.queue.ledger()
            #expect(ledger.counts == [.accepted: 2, .delivered: 1, .queued: 1, .parked: 0])
        }
    }

    @Test("a copy that cannot be stored stays in the queue and is delivered from there, once")
    func failingStore() async throws {
        try await TestSite.with { site async throws in
            try await site.store.setQuota(site.account("alice"), octets: nil, messages: 1)
            _ = try await site.send("Subject: fills\r\n\r\n", to: ["alice"])
            #expect(try await site.send("Subject: both\r\n\r\n", to: ["bob", "mixed"]).isTaken)
            #expect(try await site.inbox("bob").count == 1)
            try await site.expectQueued(["alice@martlet.test", "carol@example.org"])
            try await site.store.setQuota(site.account("alice"), octets: nil, messages: nil)
            try await site.deliverAfterRestart()
            #expect(try await site.inbox("alice").count == 2)
            #expect(try await site.inbox("bob").count == 1)
        }
    }

    @Test("a script's refusal is told by a notice, as for all mail in the queue")
    func rejection() async throws {
        try await TestSite.with { site async throws in
            let account = try site.account("alice")
            let script = Array("require \"reject\"; reject \"Not here.\";".utf8)
            try await site.store.putScript("main", text: script, of: account)
            try await site.store.activateScript("main", of: account)
            #expect(try await site.send("Subject: both\r\n\r\n", to: ["mixed"]).isTaken)
            #expect(try await site.inbox("alice").isEmpty)
            try await site.expectQueued(["alice@martlet.test", "carol@example.org"])
            let queue = try await site.deliverAfterRestart()
            #expect(try await site.inbox("alice").isEmpty)
            let notices = queue.filter { $0.sender.isEmpty }
            #expect(notices.flatMap(\.recipients).map(\.address) == ["sender@example.net"])
        }
    }

    /// As if the program had been killed after the copy was stored and before the queue knew of it.
    @Test("after a crash between the two, nothing is lost and nothing is there twice", arguments: [false, true])
    func crash(_ isStored: Bool) async throws {
        try await TestSite.with { site async throws in
            let path = ForwardPath.address(TestSite.address("alice"))
            let new = NewQueuedMessage(
                id: site.journal.makeID(),
                sender: EnvelopeSender(
                    reversePath: .address(EmailAddress(localPart: "sender", domain: Domain("example.net")))
                ),
                recipients: [
                    EnvelopeRecipient(path: path),
                    EnvelopeRecipient(path: .address(EmailAddress(localPart: "x", domain: Domain("example.org")))),
                ],
                content: .inline(ByteBuffer(string: "Subject: both\r\n\r\n")),
                receivedAt: site.clock.now
            )
            let reservation = await withCheckedContinuation { continuation in
                site.queue.reserve(new) { continuation.resume(returning: try? $0.get()) }
            }
            #expect(reservation != nil)
            if isStored {
                let delivery = LocalDelivery(
                    content: new.content,
                    internalDate: new.receivedAt,
                    traceID: new.id,
                    recipients: [.init(account: try site.account("alice"))],
                    custody: .fromQueue(ordinals: [0])
                )
                let envelope = FilingEnvelope(
                    sender: new.sender,
                    recipients: [.init(name: "alice@martlet.test", path: path)]
                )
                let outcomes = await withCheckedContinuation { continuation in
                    site.filing.deliver(delivery, envelope) { continuation.resume(returning: $0) }
                }
                #expect(outcomes.map(\.isDone) == [true])
            }
            #expect(try await site.inbox("alice").count == (isStored ? 1 : 0))
            let queue = try await site.deliverAfterRestart()
            #expect(try await site.inbox("alice").count == 1)
            #expect(queue.flatMap(\.recipients).map(\.address) == ["x@example.org"])
        }
    }
}

extension ReceptionAnswer {
    fileprivate var isTaken: Bool {
        if case .whole(let reply) = self { reply.isCompletion } else { false }
    }

    fileprivate var each: [SMTPReply] {
        if case .each(let replies) = self { replies } else { [] }
    }
}

extension TestSite {
    fileprivate func send(_ message: String, to names: [String], door: ReceptionDoor) async throws -> ReceptionAnswer {
        var client = self.outsider
        client.door = door
        return try await self.send(message, to: names, client: client)
    }

    /// What is settled is recorded a moment after the answer.
    fileprivate func expectQueued(
        _ addresses: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        await withCheckedContinuation { continuation in self.queue.drain { continuation.resume() } }
        let queued = try await self.queue.list().flatMap(\.recipients).map(\.address)
        #expect(queued == addresses, sourceLocation: sourceLocation)
    }

    fileprivate func events(of id: TimeSortedID) -> [String] {
        self.journal.flush()
        return TraceSearch(folder: self.folder.path("trace")).lines(about: id.description).compactMap { line in
            line.firstRange(of: "\"event\":\"").map { String(line[$0.upperBound...].prefix { $0 != "\"" }) }
        }
    }

    /// Starts delivery on what is on the disk, with no route to anywhere, until nobody here has mail in the queue.
    ///
    /// - Returns: what is left in the queue.
    @discardableResult
    func deliverAfterRestart() async throws -> [QueueSummary] {
        let queue = try self.reopenedQueue()
        let delivery = DeliveryService(
            .init(
                queue: queue,
                local: LocalMailboxes(directory: self.directory, filing: self.filing),
                spool: self.spool,
                trace: self.journal,
                eventLoops: Self.loops.group,
                logger: Self.log
            ),
            routes: RouteTable(missing: .wait),
            options: DeliveryOptions(hostName: "mail.martlet.test")
        )
        delivery.start()
        var left = try await queue.list()
        for _ in 0..<2_000 {
            let isHere = left.flatMap(\.recipients).contains { $0.address.hasSuffix("@martlet.test") }
            if !isHere, try await queue.totals().deferred == left.flatMap(\.recipients).count { break }
            try await Task.sleep(for: .milliseconds(5))
            left = try await queue.list()
        }
        await delivery.stop(within: .seconds(2))
        #expect(try await queue.ledger().isBalanced)
        #expect(try await queue.check().isEmpty)
        queue.close()
        return left
    }
}
