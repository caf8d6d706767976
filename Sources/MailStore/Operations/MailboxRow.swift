internal import MailTypes
internal import Storage

/// A mailbox's row as an operation holds it.
struct MailboxRow {
    let id: MailboxID
    let account: AccountID
    var name: MailboxName
    var isSelectable: Bool
    var specialUse: SpecialUse?
    var counters: MailboxCounters
    /// Messages that were accepted and stored in it in one step: custody that stands here, as this row changes anyway.
    var delivered: Int64

    var uidNext: UID { self.counters.uidNext }

    func summary(isSubscribed: Bool) -> MailboxSummary {
        MailboxSummary(
            id: self.id,
            name: self.name,
            specialUse: self.specialUse,
            isSubscribed: isSubscribed,
            isSelectable: self.isSelectable,
            counters: self.counters
        )
    }

    init(_ row: Statement) {
        self.id = MailboxID(rawValue: row.int(0))
        self.account = AccountID(rawValue: row.int(1))
        self.name = MailboxName(trusted: row.text(2))
        self.counters = MailboxCounters(
            uidValidity: UIDValidity(rawValue: UInt32(clamping: row.int(3))),
            uidNext: UID(rawValue: UInt32(clamping: row.int(4))),
            firstRecent: UID(rawValue: UInt32(clamping: row.int(5))),
            highestModSeq: ModSeq(rawValue: row.int(6)),
            messages: Int(row.int(7)),
            unseen: Int(row.int(8)),
            deleted: Int(row.int(9)),
            deletedOctets: Int(row.int(10)),
            recent: Int(row.int(11)),
            octets: Int(row.int(12))
        )
        self.isSelectable = row.int(13) != 0
        self.specialUse = row.isNull(14) ? nil : SpecialUse(rawValue: row.text(14))
        self.delivered = row.int(15)
    }

    static func find(_ id: MailboxID, in database: Database) throws -> MailboxRow? {
        let statement = try database.statement(
            """
            SELECT id, account, name, uid_validity, uid_next, first_recent, modseq, messages, unseen, deleted,
                deleted_octets, recent, octets, selectable, special_use, delivered FROM mailbox WHERE id = ?
            """
        )
        statement.bind(id.rawValue, at: 1)
        return try statement.first { MailboxRow($0) }
    }

    static func find(_ name: MailboxName, of account: AccountID, in database: Database) throws -> MailboxRow? {
        if let row = WriterMemory.mailbox(of: account, database, where: { $0.name == name }) { return row }
        let statement = try database.statement(
            """
            SELECT id, account, name, uid_validity, uid_next, first_recent, modseq, messages, unseen, deleted,
                deleted_octets, recent, octets, selectable, special_use, delivered
            FROM mailbox WHERE account = ? AND name = ?
            """
        )
        statement.bind(account.rawValue, at: 1)
        statement.bind(name.text, at: 2)
        return try statement.first { MailboxRow($0) }
    }

    /// A mailbox messages can be in, of this account.
    static func require(_ id: MailboxID, of account: AccountID, in database: Database) throws -> MailboxRow {
        if let row = WriterMemory.mailbox(of: account, database, where: { $0.id == id && $0.isSelectable }) {
            return row
        }
        guard let row = try Self.find(id, in: database), row.account == account else {
            throw MailStoreError.noSuchMailbox
        }
        guard row.isSelectable else { throw MailStoreError.notSelectable }
        return row
    }

    static func all(of account: AccountID, in database: Database) throws -> [MailboxRow] {
        let statement = try database.statement(
            """
            SELECT id, account, name, uid_validity, uid_next, first_recent, modseq, messages, unseen, deleted,
                deleted_octets, recent, octets, selectable, special_use, delivered
            FROM mailbox WHERE account = ? ORDER BY name
            """
        )
        statement.bind(account.rawValue, at: 1)
        var rows: [MailboxRow] = []
        try statement.eachRow { rows.append(MailboxRow($0)) }
        return rows
    }

    /// The names below one, without it.
    static func below(_ name: MailboxName, of account: AccountID, in database: Database) throws -> [MailboxRow] {
        let statement = try database.statement(
            """
            SELECT id, account, name, uid_validity, uid_next, first_recent, modseq, messages, unseen, deleted,
                deleted_octets, recent, octets, selectable, special_use, delivered FROM mailbox
            WHERE account = ?1 AND name > ?2 || '/' AND name < ?2 || '0' ORDER BY name
            """
        )
        statement.bind(account.rawValue, at: 1)
        statement.bind(name.text, at: 2)
        var rows: [MailboxRow] = []
        try statement.eachRow { rows.append(MailboxRow($0)) }
        return rows
    }

    /// Writes the counters.
    func save(in database: Database) throws {
        let statement = try database.statement(
            """
            UPDATE mailbox SET uid_next = ?2, first_recent = ?3, modseq = ?4, messages = ?5, unseen = ?6, deleted = ?7,
                deleted_octets = ?8, recent = ?9, octets = ?10, delivered = ?11 WHERE id = ?1
            """
        )
        statement.bind(self.id.rawValue, at: 1)
        statement.bind(Int64(self.counters.uidNext.rawValue), at: 2)
        statement.bind(Int64(self.counters.firstRecent.rawValue), at: 3)
        statement.bind(self.counters.highestModSeq.rawValue, at: 4)
        statement.bind(self.counters.messages, at: 5)
        statement.bind(self.counters.unseen, at: 6)
        statement.bind(self.counters.deleted, at: 7)
        statement.bind(self.counters.deletedOctets, at: 8)
        statement.bind(self.counters.recent, at: 9)
        statement.bind(self.counters.octets, at: 10)
        statement.bind(self.delivered, at: 11)
        try statement.run()
        guard database.changes == 1 else { throw MailStoreError.noSuchMailbox }
        WriterMemory.note(self, database)
    }

    /// Gives out the next `count` UIDs.
    mutating func takeUIDs(_ count: Int) throws -> UID {
        let first = self.counters.uidNext
        guard Int(first.rawValue) + count <= Int(UInt32.max) else { throw MailStoreError.uidsExhausted }
        self.counters.uidNext.rawValue += UInt32(count)
        return first
    }
}

extension MailboxCounters {
    mutating func add(_ entry: MailboxState.Entry) {
        self.count(entry.uid, Int(entry.octets), entry.flags, by: 1)
    }

    mutating func remove(_ entry: MailboxState.Entry) {
        self.count(entry.uid, Int(entry.octets), entry.flags, by: -1)
    }

    private mutating func count(_ uid: UID, _ octets: Int, _ flags: FlagSet, by sign: Int) {
        self.messages += sign
        self.octets += sign * octets
        if !flags.contains(.seen) { self.unseen += sign }
        if uid >= self.firstRecent { self.recent += sign }
        if flags.contains(.deleted) {
            self.deleted += sign
            self.deletedOctets += sign * octets
        }
    }

    mutating func change(_ entry: MailboxState.Entry, to flags: FlagSet) {
        let octets = Int(entry.octets)
        if entry.flags.contains(.seen) != flags.contains(.seen) { self.unseen += flags.contains(.seen) ? -1 : 1 }
        guard entry.flags.contains(.deleted) != flags.contains(.deleted) else { return }
        self.deleted += flags.contains(.deleted) ? 1 : -1
        self.deletedOctets += flags.contains(.deleted) ? octets : -octets
    }
}
