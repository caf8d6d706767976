internal import MailTypes
internal import Storage

/// What has passed the time its sender set, wherever it waits. RFC 2852.
extension QueueScan {
    /// Messages in one go. What is read here is dealt with at once, so that there need not be room for it.
    private static let overdueMax = 256
    private static let looksMax = 4_096

    /// Takes recipients whose deadline has passed and for whom nothing was done about that: not given back, or their
    /// sender not told. Those in hand are left to whoever has them, who looks at the time, too.
    ///
    /// Deadlines that cannot be read keep nobody else from an attempt, and are looked at again.
    mutating func overdueReadable() throws {
        do {
            try self.overdue()
        } catch let error as StorageError where error.isOfWhatWasRead {
            self.slice.damage = error
            self.slice.nextDeadline = self.loader.moment.wall + .seconds(60)
        }
    }

    private mutating func overdue() throws {
        let now = self.loader.moment.wall
        var (count, isCut, isAnyActive) = (0, false, false)
        for id in try self.overdueMessages(at: now) {
            guard count < Self.overdueMax else {
                isCut = true
                break
            }
            try self.reporting(id) { scan in
                let isGivenBack = try scan.isGivenBack(id)
                let recipients = try QueueRecord.queuedRecipients(of: id, scan.database).filter { recipient in
                    guard isGivenBack || !recipient.isDelayNotified else { return false }
                    guard scan.loader.isActive(id, recipient.ordinal) else { return true }
                    isAnyActive = true
                    return false
                }
                if !recipients.isEmpty { count += 1 }
                try scan.add(id, recipients)
            }
        }
        self.slice.nextDeadline =
            isCut || isAnyActive ? self.slice.deadlinesAgainAt : try self.firstDeadline(after: now)
    }

    private func overdueMessages(at now: Instant) throws -> [TimeSortedID] {
        let statement = try self.database.statement(
            """
            SELECT id FROM message m WHERE deliver_by <= ?1 AND options & ?3 = 0 AND EXISTS (
                SELECT 1 FROM recipient r
                WHERE r.message = m.id AND r.state = 0 AND (m.options & ?4 <> 0 OR r.delay_notified = 0))
            ORDER BY deliver_by LIMIT ?2
            """
        )
        statement.bind(now.millisecondsSince1970, at: 1)
        statement.bind(Self.looksMax, at: 2)
        statement.bind(SenderOptions.deliverByWasOverdue.rawValue, at: 3)
        statement.bind(SenderOptions.deliverByGivesBack.rawValue, at: 4)
        var found: [TimeSortedID] = []
        try statement.eachRow { found.append(TimeSortedID(rawValue: UInt64(bitPattern: $0.int(0)))) }
        return found
    }

    private func isGivenBack(_ id: TimeSortedID) throws -> Bool {
        let statement = try self.database.statement("SELECT options FROM message WHERE id = ?1")
        statement.bind(Int64(bitPattern: id.rawValue), at: 1)
        let options = try statement.first { SenderOptions(rawValue: $0.int(0)) }
        return options?.contains(.deliverByGivesBack) ?? false
    }

    private func firstDeadline(after now: Instant) throws -> Instant? {
        let statement = try self.database.statement(
            "SELECT deliver_by FROM message WHERE deliver_by > ?1 ORDER BY deliver_by LIMIT 1"
        )
        statement.bind(now.millisecondsSince1970, at: 1)
        return try statement.first { Instant(millisecondsSince1970: $0.int(0)) }
    }
}
