import MailStore
import MailTesting
import MailTypes
import NIOCore
import Storage
import Testing

@Suite("delivering", .timeLimit(.minutes(10)))
struct DeliveryTests {
    @Test("a message is stored once a shard and placed for each recipient")
    func several() async throws {
        try await TestStore.with(shards: 1) { test in
            let recipients = [TestStore.alice, TestStore.bob].map { LocalDelivery.Recipient(account: $0) }
            let outcomes = await test.deliver(TestStore.message("for two"), to: recipients)
            for outcome in outcomes {
                guard case .stored(.inbox, UID(rawValue: 1)) = outcome else {
                    Issue.record("\(outcome)")
                    continue
                }
            }
            let shard = test.store.shard(of: TestStore.alice)
            let custody = try shard.custody()
            let messages = try shard.readNow { try $0.integer("SELECT count(*) FROM message") }
            let placements = try shard.readNow { try $0.integer("SELECT count(*) FROM placements") }
            #expect(messages == 1)
            #expect(placements == 2)
            #expect(custody == [.accepted: 2, .delivered: 2])
            #expect(test.store.check() == [])
        }
    }

    @Test("outcomes are in the recipients' order over shards, also for the unknown and the full")
    func outcomes() async throws {
        try await TestStore.with { test in
            try await test.store.setQuota(TestStore.bob, octets: 10, messages: nil)
            let accounts = [AccountID(rawValue: 99), TestStore.bob, TestStore.alice, AccountID(rawValue: 98)]
            let outcomes = await test.deliver(
                TestStore.message("mixed"),
                to: accounts.map { LocalDelivery.Recipient(account: $0) }
            )
            #expect(outcomes.map(Self.word) == ["noSuchAccount", "overQuota", "stored", "noSuchAccount"])
            #expect(test.store.check() == [])
        }
    }

    @Test(
        "lesson 22: what is wrong with one recipient's mailbox does not keep the others from their mail",
        arguments: [
            "UPDATE mailbox SET uid_next = 4294967295 WHERE account = 1",
            "UPDATE placements SET entries = x'2a' WHERE id >> 32 IN (SELECT id FROM mailbox WHERE account = 1)",
            "DELETE FROM mailbox WHERE account = 1",
        ],
        [1_000, 300_000]
    )
    func damagedMailbox(damage: String, octets: Int) async throws {
        try await TestStore.with(shards: 1) { test in
            await test.deliver("before", to: TestStore.alice)
            let shard = test.store.shard(of: TestStore.alice)
            try shard.writeNow { database in
                try database.execute(damage)
                database.memory = nil
            }
            let recipients = [TestStore.bob, TestStore.alice, AccountID(rawValue: 99)]
            let outcomes = await test.deliver(
                TestStore.message("for two", octets: octets),
                to: recipients.map { LocalDelivery.Recipient(account: $0) }
            )
            #expect(outcomes.map { Self.word($0).prefix(6) } == ["stored", "failed", "noSuch"])
            let inbox = try await test.inbox(TestStore.bob)
            let state = try await test.store.open(inbox.id, of: TestStore.bob).state()
            #expect(try await test.subject(state[0].message, TestStore.bob) == "for two")
            // What a row that is gone has counted is gone with it.
            let counted = damage.hasPrefix("DELETE") ? 1 : 2
            #expect(try shard.custody() == [.accepted: counted, .delivered: counted])
            #expect(try await test.store.usage(of: TestStore.alice).messages == counted - 1)
        }
    }

