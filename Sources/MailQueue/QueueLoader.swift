internal import MailTypes
internal import Storage

/// Messages read from disk in one go.
struct LoadedSlice: Sendable {
    var items: [QueueItem] = []
    /// Messages that cannot be used, and why.
    var unusable: [(id: TimeSortedID, reason: String)] = []
    /// How far fresh mail was read; `nil` when it was not looked at.
    var freshEnd: (position: Int64, isComplete: Bool)?
    var dueEnd = QueueState.DuePosition()
    /// The earliest next attempt after what was read; `nil` when nothing is deferred.
    var nextDue: Int64?
}

/// Reads a slice of what is to be attempted: deferred mail that is due, then fresh mail, oldest first.
struct QueueLoader: Sendable {
    let moment: ScheduleClock.Moment
    let freshCursor: Int64?
    let dueCursor: QueueState.DuePosition
    let messagesMax: Int
    let octetsMax: Int
    let recipientsMax: Int
    let bodies: BodyFiles
    /// Whether a recipient is in memory already.
    let isActive: @Sendable (TimeSortedID, Int) -> Bool

    private struct Budget {
        var messages: Int
        var octets: Int
        var recipients: Int

        var isSpent: Bool { self.messages <= 0 || self.octets <= 0 || self.recipients <= 0 }
    }

    func load(_ database: Database) throws -> LoadedSlice {
        var slice = LoadedSlice()
        // Half for what is due, so that neither a retry storm nor a flood of fresh mail can starve the other.
        var budget = Budget(
            messages: max(1, self.messagesMax / 2),
            octets: max(1, self.octetsMax / 2),
            recipients: max(1, self.recipientsMax / 2)
        )
        try self.loadDue(database, &budget, into: &slice)
        if let freshCursor {
            budget.messages += self.messagesMax / 2
            budget.octets += self.octetsMax / 2
            budget.recipients += self.recipientsMax / 2
            try self.loadFresh(database, after: freshCursor, &budget, into: &slice)
        }
        return slice
    }

    private func loadDue(_ database: Database, _ budget: inout Budget, into slice: inout LoadedSlice) throws {
        slice.dueEnd = self.dueCursor
        var seen: Set<TimeSortedID> = []
        for position in try self.duePositions(database, limit: self.messagesMax) {
            guard position.nextAttempt <= self.moment.wall.millisecondsSince1970, !budget.isSpent else {
                slice.nextDue = position.nextAttempt
                return
            }
            slice.dueEnd = position
            let id = TimeSortedID(rawValue: UInt64(bitPattern: position.message))
            if seen.insert(id).inserted { try self.loadMessage(id, database, &budget, into: &slice) }
        }
        slice.nextDue = try self.firstDue(after: slice.dueEnd, database)
    }

    private func duePositions(_ database: Database, limit: Int) throws -> [QueueState.DuePosition] {
        let statement = try database.statement(
            """
            SELECT next_attempt, message FROM recipient
            WHERE state = 0 AND next_attempt > 0 AND next_attempt >= ?1
                AND (next_attempt > ?1 OR message > ?2)
            ORDER BY next_attempt, message LIMIT ?3
            """
        )
        statement.bind(self.dueCursor.nextAttempt, at: 1)
        statement.bind(self.dueCursor.message, at: 2)
        statement.bind(limit, at: 3)
        var positions: [QueueState.DuePosition] = []
        try statement.eachRow { positions.append(QueueState.DuePosition(nextAttempt: $0.int(0), message: $0.int(1))) }
        return positions
    }

    private func firstDue(after position: QueueState.DuePosition, _ database: Database) throws -> Int64? {
        let statement = try database.statement(
            """
            SELECT next_attempt FROM recipient
            WHERE state = 0 AND next_attempt > 0 AND next_attempt >= ?1
                AND (next_attempt > ?1 OR message > ?2)
            ORDER BY next_attempt, message LIMIT 1
            """
        )
        statement.bind(position.nextAttempt, at: 1)
        statement.bind(position.message, at: 2)
        return try statement.first { $0.int(0) }
    }

    private func loadFresh(
        _ database: Database,
        after cursor: Int64,
        _ budget: inout Budget,
        into slice: inout LoadedSlice
    ) throws {
        let limit = self.messagesMax * 2
        let statement = try database.statement(
            """
            SELECT message FROM recipient WHERE message > ?1 AND state = 0 AND next_attempt = 0
            ORDER BY message, ordinal LIMIT ?2
            """
        )
        statement.bind(cursor, at: 1)
        statement.bind(limit, at: 2)
        var rows = 0
        var identifiers: [Int64] = []
        try statement.eachRow { row in
            rows += 1
            if identifiers.last != row.int(0) { identifiers.append(row.int(0)) }
        }
        var position = cursor
        for identifier in identifiers {
            guard !budget.isSpent else {
                slice.freshEnd = (position, false)
                return
            }
            try self.loadMessage(
                TimeSortedID(rawValue: UInt64(bitPattern: identifier)),
                database,
                &budget,
                into: &slice
            )
            position = identifier
        }
        slice.freshEnd = (position, rows < limit)
    }

    /// Reads one message. What cannot be read is reported and does not stop the rest. Lesson 4.
    private func loadMessage(
        _ id: TimeSortedID,
        _ database: Database,
        _ budget: inout Budget,
        into slice: inout LoadedSlice
    ) throws {
        do {
            let recipients = try QueueRecord.dueRecipients(of: id, at: self.moment.wall, database)
                .filter { !self.isActive(id, $0.ordinal) }
            guard !recipients.isEmpty else { return }
            let message = try QueueRecord.message(id, readAt: self.moment, database, bodies: self.bodies)
            slice.items.append(QueueItem(message: message, recipients: recipients))
            budget.messages -= 1
            budget.octets -= message.octetsInMemory
            budget.recipients -= recipients.count
        } catch let error as QueueRecordError {
            slice.unusable.append((id, error.reason))
        } catch let error as StorageError where error.code == .corrupt {
            slice.unusable.append((id, "the record is damaged: \(error.detail)"))
        }
    }
}
