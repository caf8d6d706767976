internal import MailTypes
internal import Storage

/// An account's keywords during one operation that writes: read at the first use, extended as needed.
struct Keywords {
    let account: AccountID
    private var table: KeywordTable?
    private var isChanged = false
    /// What the operation gives to messages: in use, though no message may carry it yet.
    private var given: FlagSet = []

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
            var table = try self.table ?? WriterMemory.keywords(of: self.account, database)
            if let flag = table.flag(name) {
                flags.formUnion(flag)
            } else if isAdding {
                flags.formUnion(try self.add(name, to: &table, database))
                WriterMemory.note(table, of: self.account, database)
                self.isChanged = true
            }
            self.given.formUnion(flags)
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

    private func add(_ name: String, to table: inout KeywordTable, _ database: Database) throws -> FlagSet {
        guard KeywordTable.isValid(name) else { throw MailStoreError.invalidKeyword }
        let isRoom = table.names.count < FlagSet.keywordsMax
        let bit = isRoom ? table.names.count : try self.unusedBit(of: table, database)
        let statement = try database.statement("INSERT OR REPLACE INTO keyword(account, bit, name) VALUES(?, ?, ?)")
        statement.bind(self.account.rawValue, at: 1)
        statement.bind(bit, at: 2)
        statement.bind(name, at: 3)
        try statement.run()
        table.set(name, at: bit)
        return .keyword(bit)
    }

    /// The number of a keyword that no message carries any more, the youngest of them: it may have another name.
    ///
    /// No message changes by that. A session that has not told its client yet that a message lost the old keyword
    /// takes the new names together with what it then reads of the mailbox.
    ///
    /// - Complexity: all of the account's messages are looked at, which an account has to do with only when it has
    ///   all keywords it can have.
    private func unusedBit(of table: KeywordTable, _ database: Database) throws -> Int {
        var used = self.given
        for mailbox in try MailboxRow.all(of: self.account, in: database) {
            try Placements.scan(mailbox.id, database) { used.formUnion($0.flags) }
            if table.allFlags.isSubset(of: used) { break }
        }
        guard let bit = table.names.indices.last(where: { !used.contains(.keyword($0)) }) else {
            throw MailStoreError.tooManyKeywords
        }
        return bit
    }
}
