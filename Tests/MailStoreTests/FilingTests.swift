import MailStore
import MailTesting
import MailTypes
import NIOCore
import Storage
import Testing

@Suite("filing what scripts decided", .timeLimit(.minutes(10)))
struct FilingTests {
    private static let alice = TestStore.alice
    private static let ids = TimeSortedIDSource()

    private static func deliver(
        _ test: TestStore,
        _ plans: [Int: FilingPlan],
        editions: [MessageContent] = [],
        to accounts: [AccountID] = [alice],
        _ custody: LocalDelivery.Custody = .direct
    ) async -> [DeliveryOutcome] {
        var delivery = LocalDelivery(
            content: TestStore.message("original"),
            internalDate: test.clock.now,
            traceID: Self.ids.next(at: test.clock.now.millisecondsSince1970),
            recipients: accounts.map { LocalDelivery.Recipient(account: $0) },
            custody: custody
        )
        delivery.editions = editions
        delivery.filings = plans
        return await withCheckedContinuation { continuation in
            test.store.deliver(delivery) { continuation.resume(returning: $0) }
        }
    }

    private static func copy(_ mailbox: String, content: Int = 0) throws -> FiledCopy {
        FiledCopy(content: content, mailbox: try #require(MailboxName(mailbox)))
    }

    private static func outgoing(_ address: String, content: Int = 0, once: AccountMark? = nil) -> NewOutgoingMessage {
        let recipient = EmailAddress(localPart: address, domain: Domain("example.org"))
        var outgoing = NewOutgoingMessage(
            id: Self.ids.next(at: 1_767_225_600_000),
            content: content,
            sender: EnvelopeSender(reversePath: .null, isEightBit: true),
            recipient: EnvelopeRecipient(path: .address(recipient), notify: .never)
        )
        outgoing.onlyOnce = once
        return outgoing
    }

    @Test("copies go to mailboxes by name, by use, to new ones and, where there is none, to INBOX")
    func copies() async throws {
        try await TestStore.with(shards: 1) { test in
            var plan = FilingPlan()
            var junk = try Self.copy("Spam")
            junk.specialUse = .junk
            var new = try Self.copy("lists/new")
            new.createsMailbox = true
            new.flags = [.seen, .flagged]
            new.keywords = ["$work", "no keyword"]
            plan.copies = [junk, new, try Self.copy("nowhere"), try Self.copy("INBOX")]
            let outcomes = await Self.deliver(test, [0: plan])
            #expect(outcomes.map(DeliveryTests.word) == ["stored"])
            #expect(try await test.summary("Junk").messages == 1)
            #expect(try await test.summary("lists/new").messages == 1)
            #expect(try await test.summary("lists/new").unseen == 0)
            #expect(try await test.store.keywords(of: Self.alice).names == ["$work"])
            #expect(try await test.inbox().messages == 1)
            let bodies = try test.store.shard(of: Self.alice).readNow { try $0.integer("SELECT count(*) FROM body") }
            #expect(bodies == 1)
            #expect(test.store.check() == [])
        }
    }

    @Test("an edited message is a message of its own, and the unused original is not kept")
    func editions() async throws {
        try await TestStore.with(shards: 1) { test in
            var plan = FilingPlan()
            plan.copies = [try Self.copy("INBOX", content: 1)]
            _ = await Self.deliver(test, [0: plan], editions: [TestStore.message("edited", octets: 200_000)])
            #expect(try await test.inbox().octets == 200_000)
            let messages = try test.store.shard(of: Self.alice).readNow {
                try $0.integer("SELECT count(*) FROM message")
            }
            #expect(messages == 1)
            #expect(test.store.check() == [])
        }
    }

    @Test("what is sent on stays until it is removed, and its bytes as long")
    func outgoing() async throws {
        try await TestStore.with(shards: 1) { test in
            var plan = FilingPlan()
            plan.outgoing = [Self.outgoing("a"), Self.outgoing("b", content: 1)]
            plan.outgoing[1].author = Domain("here.test")
            let answer = TestStore.message("answer")
            let outcomes = await Self.deliver(test, [0: plan], editions: [answer])
            #expect(outcomes.map(DeliveryTests.word) == ["sentOn"])
            let waiting = try await test.store.outgoing(limit: 10)
            #expect(waiting.map(\.recipient.path.description) == ["a@example.org", "b@example.org"])
            #expect(waiting.map(\.sender) == plan.outgoing.map(\.sender))
            #expect(waiting.map(\.recipient) == plan.outgoing.map(\.recipient))
            #expect(waiting.map(\.author) == [nil, Domain("here.test")])
            #expect(waiting.map(\.id) == plan.outgoing.map(\.id))
            #expect(waiting.last?.content.octets == answer.octets)
            #expect(test.store.check() == [])
            try await test.store.removeOutgoing(waiting)
            #expect(try await test.store.outgoing(limit: 10).isEmpty)
            try await test.settle()
            let messages = try test.store.shard(of: Self.alice).readNow {
                try $0.integer("SELECT count(*) FROM message")
            }
            #expect(messages == 0)
            #expect(test.store.check() == [])
            let custody = try test.store.shard(of: Self.alice).custody()
            #expect(custody == [.accepted: 1, .delivered: 1])
        }
    }

    @Test("what is to happen once happens once, until it is forgotten")
    func once() async throws {
        try await TestStore.with(shards: 1) { test in
            let until = test.clock.now + .seconds(60)
            let mark = AccountMark(handle: "vacation", identity: [1, 2], until: until)
            var plan = FilingPlan()
            plan.copies = [try Self.copy("INBOX")]
            for _ in 0..<2 {
                plan.outgoing = [Self.outgoing("a", once: mark)]
                _ = await Self.deliver(test, [0: plan])
            }
            #expect(try await test.store.outgoing(limit: 10).count == 1)
            #expect(try await test.inbox().messages == 2)
            test.clock.advance(by: .seconds(61))
            plan.outgoing = [Self.outgoing("a", once: mark)]
            _ = await Self.deliver(test, [0: plan])
            #expect(try await test.store.outgoing(limit: 10).count == 2)
        }
    }

    @Test("a full mailbox stores, sends and remembers nothing")
    func overQuota() async throws {
        try await TestStore.with(shards: 1) { test in
            try await test.store.setQuota(Self.alice, octets: 10, messages: nil)
            var plan = FilingPlan()
            var copy = try Self.copy("new")
            copy.createsMailbox = true
            plan.copies = [copy]
            plan.outgoing = [Self.outgoing("a")]
            plan.marks = [AccountMark(handle: "h", identity: [1], until: test.clock.now + .seconds(60))]
            let outcomes = await Self.deliver(test, [0: plan])
            #expect(outcomes.map(DeliveryTests.word) == ["overQuota"])
            #expect(try await test.store.outgoing(limit: 10).isEmpty)
            #expect(try await test.store.mailbox(named: MailboxName("new") ?? .inbox, of: Self.alice) == nil)
            let now = test.clock.now
            let isMarked = try await test.store.read(of: Self.alice) { reader in
                try reader.isMarked("h", [1], of: Self.alice, at: now)
            }
            #expect(!isMarked)
            #expect(test.store.check() == [])
        }
    }

    @Test("a discarded message is counted so, and a delivery repeated by the queue does nothing again")
    func repeated() async throws {
        try await TestStore.with(shards: 1) { test in
            let outcomes = await Self.deliver(test, [0: FilingPlan()])
            #expect(outcomes.map(DeliveryTests.word) == ["discarded"])
            let custody = try test.store.shard(of: Self.alice).custody()
            #expect(custody == [.accepted: 1, .discarded: 1])
            var plan = FilingPlan()
            plan.outgoing = [Self.outgoing("a")]
            var delivery = LocalDelivery(
                content: TestStore.message("again"),
                internalDate: test.clock.now,
                traceID: Self.ids.next(at: test.clock.now.millisecondsSince1970),
                recipients: [LocalDelivery.Recipient(account: Self.alice)],
                custody: .fromQueue(ordinals: [3])
            )
            delivery.filings = [0: plan]
            for _ in 0..<2 {
                let delivery = delivery
                let outcomes = await withCheckedContinuation { continuation in
                    test.store.deliver(delivery) { continuation.resume(returning: $0) }
                }
                #expect(outcomes.map(DeliveryTests.word) == ["sentOn"])
            }
            #expect(try await test.store.outgoing(limit: 10).count == 1)
        }
    }

    @Test("a session that has the mailbox selected sees every copy of one delivery")
    func live() async throws {
        try await TestStore.with(shards: 1) { test in
            let live = try #require(try await test.store.open(.inbox, of: Self.alice))
            _ = try await live.state()
            var plan = FilingPlan()
            plan.copies = [try Self.copy("INBOX"), try Self.copy("INBOX", content: 1)]
            _ = await Self.deliver(test, [0: plan], editions: [TestStore.message("another")])
            #expect(try await live.state().count == 2)
            #expect(live.summary.messages == 2)
            #expect(test.store.check() == [])
        }
    }

    @Test("recipients with and without scripts share a message")
    func mixed() async throws {
        try await TestStore.with(shards: 1) { test in
            var plan = FilingPlan()
            plan.copies = [try Self.copy("Archive")]
            let outcomes = await Self.deliver(
                test,
                [1: plan],
                to: [TestStore.bob, Self.alice, AccountID(rawValue: 99)]
            )
            #expect(outcomes.map(DeliveryTests.word) == ["stored", "stored", "noSuchAccount"])
            #expect(try await test.summary("Archive").messages == 1)
            #expect(try await test.inbox(TestStore.bob).messages == 1)
            let bodies = try test.store.shard(of: Self.alice).readNow { try $0.integer("SELECT count(*) FROM body") }
            #expect(bodies == 1)
            #expect(test.store.check() == [])
        }
    }
}
