internal import MailTypes
internal import Storage

/// The part of an account's history that rows which still exist do not tell: what went, and what became of mailboxes.
///
/// It goes back as far as ``HistoryPruning`` leaves it.
struct ChangeLog {
    let account: AccountID
    let now: Instant
    let database: Database

    enum Kind: String {
        case expunged
        case created
        case deleted
        case renamed
    }

    /// - Returns: whether the history has become so long that it is time to look whether some of it can go.
    @discardableResult
    func append(_ kind: Kind, _ mailbox: MailboxID, at modSeq: ModSeq, _ detail: String) throws -> Bool {
        let statement = try self.database.statement(
            "INSERT INTO change(account, modseq, mailbox, kind, at, detail) VALUES(?, ?, ?, ?, ?, ?)"
        )
        statement.bind(self.account.rawValue, at: 1)
        statement.bind(modSeq.rawValue, at: 2)
        statement.bind(mailbox.rawValue, at: 3)
        statement.bind(kind.rawValue, at: 4)
        statement.bind(self.now.secondsSince1970, at: 5)
        statement.bind(detail, at: 6)
        try statement.run()
        let count = try self.database.statement(
            "UPDATE account SET history = history + 1 WHERE id = ? RETURNING history"
        )
        count.bind(self.account.rawValue, at: 1)
        let history = try count.first { Int($0.int(0)) } ?? 0
        return history > MailStoreLimits.historyMax && history % MailStoreLimits.historyBatch == 0
    }

    /// Whether ``expunged(from:of:since:_:)`` knows all that went after `modSeq`.
    static func reaches(back modSeq: ModSeq, in mailbox: MailboxID, _ database: Database) throws -> Bool {
        let statement = try database.statement("SELECT pruned FROM mailbox WHERE id = ?")
        statement.bind(mailbox.rawValue, at: 1)
        return try statement.first { $0.int(0) <= modSeq.rawValue } ?? false
    }

    /// UIDs that went after `modSeq`, ascending.
    static func expunged(
        from mailbox: MailboxID,
        of account: AccountID,
        since modSeq: ModSeq,
        _ database: Database
    ) throws -> [UID] {
        let statement = try database.statement(
            "SELECT detail FROM change WHERE account = ? AND modseq > ? AND mailbox = ? AND kind = 'expunged'"
        )
        statement.bind(account.rawValue, at: 1)
        statement.bind(modSeq.rawValue, at: 2)
        statement.bind(mailbox.rawValue, at: 3)
        var uids: [UID] = []
        try statement.eachRow { uids += UIDRanges.read($0.text(0)) }
        return uids.sorted()
    }
}

/// UIDs as text in the form of a sequence set: `4:9,12`.
enum UIDRanges {
    /// - Parameter uids: ascending.
    static func write(_ uids: [UID]) -> String {
        var text = ""
        var index = 0
        while index < uids.count {
            var last = index
            while last + 1 < uids.count, uids[last + 1].rawValue == uids[last].rawValue + 1 { last += 1 }
            if !text.isEmpty { text += "," }
            text += "\(uids[index].rawValue)"
            if last > index { text += ":\(uids[last].rawValue)" }
            index = last + 1
        }
        return text
    }

    static func read(_ text: String) -> [UID] {
        text.split(separator: ",").flatMap { range -> [UID] in
            let bounds = range.split(separator: ":").compactMap { UInt32($0) }
            guard let first = bounds.first, let last = bounds.last, first <= last else { return [] }
            return (first...last).map { UID(rawValue: $0) }
        }
    }
}
