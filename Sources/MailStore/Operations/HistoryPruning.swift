internal import MailTypes
internal import Storage

/// Forgets the oldest part of accounts' histories: what is older than ``MailStoreLimits/historyAgeMax``, and of an
/// account with more than ``MailStoreLimits/historyMax`` entries what is above that.
///
/// A history goes from its beginning, whole steps of it at a time, and how far is kept: `mailbox.pruned` is the last
/// step forgotten that tells of messages, `account.pruned` the last that tells of mailboxes. What happened after
/// these is known without a gap; whoever asks from before must compare everything.
enum HistoryPruning {
    static func isNeeded(_ now: Instant, _ database: Database) throws -> Bool {
        try Self.next(now, database) != nil
    }

    /// Forgets about ``MailStoreLimits/historyBatch`` entries.
    static func pruneBatch(_ now: Instant, _ database: Database) throws {
        var left = MailStoreLimits.historyBatch
        while left > 0, let part = try Self.next(now, database) { left -= try Self.forget(part, database) }
    }

    /// The beginning of one account's history, up to a step.
    private struct Part {
        var account: Int64
        var through: Int64
    }

    private static func next(_ now: Instant, _ database: Database) throws -> Part? {
        try Self.tooOld(now, database) ?? Self.tooLong(now, database)
    }

    private static func tooOld(_ now: Instant, _ database: Database) throws -> Part? {
        let oldest = try database.statement("SELECT account, modseq FROM change WHERE at < ? ORDER BY at LIMIT 1")
        oldest.bind(now.secondsSince1970 - MailStoreLimits.historyAgeMax, at: 1)
        guard let part = try oldest.first({ Part(account: $0.int(0), through: $0.int(1)) }) else { return nil }
        let bounded = try Self.steps(
            of: part.account,
            count: MailStoreLimits.historyBatch,
            before: now.secondsSince1970 - MailStoreLimits.historyAgeMax,
            database
        )
        // A clock that went back leaves an old entry behind a new one; it goes, and what stands before it.
        return Part(account: part.account, through: bounded ?? part.through)
    }

    private static func tooLong(_ now: Instant, _ database: Database) throws -> Part? {
        // The number is that of the index, or it would not be used.
        let long = try database.statement("SELECT id, history FROM account WHERE history > 10000")
        var accounts: [(id: Int64, excess: Int)] = []
        try long.eachRow { accounts.append(($0.int(0), Int($0.int(1)) - MailStoreLimits.historyMax)) }
        for account in accounts {
            let through = try Self.steps(
                of: account.id,
                count: min(account.excess, MailStoreLimits.historyBatch),
                before: now.secondsSince1970 - MailStoreLimits.historyAgeMin,
                database
            )
            if let through { return Part(account: account.id, through: through) }
        }
        return nil
    }

    /// The last step of the first `count` entries, as far as all are from before `time`; `nil` when there is none.
    private static func steps(
        of account: Int64,
        count: Int,
        before time: Int64,
        _ database: Database
    ) throws -> Int64? {
        let statement = try database.statement(
            "SELECT modseq, at FROM change WHERE account = ? ORDER BY modseq LIMIT ?"
        )
        statement.bind(account, at: 1)
        statement.bind(count, at: 2)
        var last: Int64?
        var isOld = true
        try statement.eachRow { row in
            isOld = isOld && row.int(1) < time
            if isOld { last = row.int(0) }
        }
        return last
    }

    /// - Returns: how many entries went.
    private static func forget(_ part: Part, _ database: Database) throws -> Int {
        try Self.keepHorizons(part, database)
        let delete = try database.statement("DELETE FROM change WHERE account = ? AND modseq <= ?")
        delete.bind(part.account, at: 1)
        delete.bind(part.through, at: 2)
        try delete.run()
        let count = database.changes
        let account = try database.statement("UPDATE account SET history = history - ?2 WHERE id = ?1")
        account.bind(part.account, at: 1)
        account.bind(count, at: 2)
        try account.run()
        return max(1, count)
    }

    private static func keepHorizons(_ part: Part, _ database: Database) throws {
        let found = try database.statement(
            """
            SELECT mailbox, max(modseq) FROM change WHERE account = ? AND modseq <= ? AND kind = 'expunged'
            GROUP BY mailbox
            """
        )
        found.bind(part.account, at: 1)
        found.bind(part.through, at: 2)
        var horizons: [(mailbox: Int64, modSeq: Int64)] = []
        try found.eachRow { horizons.append(($0.int(0), $0.int(1))) }
        for horizon in horizons {
            let mailbox = try database.statement("UPDATE mailbox SET pruned = ?2 WHERE id = ?1")
            mailbox.bind(horizon.mailbox, at: 1)
            mailbox.bind(horizon.modSeq, at: 2)
            try mailbox.run()
        }
        let account = try database.statement(
            """
            UPDATE account SET pruned = max(pruned, coalesce(
                (SELECT max(modseq) FROM change WHERE account = ?1 AND modseq <= ?2 AND kind <> 'expunged'), 0))
            WHERE id = ?1
            """
        )
        account.bind(part.account, at: 1)
        account.bind(part.through, at: 2)
        try account.run()
    }
}
