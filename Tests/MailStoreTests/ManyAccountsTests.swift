import MailTesting
import MailTypes
import Storage
import Testing

@testable import MailStore

@Suite("many accounts", .timeLimit(.minutes(10)))
struct ManyAccountsTests {
    @Test("lesson 25: beside 10,000 accounts one's mailboxes and use are found as beside none")
    func steps() async throws {
        try await TestStore.with(shards: 1) { test in
            let alone = try await Self.cost(test)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 3...10_000 {
                    group.addTask { try await test.store.createAccount(AccountID(rawValue: Int64(number))) }
                }
                try await group.waitForAll()
            }
            let beside = try await Self.cost(test)
            #expect(alone > 0 && beside == alone, "\(beside) steps instead of \(alone)")
        }
    }

    /// Steps of SQLite's machine for what `mailbox list` and `account show` ask.
    private static func cost(_ test: TestStore) async throws -> Int {
        try await test.store.shard(of: TestStore.alice).read { database in
            let before = database.stepCount
            #expect(try MailboxRow.all(of: TestStore.alice, in: database).count > 1)
            #expect(try AccountRow.find(TestStore.alice, in: database) != nil)
            _ = try Subscriptions.all(of: TestStore.alice, database)
            return database.stepCount - before
        }
    }
}
