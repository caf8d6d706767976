import MailStore
import MailTypes
import Storage
import Testing

@Suite("what the writer remembers", .timeLimit(.minutes(10)))
struct WriterMemoryTests {
    private static let alice = TestStore.alice

    @Test("a mailbox that was renamed, deleted or made again is another one for the next delivery")
    func mailboxes() async throws {
        try await TestStore.with(shards: 1) { test in
            let (work, office) = (name("Work"), name("Office"))
            _ = try await test.store.create(work, specialUse: nil, of: Self.alice)
            #expect(await test.deliver("one", to: Self.alice, into: work) == UID(rawValue: 1))
            try await test.store.rename(work, to: office, of: Self.alice)
            // Where a mailbox is not there, INBOX takes the message.
            #expect(await test.deliver("two", to: Self.alice, into: work) == UID(rawValue: 1))
            #expect(try await test.inbox().messages == 1)
            #expect(await test.deliver("three", to: Self.alice, into: office) == UID(rawValue: 2))
            try await test.store.delete(office, of: Self.alice)
            #expect(await test.deliver("four", to: Self.alice, into: office) == UID(rawValue: 2))
            _ = try await test.store.create(office, specialUse: nil, of: Self.alice)
            #expect(await test.deliver("five", to: Self.alice, into: office) == UID(rawValue: 1))
            #expect(test.store.check() == [])
        }
    }

    @Test("a name that only holds others takes no mail until it is a mailbox again")
    func names() async throws {
        try await TestStore.with(shards: 1) { test in
            let work = name("Work")
            _ = try await test.store.create(name("Work/New"), specialUse: nil, of: Self.alice)
            #expect(await test.deliver("one", to: Self.alice, into: work) == UID(rawValue: 1))
            #expect(try await test.inbox().messages == 1)
            _ = try await test.store.create(work, specialUse: nil, of: Self.alice)
            #expect(await test.deliver("two", to: Self.alice, into: work) == UID(rawValue: 1))
            try await test.store.delete(work, of: Self.alice)
            #expect(await test.deliver("three", to: Self.alice, into: work) == UID(rawValue: 2))
            #expect(try await test.inbox().messages == 2)
            #expect(test.store.check() == [])
        }
    }

    @Test("a quota holds for the next delivery, and no longer than it stands")
    func quota() async throws {
        try await TestStore.with(shards: 1) { test in
            #expect(await test.deliver("one", to: Self.alice) == UID(rawValue: 1))
            try await test.store.setQuota(Self.alice, octets: nil, messages: 1)
            #expect(await test.deliver("two", to: Self.alice) == nil)
            try await test.store.setQuota(Self.alice, octets: nil, messages: nil)
            #expect(await test.deliver("three", to: Self.alice) == UID(rawValue: 2))
            #expect(test.store.check() == [])
        }
    }

    @Test("an account that was removed and made again begins anew, and what it was delivered stays in the ledger")
    func accounts() async throws {
        try await TestStore.with(shards: 1) { test in
            let shard = test.store.shard(of: Self.alice)
            #expect(await test.deliver("one", to: Self.alice) == UID(rawValue: 1))
            #expect(await test.deliver("two", to: Self.alice) == UID(rawValue: 2))
            try await test.store.removeAccount(Self.alice)
            #expect(await test.deliver("three", to: Self.alice) == nil)
            #expect(try shard.custody() == [.accepted: 2, .delivered: 2])
            try await test.store.createAccount(Self.alice)
            #expect(await test.deliver("four", to: Self.alice) == UID(rawValue: 1))
            #expect(try await test.store.usage(of: Self.alice).messages == 1)
            #expect(try shard.custody() == [.accepted: 3, .delivered: 3])
            #expect(test.store.check() == [])
        }
    }

    @Test("a message is added behind what was flagged, removed or moved away since the last one")
    func placements() async throws {
        try await TestStore.with(shards: 1) { test in
            let inbox = try await test.inbox()
            let live = try await test.store.open(inbox.id, of: Self.alice)
            for text in ["one", "two", "three"] { await test.deliver(text, to: Self.alice) }
            _ = try await test.change(.add, [.flagged], uids(3))
            await test.deliver("four", to: Self.alice)
            #expect(try await live.state().entries.map { $0.flags.contains(.flagged) } == [false, false, true, false])
            _ = try await test.store.remove(uids: uids(2, 4), in: inbox.id, of: Self.alice)
            await test.deliver("five", to: Self.alice)
            try await LiveMailboxTests.expectCurrent(live, test)
            #expect(try await live.state().uids == [1, 3, 5])
            _ = try await test.store.remove(uids: uids(1, 3, 5), in: inbox.id, of: Self.alice)
            await test.deliver("six", to: Self.alice)
            try await LiveMailboxTests.expectCurrent(live, test)
            // What is in INBOX goes with the new name, and INBOX stays.
            try await test.store.rename(.inbox, to: name("Old"), of: Self.alice)
            await test.deliver("seven", to: Self.alice)
            try await LiveMailboxTests.expectCurrent(live, test)
            #expect(try await live.state().uids == [7])
            #expect(try await test.summary("Old").messages == 1)
            #expect(test.store.check() == [])
        }
    }

    @Test("the last of many messages are removed, and the next one follows those that are left")
    func lastBlock() async throws {
        try await TestStore.with(shards: 1) { test in
            let inbox = try await test.inbox()
            let live = try await test.store.open(inbox.id, of: Self.alice)
            let all = try await test.append(250, to: inbox.id)
            _ = try await test.store.remove(uids: Array(all[150...]), in: inbox.id, of: Self.alice)
            let late = try await test.append(180, to: inbox.id)
            await test.deliver("last", to: Self.alice)
            try await LiveMailboxTests.expectCurrent(live, test)
            #expect(try await live.state().entries.map(\.uid) == all[..<150] + late + uids(431))
            #expect(test.store.check() == [])
        }
    }
}
