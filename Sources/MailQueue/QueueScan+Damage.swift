internal import MailTypes
internal import Storage

/// The same walk where a page under it is damaged: message by message, so that nobody is missed but who is on that page
/// (lesson 4). It costs a look at each message, and is taken only when the other has failed.
extension QueueScan {
    mutating func walkFresh(after start: Int64, through end: Int64, isRefill: Bool) throws -> ScanEnd<Int64> {
        try self.walk(after: start, through: end) { scan, row in
            guard row.nextAttempt == 0, let destination = try scan.take(row, isRefill: isRefill) else { return }
            scan.passedFresh(row, destination)
        }
    }

    /// Its places are those of messages without an attempt, which come before all in the order of attempts. At its end
    /// it begins anew: there is no order by which what was deferred meanwhile lies behind it.
    mutating func walkDue(
        after start: QueueState.DuePosition,
        isRefill: Bool
    ) throws -> ScanEnd<QueueState.DuePosition> {
        let now = self.loader.moment.wall.millisecondsSince1970
        let first = start.nextAttempt == 0 ? start.message : 0
        let end = try self.walk(after: first, through: .max) { scan, row in
            guard row.nextAttempt <= now else {
                scan.earliestLater = min(scan.earliestLater, row.nextAttempt)
                return
            }
            guard row.nextAttempt > 0, let destination = try scan.take(row, isRefill: isRefill) else { return }
            scan.passedDue(row, destination)
        }
        let position = end.isComplete ? 0 : end.position
        return ScanEnd(position: .init(nextAttempt: 0, message: position), isComplete: end.isComplete)
    }

    private mutating func walk(
        after start: Int64,
        through end: Int64,
        _ look: (inout Self, Row) throws -> Void
    ) throws -> ScanEnd<Int64> {
        var message = start
        while true {
            let page = try self.messages(after: message, through: end)
            for next in page {
                if self.budget.isSpent { return ScanEnd(position: message, isComplete: false) }
                self.budget.rows -= 1
                message = next
                try self.reporting(TimeSortedID(rawValue: UInt64(bitPattern: next))) { scan in
                    for row in try scan.waiting(of: next) { try look(&scan, row) }
                }
            }
            if page.count < Self.rowsPage { return ScanEnd(position: message, isComplete: true) }
        }
    }

    private func messages(after message: Int64, through end: Int64) throws -> [Int64] {
        let statement = try self.database.statement(
            "SELECT id FROM message WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3"
        )
        statement.bind(message, at: 1)
        statement.bind(end, at: 2)
        statement.bind(Self.rowsPage, at: 3)
        var found: [Int64] = []
        try statement.eachRow { found.append($0.int(0)) }
        return found
    }

    private func waiting(of message: Int64) throws -> [Row] {
        let statement = try self.database.statement(
            """
            SELECT message, next_attempt, ordinal, local_part, domain, account FROM recipient
            WHERE message = ?1 AND state = 0 ORDER BY ordinal
            """
        )
        statement.bind(message, at: 1)
        return try self.rows(statement)
    }
}
