internal import MailTypes
internal import Storage

/// An account as an operation holds it: the history's counter, what is used and what may be.
///
/// Its mailboxes count for it. An operation that has taken from an account writes a mailbox that counts it, with the
/// modification sequence it was given, or has ``keepModSeq(of:in:)`` write that.
struct AccountRow {
    /// "No limit" as a number, so that one comparison serves.
    static let unlimited = Int64(1) << 62

    /// A limit as administration sees it: `nil` means none.
    static func limit(_ stored: Int64) -> Int? { stored == Self.unlimited ? nil : Int(stored) }

    var modSeq: ModSeq
    var octets: Int64
    var messages: Int64
    var quotaOctets: Int64
    var quotaMessages: Int64

    /// The modification sequence that the next change takes.
    var nextModSeq: ModSeq { ModSeq(rawValue: self.modSeq.rawValue + 1) }

    /// Nothing more can be stored.
    var isFull: Bool { self.octets >= self.quotaOctets || self.messages >= self.quotaMessages }

    /// Whether so much more may be stored; storing nothing always may.
    func hasRoom(octets: Int, messages: Int) -> Bool {
        guard messages > 0 else { return true }
        return self.octets + Int64(octets) <= self.quotaOctets && self.messages + Int64(messages) <= self.quotaMessages
    }

    var usage: AccountUsage {
        AccountUsage(
            octets: Int(self.octets),
            messages: Int(self.messages),
            quotaOctets: Self.limit(self.quotaOctets),
            quotaMessages: Self.limit(self.quotaMessages)
        )
    }

    private init(_ row: Statement) {
        self.modSeq = ModSeq(rawValue: row.int(0))
        self.octets = row.int(1)
        self.messages = row.int(2)
        self.quotaOctets = row.int(3)
        self.quotaMessages = row.int(4)
    }

    static func find(_ account: AccountID, in database: Database) throws -> AccountRow? {
        if let row = WriterMemory.row(of: account, database) { return row }
        let statement = try database.statement(
            """
            SELECT max(account.modseq, coalesce(max(mailbox.modseq), 0)), coalesce(sum(mailbox.octets), 0),
                coalesce(sum(mailbox.messages), 0), quota_octets, quota_messages
            FROM account LEFT JOIN mailbox ON mailbox.account = account.id WHERE account.id = ? GROUP BY account.id
            """
        )
        statement.bind(account.rawValue, at: 1)
        return try statement.first { AccountRow($0) }
    }

    /// Takes the next modification sequence, and room for messages if the quota has it.
    ///
    /// - Returns: the row after the change; `nil` when there is no such account, or no room in it.
    static func take(
        _ account: AccountID,
        octets: Int,
        messages: Int,
        in database: Database
    ) throws -> AccountRow? {
        guard let row = try Self.find(account, in: database) else { return nil }
        guard row.hasRoom(octets: octets, messages: messages) else { return nil }
        return row.taking(octets: octets, messages: messages, of: account, in: database)
    }

    /// The same for a row just found that has the room.
    func taking(
        octets: Int,
        messages: Int,
        of account: AccountID,
        in database: Database
    ) -> AccountRow {
        var row = self
        row.octets += Int64(octets)
        row.messages += Int64(messages)
        row.modSeq = row.nextModSeq
        WriterMemory.note(row, of: account, database)
        return row
    }

    /// The next modification sequence for a change that needs no room.
    static func advance(
        _ account: AccountID,
        octets: Int = 0,
        messages: Int = 0,
        in database: Database
    ) throws -> AccountRow {
        guard let row = try Self.take(account, octets: octets, messages: messages, in: database) else {
            throw messages > 0 ? MailStoreError.overQuota : MailStoreError.noSuchAccount
        }
        return row
    }

    /// Keeps the modification sequence of a change that leaves no mailbox with it.
    func keepModSeq(of account: AccountID, in database: Database) throws {
        let statement = try database.statement("UPDATE account SET modseq = max(modseq, ?2) WHERE id = ?1")
        statement.bind(account.rawValue, at: 1)
        statement.bind(self.modSeq.rawValue, at: 2)
        try statement.run()
    }
}
