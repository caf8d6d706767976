import MailTesting
import MailTypes
import Storage
import Testing

@testable import MailStore

@Suite("history", .timeLimit(.minutes(10)))
struct HistoryTests {
    @Test("what is older than a season is forgotten, whoever asks from before is told so, and the rest is known whole")
    func age() async throws {
        try await TestStore.with(shards: 1) { test in
            let inbox = try await test.inbox()
            _ = try await test.append(6, to: inbox.id)
            let live = try await test.store.open(inbox.id, of: TestStore.alice)
            let beginning = live.summary.highestModSeq
            _ = try await test.store.remove(uids: uids(1, 2), in: inbox.id, of: TestStore.alice)
            let between = live.summary.highestModSeq
            #expect(try await live.changes(since: beginning)?.expunged == uids(1, 2))
            test.clock.advance(by: .seconds(91 * 24 * 3_600))
            _ = try await test.store.remove(uids: uids(4), in: inbox.id, of: TestStore.alice)
            test.look()
            try await test.waitForHistory(of: TestStore.alice, atMost: 1)
            #expect(try await live.changes(since: beginning) == nil)
            let known = try #require(try await live.changes(since: between))
            #expect(known.expunged == uids(4))
            #expect(known.upTo == live.summary.highestModSeq)
            #expect(test.store.check() == [])
        }
    }

    @Test("of a long history the oldest entries go, in whole steps, but none that a sleeping session may need")
    func count() async throws {
        try await TestStore.with(shards: 1) { test in
            let inbox = try await test.inbox()
            _ = try await test.append(3, to: inbox.id)
            let live = try await test.store.open(inbox.id, of: TestStore.alice)
            let beginning = live.summary.highestModSeq
            let max = MailStoreLimits.historyMax
            try await test.lengthenHistory(of: TestStore.alice, inbox.id, to: max + 700)
            test.look()
            #expect(try await test.prune() == 0)
            #expect(try await live.changes(since: beginning) != nil)

            test.clock.advance(by: .seconds(2 * 3_600))
            let young = live.summary.highestModSeq
            _ = try await test.store.remove(uids: uids(2), in: inbox.id, of: TestStore.alice)
            test.look()
            try await test.waitForHistory(of: TestStore.alice, atMost: max)
            #expect(try await test.history(of: TestStore.alice) > max - 100)
            #expect(try await live.changes(since: beginning) == nil)
            #expect(try await live.changes(since: young)?.expunged == uids(2))
            #expect(test.store.check() == [])
        }
    }

    @Test("an entry that makes a history too long wakes the sweeper by itself")
    func wakes() async throws {
        try await TestStore.with(shards: 1) { test in
            let inbox = try await test.inbox()
            _ = try await test.append(2, to: inbox.id)
            let max = MailStoreLimits.historyMax
            try await test.lengthenHistory(of: TestStore.alice, inbox.id, to: max + MailStoreLimits.historyBatch - 1)
            test.clock.advance(by: .seconds(2 * 3_600))
            _ = try await test.store.remove(uids: uids(1), in: inbox.id, of: TestStore.alice)
            try await test.waitForHistory(of: TestStore.alice, atMost: max)
            #expect(test.store.check() == [])
        }
    }

    @Test("after a clock went back an old entry behind new ones takes them along, and no gap is left")
    func clockWentBack() async throws {
        try await TestStore.with(shards: 1) { test in
            let inbox = try await test.inbox()
            _ = try await test.append(3, to: inbox.id)
            let live = try await test.store.open(inbox.id, of: TestStore.alice)
            test.clock.advance(by: .seconds(100 * 24 * 3_600))
            _ = try await test.store.remove(uids: uids(1), in: inbox.id, of: TestStore.alice)
            test.clock.advance(by: .seconds(-100 * 24 * 3_600))
            _ = try await test.store.remove(uids: uids(2), in: inbox.id, of: TestStore.alice)
            let between = live.summary.highestModSeq
            test.clock.advance(by: .seconds(101 * 24 * 3_600))
            _ = try await test.store.remove(uids: uids(3), in: inbox.id, of: TestStore.alice)
            _ = try await test.prune()
            #expect(try await live.changes(since: between)?.expunged == uids(3))
            #expect(try await live.changes(since: ModSeq(rawValue: between.rawValue - 1)) == nil)
            #expect(test.store.check() == [])
        }
    }

