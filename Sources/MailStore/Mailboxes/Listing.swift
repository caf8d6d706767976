package import MailTypes
internal import Storage

extension MailStore {
    /// Every mailbox of an account, by name; names that hold only others are among them.
    package func mailboxes(of account: AccountID) async throws -> [MailboxSummary] {
        try await self.shard(of: account).read { database in
            let subscribed = Set(try Subscriptions.all(of: account, database))
            return try MailboxRow.all(of: account, in: database).map { row in
                row.summary(isSubscribed: subscribed.contains(row.name))
            }
        }
    }

    package func mailbox(named name: MailboxName, of account: AccountID) async throws -> MailboxSummary? {
        try await self.shard(of: account).read { database in
            guard let row = try MailboxRow.find(name, of: account, in: database) else { return nil }
            return row.summary(isSubscribed: try Subscriptions.contains(name, of: account, database))
        }
    }

    package func subscribe(_ name: MailboxName, of account: AccountID) async throws {
        try await self.mailShard(of: account).change(.durable) { database, _ in
            guard try AccountRow.find(account, in: database) != nil else { throw MailStoreError.noSuchAccount }
            guard try Subscriptions.hasRoom(for: name, of: account, database) else {
                throw MailStoreError.tooManySubscriptions
            }
            try Subscriptions.add(name, of: account, database)
        }
    }

    package func unsubscribe(_ name: MailboxName, of account: AccountID) async throws {
        try await self.mailShard(of: account).change(.durable) { database, _ in
            try Subscriptions.remove(name, of: account, database)
        }
    }

    /// Subscribed names, whether or not there is such a mailbox. RFC 9051 §6.3.7.
    package func subscriptions(of account: AccountID) async throws -> [MailboxName] {
        try await self.shard(of: account).read { try Subscriptions.all(of: account, $0) }
    }
}

enum Subscriptions {
    static func all(of account: AccountID, _ database: Database) throws -> [MailboxName] {
        let statement = try database.statement("SELECT name FROM subscription WHERE account = ? ORDER BY name")
        statement.bind(account.rawValue, at: 1)
        var names: [MailboxName] = []
        try statement.eachRow { names.append(MailboxName(trusted: $0.text(0))) }
        return names
    }

    static func contains(_ name: MailboxName, of account: AccountID, _ database: Database) throws -> Bool {
        let statement = try database.statement("SELECT 1 FROM subscription WHERE account = ? AND name = ?")
        statement.bind(account.rawValue, at: 1)
        statement.bind(name.text, at: 2)
        return try statement.first { _ in true } ?? false
    }

    static func hasRoom(for name: MailboxName, of account: AccountID, _ database: Database) throws -> Bool {
        let statement = try database.statement("SELECT count(*) FROM subscription WHERE account = ?")
        statement.bind(account.rawValue, at: 1)
        let count = try statement.first { Int($0.int(0)) } ?? 0
        return try count < MailStoreLimits.subscriptionsMax || Self.contains(name, of: account, database)
    }

    static func add(_ name: MailboxName, of account: AccountID, _ database: Database) throws {
        let statement = try database.statement("INSERT OR IGNORE INTO subscription(account, name) VALUES(?, ?)")
        statement.bind(account.rawValue, at: 1)
        statement.bind(name.text, at: 2)
        try statement.run()
    }

    static func remove(_ name: MailboxName, of account: AccountID, _ database: Database) throws {
        let statement = try database.statement("DELETE FROM subscription WHERE account = ? AND name = ?")
        statement.bind(account.rawValue, at: 1)
        statement.bind(name.text, at: 2)
        try statement.run()
    }
}
