import MailTesting
import MailTypes
import Storage
import Testing

@testable import MailStore

/// An account has no counters of its own: its mailboxes count for it.
@Suite("what an account uses and has gone through", .timeLimit(.minutes(10)))
struct AccountSumTests {
    private typealias Step = @Sendable (TestStore) async throws -> Void

    /// Changes, some of which take the highest modification sequence away with the mailbox that has it.
    private static let steps: [(name: String, step: Step)] = [
        ("deliver", { test in await test.deliver("one", to: TestStore.alice) }),
        ("deliver into Junk", { test in await test.deliver("two", to: TestStore.alice, into: name("Junk")) }),
        ("create", { test in _ = try await test.store.create(name("a/b/c"), of: TestStore.alice) }),
        ("append", { test in _ = try await test.append(3, to: try await test.summary("a/b/c").id) }),
        ("delete the latest", { test in try await test.store.delete(name("a/b/c"), of: TestStore.alice) }),
        ("create another", { test in _ = try await test.store.create(name("d"), of: TestStore.alice) }),
        ("rename", { test in try await test.store.rename(name("d"), to: name("e/f"), of: TestStore.alice) }),
        ("delete the renamed", { test in try await test.store.delete(name("e/f"), of: TestStore.alice) }),
        ("rename INBOX", { test in try await test.store.rename(.inbox, to: name("old"), of: TestStore.alice) }),
        ("delete what was INBOX", { test in try await test.store.delete(name("old"), of: TestStore.alice) }),
        ("deliver again", { test in await test.deliver("three", to: TestStore.alice) }),
    ]

    @Test(
        "no modification sequence is given twice, though mailboxes go and the store is opened again",
        arguments: [false, true]
    )
    func modificationSequences(reopens: Bool) async throws {
        try await TemporaryFolder.with { folder in
            var test = try await TestStore(in: folder, shards: 1)
            var last = try await Self.highest(test)
            for (name, step) in Self.steps {
                try await step(test)
                let next = try await Self.highest(test)
                #expect(next > last, "\(name)")
                last = next
                #expect(try await Self.highest(test, remembered: false) == last, "\(name)")
                guard reopens else { continue }
                test.store.close()
                let store = try MailStore.open(folder: folder.path("mail"), shards: 1, clock: test.clock)
                test = TestStore(folder: folder, store: store)
                #expect(try await Self.highest(test) == last, "\(name), opened again")
            }
            #expect(test.store.check() == [])
            test.store.close()
        }
    }

    @Test("what is used is the sum of the mailboxes, also of those that messages were moved to or that are gone")
    func usage() async throws {
        try await TestStore.with(shards: 1) { test in
            for (name, step) in Self.steps {
                try await step(test)
                let used = try await test.store.usage(of: TestStore.alice)
                let mailboxes = try await test.store.mailboxes(of: TestStore.alice)
                #expect(used.messages == mailboxes.reduce(0) { $0 + $1.messages }, "\(name)")
                #expect(used.octets == mailboxes.reduce(0) { $0 + $1.octets }, "\(name)")
            }
            #expect(try await test.store.usage(of: TestStore.alice).messages == 2)
        }
    }

    @Test("the ledger keeps what was delivered when the mailbox goes, and when the account goes")
    func ledger() async throws {
        try await TestStore.with(shards: 1) { test in
            let shard = test.store.shard(of: TestStore.alice)
            _ = try await test.store.create(name("list"), of: TestStore.alice)
            for _ in 0..<3 { await test.deliver("to the list", to: TestStore.alice, into: name("list")) }
            for _ in 0..<2 { await test.deliver("to INBOX", to: TestStore.alice) }
            await test.deliver("to another", to: TestStore.bob)
            #expect(try shard.custody() == [.accepted: 6, .delivered: 6])
            try await test.store.delete(name("list"), of: TestStore.alice)
            #expect(try shard.custody() == [.accepted: 6, .delivered: 6])
            try await test.store.removeAccount(TestStore.alice)
            #expect(try shard.custody() == [.accepted: 6, .delivered: 6])
            try await test.store.createAccount(TestStore.alice)
            await test.deliver("to the new one", to: TestStore.alice)
            #expect(try shard.custody() == [.accepted: 7, .delivered: 7])
        }
    }

    /// The account's highest modification sequence, as the writer has it.
    private static func highest(_ test: TestStore, remembered: Bool = true) async throws -> ModSeq {
        try await test.store.shard(of: TestStore.alice).write(.durable) { database in
            if !remembered { database.memory = nil }
            guard let row = try AccountRow.find(TestStore.alice, in: database) else {
                throw MailStoreError.noSuchAccount
            }
            return row.modSeq
        }
    }
}
