internal import MailTypes
internal import Storage

/// The keywords of accounts as the writer left them: it is the only one that changes any.
final class KeywordMemory {
    /// Beyond it all are forgotten and read again.
    private static let accountsMax = 2_000

    private var tables: [AccountID: KeywordTable] = [:]

    /// The account's keywords, in the transaction of the writer.
    static func table(of account: AccountID, _ database: Database) throws -> KeywordTable {
        if let known = (database.memory as? KeywordMemory)?.tables[account] { return known }
        let table = try Keywords.load(account, database)
        Self.set(table, of: account, database)
        return table
    }

    static func set(_ table: KeywordTable, of account: AccountID, _ database: Database) {
        let memory = Self.memory(of: database)
        if memory.tables.count >= Self.accountsMax { memory.tables.removeAll() }
        memory.tables[account] = table
    }

    static func forget(_ account: AccountID, _ database: Database) {
        Self.memory(of: database).tables[account] = nil
    }

    private static func memory(of database: Database) -> KeywordMemory {
        if let memory = database.memory as? KeywordMemory { return memory }
        let memory = KeywordMemory()
        database.memory = memory
        return memory
    }
}
