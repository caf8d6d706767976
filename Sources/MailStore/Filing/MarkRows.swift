package import MailTypes
internal import Storage

/// The rows of `mark`.
enum MarkRows {
    static func isSet(
        _ handle: String,
        _ identity: [UInt8],
        of account: AccountID,
        at now: Instant,
        _ database: Database
    ) throws -> Bool {
        let statement = try database.statement(
            "SELECT 1 FROM mark WHERE account = ? AND handle = ? AND identity = ? AND until > ?"
        )
        statement.bind(account.rawValue, at: 1)
        statement.bind(handle, at: 2)
        statement.bind(identity, at: 3)
        statement.bind(now.millisecondsSince1970, at: 4)
        return try statement.first { _ in true } ?? false
    }

    static func set(_ mark: AccountMark, of account: AccountID, _ database: Database) throws {
        let statement = try database.statement(
            "INSERT OR REPLACE INTO mark(account, handle, identity, until) VALUES(?, ?, ?, ?)"
        )
        statement.bind(account.rawValue, at: 1)
        statement.bind(mark.handle, at: 2)
        statement.bind(mark.identity, at: 3)
        statement.bind(mark.until.millisecondsSince1970, at: 4)
        try statement.run()
    }

    /// Sets a mark that is not set.
    ///
    /// - Returns: whether it was not.
    static func setOnce(
        _ mark: AccountMark,
        of account: AccountID,
        at now: Instant,
        _ database: Database
    ) throws -> Bool {
        guard try !self.isSet(mark.handle, mark.identity, of: account, at: now, database) else { return false }
        try self.set(mark, of: account, database)
        return true
    }

    /// Forgets a few whose time is over, so that the table stays as small as its live part without a task of its own.
    static func forgetSome(at now: Instant, _ database: Database) throws {
        let statement = try database.statement(
            """
            DELETE FROM mark WHERE (account, handle, identity) IN
                (SELECT account, handle, identity FROM mark WHERE until <= ? ORDER BY until LIMIT 8)
            """
        )
        statement.bind(now.millisecondsSince1970, at: 1)
        try statement.run()
    }
}

extension MessageReader {
    /// Whether the account is still reminded of it.
    package func isMarked(_ handle: String, _ identity: [UInt8], of account: AccountID, at now: Instant) throws -> Bool
    {
        try MarkRows.isSet(handle, identity, of: account, at: now, self.database)
    }
}