    @Test("looking for what can go reads a few rows, however much history there is")
    func cost() async throws {
        try await TestStore.with(shards: 1) { test in
            for sql: StaticString in [
                "EXPLAIN QUERY PLAN SELECT account, modseq FROM change WHERE at < ? ORDER BY at LIMIT 1",
                "EXPLAIN QUERY PLAN SELECT id, history FROM account WHERE history > 10000",
                "EXPLAIN QUERY PLAN SELECT modseq, at FROM change WHERE account = ? ORDER BY modseq LIMIT ?",
            ] {
                let plan = try test.store.allShards[0].readNow { database in
                    var lines: [String] = []
                    try database.statement(sql).eachRow { lines.append($0.text(3)) }
                    return lines
                }
                #expect(plan.allSatisfy { $0.hasPrefix("SEARCH") || $0.contains("account_history") }, "\(plan)")
            }
            #expect(MailStoreLimits.historyMax == 10_000, "the index and the statement have this number")
        }
    }

    @Test("a shard of format 4 keeps its history, from now on with its age, and counts it")
    func migration() throws {
        try TemporaryFolder.with { folder in
            let old = try Shard.open(
                folder: folder.path("mail"),
                name: "mail0",
                migrations: Array(MailStoreSchema.migrations.prefix(4))
            )
            try old.writeNow { database in
                try database.execute("INSERT INTO account VALUES(7, 30, 1, 0, 0, 100, 100)")
                try database.execute("INSERT INTO change VALUES(7, 9, 3, 'expunged', '4:6')")
                try database.execute("INSERT INTO change VALUES(7, 12, 3, 'expunged', '9')")
            }
            old.close()
            let shard = try Shard.open(
                folder: folder.path("mail"),
                name: "mail0",
                migrations: MailStoreSchema.migrations
            )
            defer { shard.close() }
            try shard.readNow { database in
                let account = AccountID(rawValue: 7)
                let expunged = try ChangeLog.expunged(
                    from: MailboxID(rawValue: 3),
                    of: account,
                    since: ModSeq(rawValue: 0),
                    database
                )
                #expect(expunged == uids(4, 5, 6, 9))
                #expect(try database.integer("SELECT history FROM account") == 2)
                #expect(try database.integer("SELECT count(*) FROM change WHERE at > 1700000000") == 2)
            }
        }
    }
}

extension TestStore {
    func look() {
        for shard in self.store.shards { shard.sweeper.look() }
    }

    func history(of account: AccountID) async throws -> Int {
        try await self.store.shard(of: account).read { database in
            let statement = try database.statement("SELECT history FROM account WHERE id = ?")
            statement.bind(account.rawValue, at: 1)
            return try statement.first { Int($0.int(0)) } ?? 0
        }
    }

    func waitForHistory(of account: AccountID, atMost count: Int) async throws {
        for _ in 0..<1_000 {
            if try await self.history(of: account) <= count { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw MailStoreError.gone
    }

    /// Prunes one batch of the first shard now.
    ///
    /// - Returns: how many entries went.
    func prune() async throws -> Int {
        let now = self.clock.now
        return try await self.store.allShards[0].write(.durable) { database in
            let before = try database.integer("SELECT count(*) FROM change")
            try HistoryPruning.pruneBatch(now, database)
            return before - (try database.integer("SELECT count(*) FROM change"))
        }
    }

    /// As if so many messages had come and gone one by one.
    func lengthenHistory(of account: AccountID, _ mailbox: MailboxID, to count: Int) async throws {
        let left = count - (try await self.history(of: account))
        let now = self.clock.now
        try await self.store.mailShard(of: account).change(.durable) { database, effects in
            let log = ChangeLog(account: account, now: now, database: database)
            var row = try MailboxRow.require(mailbox, of: account, in: database)
            for _ in 0..<left {
                let accountRow = try AccountRow.advance(account, in: database)
                let uid = try row.takeUIDs(1)
                row.counters.highestModSeq = accountRow.modSeq
                try log.append(.expunged, mailbox, at: accountRow.modSeq, UIDRanges.write([uid]))
                effects.note(.expunged([uid]), row, accountRow)
            }
            row.counters.firstRecent = row.uidNext
            row.counters.recent = 0
            try row.save(in: database)
        }
    }
}
