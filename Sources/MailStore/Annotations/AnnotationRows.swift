internal import MailTypes
internal import NIOCore
internal import Storage

/// The rows of `annotation`; those of the account itself have mailbox 0, which is no mailbox's.
enum AnnotationRows {
    static let account = MailboxID(rawValue: 0)

    static func value(
        _ name: AnnotationName,
        of mailbox: MailboxID,
        _ account: AccountID,
        _ database: Database
    ) throws -> [UInt8]? {
        let statement = try database.statement(
            "SELECT value FROM annotation WHERE account = ? AND mailbox = ? AND name = ?"
        )
        Self.bind(statement, account, mailbox, name.text)
        return try statement.first { Array($0.blob(0).readableBytesView) }
    }

    /// Those below a name, however far, by name.
    ///
    /// - Parameter name: may also be `/private` or `/shared`.
    static func below(
        _ name: String,
        of mailbox: MailboxID,
        _ account: AccountID,
        _ database: Database
    ) throws -> [Annotation] {
        // All names below one stand between it with a slash and it with the character after the slash.
        let statement = try database.statement(
            """
            SELECT name, value FROM annotation
            WHERE account = ?1 AND mailbox = ?2 AND name > ?3 || '/' AND name < ?3 || '0' ORDER BY name
            """
        )
        Self.bind(statement, account, mailbox, name)
        var found: [Annotation] = []
        try statement.eachRow { row in
            let name = AnnotationName(trusted: row.text(0))
            found.append(Annotation(name: name, value: Array(row.blob(1).readableBytesView)))
        }
        return found
    }

    static func put(
        _ annotation: Annotation,
        of mailbox: MailboxID,
        _ account: AccountID,
        _ database: Database
    ) throws {
        let statement = try database.statement(
            """
            INSERT INTO annotation(account, mailbox, name, value) VALUES(?, ?, ?, ?)
            ON CONFLICT(account, mailbox, name) DO UPDATE SET value = excluded.value
            """
        )
        Self.bind(statement, account, mailbox, annotation.name.text)
        try statement.run(withBlob: annotation.value, at: 4)
    }

    static func remove(
        _ name: AnnotationName,
        of mailbox: MailboxID,
        _ account: AccountID,
        _ database: Database
    ) throws {
        let statement = try database.statement(
            "DELETE FROM annotation WHERE account = ? AND mailbox = ? AND name = ?"
        )
        Self.bind(statement, account, mailbox, name.text)
        try statement.run()
    }

    static func removeAll(of mailbox: MailboxID, _ account: AccountID, _ database: Database) throws {
        let statement = try database.statement("DELETE FROM annotation WHERE account = ? AND mailbox = ?")
        statement.bind(account.rawValue, at: 1)
        statement.bind(mailbox.rawValue, at: 2)
        try statement.run()
    }

    /// Gives a mailbox what another has, but for names it has already; nothing when that would be more than the account
    /// may have, as a note beside the mail must not keep a mailbox from being made.
    static func copyAll(
        from source: MailboxID,
        to mailbox: MailboxID,
        _ account: AccountID,
        _ database: Database
    ) throws {
        let statement = try database.statement(
            """
            INSERT INTO annotation(account, mailbox, name, value)
            SELECT account, ?3, name, value FROM annotation WHERE account = ?1 AND mailbox = ?2
            ON CONFLICT(account, mailbox, name) DO NOTHING
            """
        )
        statement.bind(account.rawValue, at: 1)
        statement.bind(source.rawValue, at: 2)
        statement.bind(mailbox.rawValue, at: 3)
        do {
            try database.partly {
                try statement.run()
                try Self.requireWithinLimits(mailbox, account, database)
            }
        } catch is AnnotationError {}
    }

    /// That there is such a mailbox, or such a name that only holds others.
    static func require(_ mailbox: MailboxID, of account: AccountID, _ database: Database) throws {
        guard try MailboxRow.find(mailbox, in: database)?.account == account else { throw MailStoreError.noSuchMailbox }
    }

    static func requireWithinLimits(
        _ mailbox: MailboxID,
        _ account: AccountID,
        _ database: Database
    ) throws {
        let statement = try database.statement(
            """
            SELECT coalesce(sum(mailbox = ?2), 0), coalesce(sum(length(name) + length(value)), 0)
            FROM annotation WHERE account = ?1
            """
        )
        statement.bind(account.rawValue, at: 1)
        statement.bind(mailbox.rawValue, at: 2)
        let isWithin = try statement.first { row in
            Int(row.int(0)) <= AnnotationLimits.entriesMax && Int(row.int(1)) <= AnnotationLimits.accountOctetsMax
        }
        guard isWithin ?? true else { throw AnnotationError.tooMany }
    }

    /// The accounts with an annotation that names a script for changes of a mailbox.
    static func withEventScripts(_ database: Database) throws -> [AccountID] {
        let statement = try database.statement(
            "SELECT DISTINCT account FROM annotation WHERE name = '/shared/imapsieve/script'"
        )
        var accounts: [AccountID] = []
        try statement.eachRow { accounts.append(AccountID(rawValue: $0.int(0))) }
        return accounts
    }

    static func hasEventScripts(_ account: AccountID, _ database: Database) throws -> Bool {
        let statement = try database.statement(
            "SELECT 1 FROM annotation WHERE account = ? AND name = '/shared/imapsieve/script'"
        )
        statement.bind(account.rawValue, at: 1)
        return try statement.first { _ in true } ?? false
    }

    private static func bind(_ statement: Statement, _ account: AccountID, _ mailbox: MailboxID, _ name: String) {
        statement.bind(account.rawValue, at: 1)
        statement.bind(mailbox.rawValue, at: 2)
        statement.bind(name, at: 3)
    }
}
