internal import MailBytes
internal import MailTypes
internal import NIOCore
internal import Storage

/// The rows of `script`.
///
/// Names come in normal form, but there may be scripts that were kept under another when names were taken as they were
/// typed. Each row is therefore found by its name's normal form too, and keeps the name it has until it is renamed.
enum ScriptRows {
    /// The name under which a script is kept that is called so, whatever the form; the normal form when there is none.
    static func keptName(_ name: String, of account: AccountID, _ database: Database) throws -> String {
        let normalized = NetUnicode.normalized(name)
        let found = try database.statement("SELECT 1 FROM script WHERE account = ? AND name = ?")
        found.bind(account.rawValue, at: 1)
        found.bind(normalized, at: 2)
        if try found.first({ _ in true }) != nil || !normalized.utf8.contains(where: { $0 >= 0x80 }) {
            return normalized
        }
        let all = try database.statement("SELECT name FROM script WHERE account = ?")
        all.bind(account.rawValue, at: 1)
        var kept: String?
        // Text is compared by its normal form.
        try all.eachRow { row in if row.text(0) == normalized { kept = row.text(0) } }
        return kept ?? normalized
    }

    static func text(_ name: String, of account: AccountID, _ database: Database) throws -> [UInt8]? {
        let statement = try database.statement("SELECT text FROM script WHERE account = ? AND name = ?")
        statement.bind(account.rawValue, at: 1)
        statement.bind(name, at: 2)
        return try statement.first { Array($0.blob(0).readableBytesView) }
    }

    static func activeName(of account: AccountID, _ database: Database) throws -> String? {
        let statement = try database.statement("SELECT name FROM script WHERE account = ? AND active")
        statement.bind(account.rawValue, at: 1)
        return try statement.first { $0.text(0) }
    }

    /// `nil` when there is no such script.
    static func isActive(_ name: String, of account: AccountID, _ database: Database) throws -> Bool? {
        let statement = try database.statement("SELECT active FROM script WHERE account = ? AND name = ?")
        statement.bind(account.rawValue, at: 1)
        statement.bind(name, at: 2)
        return try statement.first { $0.int(0) != 0 }
    }

    static func requireIsActive(_ name: String, of account: AccountID, _ database: Database) throws -> Bool {
        guard let isActive = try self.isActive(name, of: account, database) else { throw ScriptError.noSuchScript }
        return isActive
    }

    /// A script of that name which is there already gives way to the new one.
    static func requireRoom(
        _ name: String,
        octets: Int,
        of account: AccountID,
        quota: ScriptQuota,
        _ database: Database
    ) throws {
        let statement = try database.statement(
            "SELECT count(*), coalesce(sum(length(text)), 0) FROM script WHERE account = ? AND name <> ?"
        )
        statement.bind(account.rawValue, at: 1)
        statement.bind(name, at: 2)
        var (scripts, used) = (0, 0)
        try statement.eachRow { row in (scripts, used) = (Int(row.int(0)), Int(row.int(1))) }
        guard scripts < quota.scripts else { throw ScriptError.tooManyScripts }
        guard octets <= quota.octets - used else { throw ScriptError.scriptsTooLarge }
    }

    static func put(
        _ name: String,
        _ text: [UInt8],
        of account: AccountID,
        at now: Instant,
        _ database: Database
    ) throws {
        let statement = try database.statement(
            """
            INSERT INTO script(account, name, active, changed_at, text) VALUES(?, ?, 0, ?, ?)
            ON CONFLICT(account, name) DO UPDATE SET text = excluded.text, changed_at = excluded.changed_at
            """
        )
        statement.bind(account.rawValue, at: 1)
        statement.bind(name, at: 2)
        statement.bind(now.millisecondsSince1970, at: 3)
        try statement.run(withBlob: text, at: 4)
    }

    /// The accounts with an active script.
    static func scripted(_ database: Database) throws -> [AccountID] {
        var accounts: [AccountID] = []
        try database.statement("SELECT account FROM script WHERE active").eachRow { row in
            accounts.append(AccountID(rawValue: row.int(0)))
        }
        return accounts
    }

    static func run(_ sql: StaticString, _ account: AccountID, _ texts: String..., database: Database) throws {
        let statement = try database.statement(sql)
        statement.bind(account.rawValue, at: 1)
        for (index, text) in texts.enumerated() { statement.bind(text, at: Int32(index + 2)) }
        try statement.run()
    }
}
