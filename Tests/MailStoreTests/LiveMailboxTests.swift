import MailStore
import MailTesting
import MailTypes
import NIOCore
import Storage
import Synchronization
import Testing

@Suite("a mailbox shared by sessions", .timeLimit(.minutes(10)))
struct LiveMailboxTests {
    @Test("all sessions share one object, and states taken earlier stay as they were")
    func sharing() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            let first = try await test.store.open(inbox.id, of: TestStore.alice)
            let second = try await test.store.open(inbox.id, of: TestStore.alice)
            #expect(first === second)
            await test.deliver("one", to: TestStore.alice)
            let before = try await first.state()
            await test.deliver("two", to: TestStore.alice)
            #expect(before.uids == [1])
            #expect(try await second.state().uids == [1, 2])
            #expect(first.summary.messages == 2)
        }
    }

    @Test(
        "the first unread message is found without the list, wherever it stands",
        arguments: [[1], [350], [175, 340], [100], [101, 349], [2, 350], [201], [120, 121, 250], Array(30...340)]
    )
    func firstUnseen(_ unread: [UInt32]) async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            let messages = (UInt32(1)...350).map { number in
                NewMessage(
                    content: TestStore.message("\(number)"),
                    flags: unread.contains(number) ? [] : .seen,
                    internalDate: test.clock.now
                )
            }
            _ = try await test.store.append(messages, to: inbox.id, of: TestStore.alice)
            // Blocks of unequal size, one of them gone; what is left is counted anew.
            let gone = ([5, 6, 7, 110, 300] + Array(251...299)).filter { !unread.contains($0) }
            _ = try await test.store.remove(uids: gone.map { UID(rawValue: $0) }, in: inbox.id, of: TestStore.alice)
            let live = try await test.store.open(inbox.id, of: TestStore.alice)
            let first = try #require(unread.first)
            let expected = Int(first) - gone.count { $0 < first }
            #expect(try await live.opening().firstUnseen == expected)
            #expect(live.loadedState == nil)
            _ = try await live.state()
            #expect(try await live.opening().firstUnseen == expected)
        }
    }

    @Test("counters are there without the list, and the list can be read later")
    func lazy() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            _ = try await test.append(10, to: inbox.id)
            let live = try await test.store.open(inbox.id, of: TestStore.alice)
            #expect(live.loadedState == nil)
            let told = live.summary
            #expect(told.messages == 10)
            _ = try await test.store.remove(uids: uids(3, 4), in: inbox.id, of: TestStore.alice)
            await test.deliver("new", to: TestStore.alice)
            let history = try #require(try await live.changes(since: told.highestModSeq))
            #expect(history.expunged == uids(3, 4))
            #expect(history.upTo == live.summary.highestModSeq)
            #expect(try await live.state().uids == [1, 2, 5, 6, 7, 8, 9, 10, 11])
        }
    }

    @Test("sessions are woken after each change, until they cancel")
    func waking() async throws {
        try await TestStore.with { test in
            let live = try await test.store.open(try await test.inbox().id, of: TestStore.alice)
            try await Self.counting(live, test, count: Counter())
        }
    }

    final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    static func counting(_ live: LiveMailbox, _ test: TestStore, count: Counter) async throws {
        let subscription = live.subscribe { count.value.add(1, ordering: .relaxed) }
        await test.deliver("one", to: TestStore.alice)
        try await test.change(.add, [.seen], uids(1))
        await test.deliver("elsewhere", to: TestStore.bob)
        #expect(count.value.load(ordering: .relaxed) == 2)
        subscription.cancel()
        await test.deliver("two", to: TestStore.alice)
        #expect(count.value.load(ordering: .relaxed) == 2)
    }

    @Test("recent messages are given to one session")
    func recent() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            _ = try await test.append(3, to: inbox.id)
            let live = try await test.store.open(inbox.id, of: TestStore.alice)
            #expect(try await live.claimRecent() == RecentClaim(first: UID(rawValue: 1), count: 3))
            #expect(try await live.claimRecent() == RecentClaim(first: UID(rawValue: 4), count: 0))
            await test.deliver("new", to: TestStore.alice)
            #expect(live.summary.recent == 1)
            #expect(try await live.claimRecent() == RecentClaim(first: UID(rawValue: 4), count: 1))
            #expect(live.summary.recent == 0)
            #expect(test.store.check() == [])
        }
    }

    @Test("generations tell whether numbers or flags changed")
    func generations() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            _ = try await test.append(3, to: inbox.id)
            let live = try await test.store.open(inbox.id, of: TestStore.alice)
            let first = try await live.state()
            await test.deliver("new", to: TestStore.alice)
            let second = try await live.state()
            #expect(second.expungeGeneration == first.expungeGeneration)
            #expect(second.flagGeneration == first.flagGeneration)
            try await test.change(.add, [.deleted], uids(2))
            let third = try await live.state()
            #expect(third.flagGeneration != second.flagGeneration)
            _ = try await test.store.expunge(in: inbox.id, of: TestStore.alice)
            #expect(try await live.state().expungeGeneration != third.expungeGeneration)
        }
    }

    /// The list is read on another thread than the one that publishes:
    ///
    ///     reader                      writer
    ///     takes its snapshot
    ///                                 commits and publishes a change
    ///     installs the list           … which must not be lost, nor applied twice
    @Test("lesson 17: changes during the first reading of the list are neither lost nor doubled", arguments: 0..<10)
    func loadingRaces(seed: UInt64) async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            _ = try await test.append(300, to: inbox.id)
            let live = try await test.store.open(inbox.id, of: TestStore.alice)
            async let delivered: Void = {
                for number in 0..<20 { await test.deliver("\(number)", to: TestStore.alice) }
            }()
            async let flagged: Void = {
                for uid in 1...20 { try await test.change(.add, [.flagged], [UID(rawValue: UInt32(uid))]) }
            }()
            async let removed = test.store.remove(uids: uids(7, 8, 9, 250), in: inbox.id, of: TestStore.alice)
            let early = try await live.state()
            #expect(early.uids == early.uids.sorted())
            _ = try await (delivered, flagged, removed)
            try await Self.expectCurrent(live, test)
        }
    }

    @Test("lesson 17: moved-in messages are last, with UIDs above all others; changes keep their order")
    func order() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            let trash = try await test.summary("Trash")
            _ = try await test.append(3, to: trash.id)
            _ = try await test.append(3, to: inbox.id)
            let live = try await test.store.open(inbox.id, of: TestStore.alice)
            _ = try await live.state()
            let moved = try await test.store.move(uids: uids(2), from: trash.id, to: inbox.id, of: TestStore.alice)
            let state = try await live.state()
            #expect(state.firstIndex(notBefore: UID(rawValue: 4)) == 3)
            #expect(state[3].uid == moved.destination.first)
            async let store: Void = test.change(.add, [.deleted], uids(1, 2, 4))
            try await store
            let gone = try await test.store.expunge(in: inbox.id, of: TestStore.alice)
            #expect(gone == uids(1, 2, 4))
            #expect(try await live.state().uids == [3])
        }
    }

    /// UID, octets, flags, modification sequence and message of each placement in a block.
    private static func placements(_ block: ByteBuffer) -> [[Int64]] {
        var block = block
        var rows: [[Int64]] = []
        while let uid = block.readInteger(endianness: .little, as: UInt32.self),
            let octets = block.readInteger(endianness: .little, as: UInt32.self),
            let rest = block.readMultipleIntegers(endianness: .little, as: (Int64, Int64, Int64, Int64).self)
        {
            if uid > 0 { rows.append([Int64(uid), Int64(octets), rest.0, rest.1, rest.2]) }
        }
        return rows
    }

    /// What sessions see is what the tables hold.
    static func expectCurrent(_ live: LiveMailbox, _ test: TestStore) async throws {
        let state = try await live.state()
        let stored = try await test.store.shard(of: live.account).read { database in
            var rows: [[Int64]] = []
            let statement = try database.statement("SELECT entries FROM placements WHERE id >> 32 = ? ORDER BY id")
            statement.bind(live.id.rawValue, at: 1)
            try statement.eachRow { row in rows += Self.placements(row.blob(0)) }
            return rows
        }
        let seen = state.entries.map { entry in
            [
                Int64(entry.uid.rawValue), Int64(entry.octets), Int64(entry.flags.rawValue), entry.modSeq.rawValue,
                entry.message.rawValue,
            ]
        }
        #expect(seen == stored)
        for (index, entry) in state.entries.enumerated() {
            #expect(state.index(of: entry.uid) == index)
        }
        let summary = try await test.store.mailbox(named: live.summary.name, of: live.account)
        #expect(summary?.counters == live.summary.counters)
    }
}