    @Test("lesson 22: a damaged page under one recipient's mailbox does not keep the others from their mail")
    func damagedPage() async throws {
        try await TemporaryFolder.with { folder in
            let before = try await TestStore(in: folder, shards: 1)
            let inbox = try await before.inbox()
            for _ in 0..<5 { _ = try await before.append(100, to: inbox.id) }
            let rows = try before.store.shard(of: TestStore.alice).readNow { database in
                try database.statement("SELECT entries FROM placements ORDER BY id DESC").first { $0.blob(0) }
            }
            // So that Bob's are on other pages.
            let other = try await before.inbox(TestStore.bob).id
            for _ in 0..<5 { _ = try await before.append(100, to: other, TestStore.bob) }
            before.store.close()
            try folder.breakPage(of: "mail/mail0.db", with: Array(try #require(rows).readableBytesView.suffix(200)))

            let store = try MailStore.open(folder: folder.path("mail"), shards: 1, clock: before.clock)
            let test = TestStore(folder: folder, store: store)
            for octets in [1_000, 300_000] {
                let outcomes = await test.deliver(
                    TestStore.message("for two", octets: octets),
                    to: [TestStore.bob, TestStore.alice].map { LocalDelivery.Recipient(account: $0) }
                )
                #expect(outcomes.map { Self.word($0).prefix(6) } == ["stored", "failed"], "\(outcomes)")
            }
            let state = try await store.open(test.inbox(TestStore.bob).id, of: TestStore.bob).state()
            #expect(state.count == 502)
            for entry in state.entries.suffix(2) {
                #expect(try await test.subject(entry.message, TestStore.bob) == "for two")
            }
            store.close()
        }
    }

    @Test("a detail folder gets the message if it is there, INBOX if not")
    func detail() async throws {
        try await TestStore.with { test in
            _ = try await test.store.create(name("lists/swift"), of: TestStore.alice)
            await test.deliver("to a folder", to: TestStore.alice, into: name("lists/swift"))
            await test.deliver("to none", to: TestStore.alice, into: name("nowhere"))
            await test.deliver("to a name only", to: TestStore.alice, into: name("lists"))
            #expect(try await test.summary("lists/swift").messages == 1)
            #expect(try await test.inbox().messages == 2)
        }
    }

    @Test("a delivery from the queue is stored once, however often it is repeated")
    func idempotent() async throws {
        try await TestStore.with(shards: 1) { test in
            let recipients = [TestStore.alice, TestStore.bob].map { LocalDelivery.Recipient(account: $0) }
            for _ in 0..<3 {
                let outcomes = await test.deliver(
                    TestStore.message("queued"),
                    to: recipients,
                    .fromQueue(ordinals: [3, 7]),
                    number: 77
                )
                #expect(outcomes.map(Self.word) == ["stored", "stored"])
            }
            let other = await test.deliver(
                TestStore.message("queued"),
                to: [recipients[0]],
                .fromQueue(ordinals: [4]),
                number: 77
            )
            #expect(other.map(Self.word) == ["stored"])
            #expect(try await test.inbox().messages == 2)
            #expect(try await test.inbox(TestStore.bob).messages == 1)
            let custody = try test.store.shard(of: TestStore.alice).custody()
            #expect(custody == [:])
            #expect(test.store.check() == [])
        }
    }

    @Test("lesson 15: a message that comes after the clock was set back is not taken for one that was delivered")
    func clockSetBack() async throws {
        try await TestStore.with { test in
            let source = TimeSortedIDSource()
            #expect(try test.store.newestRemembered() == TimeSortedID(rawValue: 0))
            let first = test.clock.now.millisecondsSince1970
            let recipients = [TestStore.alice, TestStore.bob].map { LocalDelivery.Recipient(account: $0) }
            var delivery = LocalDelivery(
                content: TestStore.message("first"),
                internalDate: test.clock.now,
                traceID: source.next(at: first),
                recipients: recipients,
                custody: .fromQueue(ordinals: [0, 1])
            )
            _ = await test.deliver(delivery)
            // A restart, with a clock that shows the same time again.
            let again = TimeSortedIDSource()
            again.passOver(try test.store.newestRemembered())
            delivery.traceID = again.next(at: first)
            delivery.content = TestStore.message("second")
            _ = await test.deliver(delivery)
            #expect(try await test.inbox().messages == 2)
            #expect(try await test.inbox(TestStore.bob).messages == 2)
        }
    }

    @Test("a large message is a file, linked into each shard, and goes with its last placement", arguments: [1, 2])
    func large(shards: Int) async throws {
        try await TestStore.with(shards: shards) { test in
            let content = TestStore.message("large", octets: 300_000)
            let recipients = [TestStore.alice, TestStore.bob].map { LocalDelivery.Recipient(account: $0) }
            #expect(await test.deliver(content, to: recipients).map(Self.word) == ["stored", "stored"])
            #expect(test.store.allShards.map { $0.bodies.all().count } == Array(repeating: 1, count: shards))
            #expect(test.store.check() == [])
            for account in [TestStore.alice, TestStore.bob] {
                let inbox = try await test.inbox(account)
                let state = try await test.store.open(inbox.id, of: account).state()
                #expect(try await test.subject(state[0].message, account) == "large")
                let gone = try await test.store.remove(uids: uids(1), in: inbox.id, of: account)
                #expect(gone == uids(1))
            }
            try await test.settle()
            #expect(test.store.allShards.flatMap { $0.bodies.all() } == [])
            #expect(test.store.check() == [])
        }
    }

    @Test("a large message nobody has room for leaves no file")
    func refusedLarge() async throws {
        try await TestStore.with { test in
            try await test.store.setQuota(TestStore.alice, octets: 1_000, messages: nil)
            let content = TestStore.message("large", octets: 300_000)
            let outcomes = await test.deliver(content, to: [LocalDelivery.Recipient(account: TestStore.alice)])
            #expect(outcomes.map(Self.word) == ["overQuota"])
            #expect(test.store.check() == [])
        }
    }

    @Test("quota is kept in octets and in messages, and told from memory")
    func quota() async throws {
        try await TestStore.with { test in
            try await test.store.setQuota(TestStore.alice, octets: nil, messages: 2)
            #expect(await test.deliver("one", to: TestStore.alice) != nil)
            #expect(!test.store.isOverQuota(TestStore.alice))
            #expect(await test.deliver("two", to: TestStore.alice) != nil)
            #expect(test.store.isOverQuota(TestStore.alice))
            #expect(await test.deliver("three", to: TestStore.alice) == nil)
            let inbox = try await test.inbox()
            _ = try await test.store.remove(uids: uids(1), in: inbox.id, of: TestStore.alice)
            #expect(!test.store.isOverQuota(TestStore.alice))
            #expect(await test.deliver("three", to: TestStore.alice) == UID(rawValue: 3))
            let usage = try await test.store.usage(of: TestStore.alice)
            #expect(usage.messages == 2)
            #expect(usage.quotaMessages == 2)
            #expect(usage.quotaOctets == nil)
            await #expect(throws: MailStoreError.overQuota) { try await test.append(1, to: inbox.id) }
        }
    }

    @Test("lesson 22: an account whose INBOX is broken fails alone")
    func broken() async throws {
        try await TestStore.with(shards: 1) { test in
            try await test.store.shard(of: TestStore.alice).write(.durable) { database in
                try database.execute("DELETE FROM mailbox WHERE account = 1 AND name = 'INBOX'")
            }
            async let failing = test.deliver("to the broken one", to: TestStore.alice)
            async let fine = test.deliver("to the other", to: TestStore.bob)
            let results = await (failing, fine)
            #expect(results.0 == nil)
            #expect(results.1 == UID(rawValue: 1))
            #expect(try await test.store.mailboxes(of: TestStore.alice).count == 5)
        }
    }

    static func word(_ outcome: DeliveryOutcome) -> String {
        switch outcome {
        case .stored: "stored"
        case .sentOn: "sentOn"
        case .discarded: "discarded"
        case .rejected(let reason): "rejected \(reason)"
        case .overQuota: "overQuota"
        case .noSuchAccount: "noSuchAccount"
        case .failed(let error): "failed \(error)"
        }
    }
}

extension TestStore {
    /// Waits until the sweeper has nothing left to do.
    func settle() async throws {
        for _ in 0..<500 {
            var left = 0
            for shard in self.store.allShards {
                left += try shard.readNow {
                    try $0.integer("SELECT (SELECT count(*) FROM unused) + (SELECT count(*) FROM removed_mailbox)")
                }
            }
            if left == 0 {
                // The file goes after the row, before the next answer of the shard.
                for shard in self.store.allShards { try await shard.write(.durable) { _ in } }
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw MailStoreError.gone
    }
}
