internal import MailTypes
internal import Storage

/// An account's keywords during one operation: read at the first use, extended as needed.
struct Keywords {
    let account: AccountID
    private var table: KeywordTable?
    private var isChanged = false

    init(account: AccountID) {
        self.account = account
    }

    static func load(_ account: AccountID, _ database: Database) throws -> KeywordTable {
        let statement = try database.statement("SELECT name FROM keyword WHERE account = ? ORDER BY bit")
        statement.bind(account.rawValue, at: 1)
        var names: [String] = []
        try statement.eachRow { names.append($0.text(0)) }
        return KeywordTable(names: names)
    }

    /// The flags of keywords; those the account does not have are added to it, or passed over.
    mutating func flags(for names: [String], adding isAdding: Bool, _ database: Database) throws -> FlagSet {
        var flags: FlagSet = []
        for name in names {
            var table = try self.table ?? Self.load(self.account, database)
            if let flag = table.flag(name) {
                flags.formUnion(flag)
            } else if isAdding {
                flags.formUnion(try Self.add(name, to: &table, of: self.account, database))
                self.isChanged = true
            }
            self.table = table
        }
        return flags
    }

    /// The flags of a new message's keywords: one that cannot be kept must not keep the message out.
    mutating func keptFlags(for names: [String], _ database: Database) throws -> FlagSet {
        var flags: FlagSet = []
        for name in names {
            do {
                flags.formUnion(try self.flags(for: [name], adding: true, database))
            } catch is MailStoreError {
                continue
            }
        }
        return flags
    }

    /// Tells sessions of new keywords.
    func note(in effects: inout Effects) {
        if self.isChanged, let table = self.table { effects.keywords.append((self.account, table)) }
    }

    private static func add(
        _ name: String,
        to table: inout KeywordTable,
        of account: AccountID,
        _ database: Database
    ) throws -> FlagSet {
        guard KeywordTable.isValid(name) else { throw MailStoreError.invalidKeyword }
        let bit = table.names.count
        guard bit < FlagSet.keywordsMax else { throw MailStoreError.tooManyKeywords }
        let statement = try database.statement("INSERT INTO keyword(account, bit, name) VALUES(?, ?, ?)")
        statement.bind(account.rawValue, at: 1)
        statement.bind(bit, at: 2)
        statement.bind(name, at: 3)
        try statement.run()
        table.append(name)
        return .keyword(bit)
    }
}
