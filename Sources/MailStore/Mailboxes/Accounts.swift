package import MailTypes
internal import Storage

extension MailStore {
    /// What every account begins with, besides INBOX.
    private static let firstMailboxes: [(name: String, use: SpecialUse)] = [
        ("Drafts", .drafts), ("Sent", .sent), ("Junk", .junk), ("Trash", .trash), ("Archive", .archive),
    ]

    /// Makes the account with INBOX and the mailboxes clients look for; nothing if it is there.
    package func createAccount(_ account: AccountID) async throws {
        let now = self.clock.now
        try await self.mailShard(of: account).change(.durable) { database, _ in
            let statement = try database.statement(
                """
                INSERT OR IGNORE INTO account(id, modseq, uid_validity, quota_octets, quota_messages)
                VALUES(?, 1, 0, ?, ?)
                """
            )
            statement.bind(account.rawValue, at: 1)
            statement.bind(AccountRow.unlimited, at: 2)
            statement.bind(AccountRow.unlimited, at: 3)
            try statement.run()
            guard database.changes > 0 else { return }
            let tree = MailboxTree(account: account, now: now, database: database)
            _ = try tree.create(.inbox, specialUse: nil)
            try Subscriptions.add(.inbox, of: account, database)
            for (name, use) in Self.firstMailboxes {
                let name = MailboxName(trusted: name)
                _ = try tree.create(name, specialUse: use)
                try Subscriptions.add(name, of: account, database)
            }
        }
    }

    /// Removes the account and all its mail. Its messages go bit by bit after it.
    package func removeAccount(_ account: AccountID) async throws {
        let now = self.clock.now
        try await self.mailShard(of: account).change(.durable) { database, effects in
            guard let accountRow = try AccountRow.find(account, in: database) else { return }
            let tree = MailboxTree(account: account, now: now, database: database)
            for row in try MailboxRow.all(of: account, in: database) {
                try tree.removeRow(row)
                try tree.leavePlacementsToSweeper(row.id)
                effects.note(.removed, row, accountRow)
            }
            let delivered = try database.statement("SELECT delivered FROM account WHERE id = ?")
            delivered.bind(account.rawValue, at: 1)
            let count = try delivered.first { Int($0.int(0)) } ?? 0
            database.tally(.accepted, count)
            database.tally(.delivered, count)
            for sql: StaticString in [
                "DELETE FROM account WHERE id = ?",
                "DELETE FROM keyword WHERE account = ?",
                "DELETE FROM subscription WHERE account = ?",
                "DELETE FROM change WHERE account = ?",
                "DELETE FROM script WHERE account = ?",
                "DELETE FROM mark WHERE account = ?",
                "DELETE FROM annotation WHERE account = ?",
            ] {
                let statement = try database.statement(sql)
                statement.bind(account.rawValue, at: 1)
                try statement.run()
            }
            WriterMemory.forget(account, database)
            effects.fullness = [(account, false)]
            effects.removedAccount = account
            effects.scripts = [(account, false)]
            effects.eventScripts = [(account, false)]
            effects.leavesLitter = true
        }
    }

    /// - Parameters:
    ///   - octets: `nil` for no limit.
    ///   - messages: `nil` for no limit.
    package func setQuota(_ account: AccountID, octets: Int?, messages: Int?) async throws {
        try await self.mailShard(of: account).change(.durable) { database, effects in
            let statement = try database.statement(
                "UPDATE account SET quota_octets = ?2, quota_messages = ?3 WHERE id = ?1"
            )
            statement.bind(account.rawValue, at: 1)
            statement.bind(octets.map { Int64($0) } ?? AccountRow.unlimited, at: 2)
            statement.bind(messages.map { Int64($0) } ?? AccountRow.unlimited, at: 3)
            try statement.run()
            WriterMemory.forget(account, database)
            guard let row = try AccountRow.find(account, in: database) else { throw MailStoreError.noSuchAccount }
            effects.fullness = [(account, row.isFull)]
        }
    }

    /// The limits of every account there is mail for.
    package func limits() async throws -> [AccountID: AccountLimits] {
        var limits: [AccountID: AccountLimits] = [:]
        for shard in self.shards {
            let own = try await shard.shard.read { database in
                var own: [AccountID: AccountLimits] = [:]
                try database.statement("SELECT id, quota_octets, quota_messages FROM account").eachRow { row in
                    own[AccountID(rawValue: row.int(0))] = AccountLimits(
                        octets: AccountRow.limit(row.int(1)),
                        messages: AccountRow.limit(row.int(2))
                    )
                }
                return own
            }
            limits.merge(own) { _, new in new }
        }
        return limits
    }

    package func usage(of account: AccountID) async throws -> AccountUsage {
        try await self.shard(of: account).read { database in
            guard let row = try AccountRow.find(account, in: database) else { throw MailStoreError.noSuchAccount }
            return row.usage
        }
    }

    /// Every account there is mail for.
    package func accounts() async throws -> [AccountID] { try await self.limits().keys.sorted() }
}
