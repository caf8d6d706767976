import MailStore
import MailTesting
import MailTypes
import Storage
import Testing

@Suite("refiling stored messages", .timeLimit(.minutes(10)))
struct RefilingTests {
    private static let alice = TestStore.alice

    private static func refiling(
        _ uid: UInt32,
        in mailbox: MailboxID,
        _ test: TestStore,
        copies: [FiledCopy] = [],
        stay: Refiling.Stay = .nothing
    ) async throws -> Refiling {
        let uid = UID(rawValue: uid)
        let entry = try await test.store.read(of: Self.alice) { reader in
            try reader.placements(in: mailbox, after: UID(rawValue: uid.rawValue - 1), through: uid, limit: 1).first
        }
        var refiling = Refiling(uid: uid, modSeq: entry?.modSeq ?? ModSeq(rawValue: 0))
        refiling.copies = copies
        refiling.stay = stay
        return refiling
    }

    @Test("what changed or went meanwhile is left alone, the others are done in the same transaction")
    func meanwhile() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox().id
            _ = try await test.append(3, to: inbox)
            let archive = [FiledCopy(mailbox: name("Archive"))]
            var refilings: [Refiling] = []
            for uid in 1...3 as ClosedRange<UInt32> {
                refilings.append(try await Self.refiling(uid, in: inbox, test, copies: archive))
            }
            let flags = FlagChange(.add, flags: .seen)
            _ = try await test.store.changeFlags(flags, of: uids(1), in: inbox, of: Self.alice)
            _ = try await test.store.remove(uids: uids(2), in: inbox, of: Self.alice)
            let outcomes = try await test.store.refile(refilings, contents: [], in: inbox, of: Self.alice)
            #expect(outcomes == [.changed, .gone, .done])
            #expect(try await test.inbox().messages == 1)
            #expect(try await test.summary("Archive").messages == 1)
            #expect(test.store.check() == [])
        }
    }

    @Test("a mailbox that went meanwhile takes nothing: the message stays, edited if it was to be")
    func missing() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox().id
            _ = try await test.append(2, to: inbox)
            let lost = FiledCopy(mailbox: name("Lost"))
            var edited = FiledCopy(content: 1, mailbox: name("Lost"))
            edited.flags = .flagged
            let refilings = [
                try await Self.refiling(1, in: inbox, test, copies: [lost]),
                try await Self.refiling(2, in: inbox, test, copies: [edited]),
            ]
            let content = NewMessage(
                content: TestStore.message("edited", octets: 300_000),
                internalDate: test.clock.now
            )
            let outcomes = try await test.store.refile(refilings, contents: [content], in: inbox, of: Self.alice)
            #expect(outcomes == [.doneWithout([name("Lost")]), .doneWithout([name("Lost")])])
            let live = try await test.store.open(inbox, of: Self.alice)
            let entries = try await live.state().entries
            #expect(entries.map(\.uid) == uids(1, 3))
            #expect(entries.map(\.flags) == [[], .flagged])
            #expect(test.store.check() == [])
        }
    }

    @Test("a message copied to several mailboxes is stored once, and a content nobody takes is not kept")
    func shared() async throws {
        try await TestStore.with(shards: 1) { test in
            let inbox = try await test.inbox().id
            _ = try await test.append(1, to: inbox)
            let copies = [FiledCopy(mailbox: name("Archive")), FiledCopy(mailbox: name("Junk"))]
            let refiling = try await Self.refiling(1, in: inbox, test, copies: copies, stay: .unchanged)
            let unused = NewMessage(content: TestStore.message("x", octets: 300_000), internalDate: test.clock.now)
            _ = try await test.store.refile([refiling], contents: [unused], in: inbox, of: Self.alice)
            let shard = test.store.shard(of: Self.alice)
            #expect(try shard.readNow { try $0.integer("SELECT count(*) FROM body") } == 1)
            #expect(test.store.check() == [])
        }
    }
}
