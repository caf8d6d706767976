internal import MailTypes
internal import Storage

/// Records what became of recipients. Runs inside a write operation.
enum Settling {
    /// - Returns: the notices that were queued with it.
    static func apply(
        _ settlement: Settlement,
        at now: Instant,
        bodies: BodyFiles,
        _ database: Database
    ) throws -> [NewQueuedMessage] {
        let id = settlement.message.id
        var changed = 0
        var isAnyFinal = false
        for (ordinal, outcome) in settlement.outcomes {
            if try Self.apply(outcome, to: id, ordinal, at: now, database) { changed += 1 }
            if outcome.isFinal { isAnyFinal = true }
        }
        var notices: [NewQueuedMessage] = []
        if changed > 0 {
            for var notice in settlement.notices {
                notice.id = try QueueRows.freeIdentifier(notice.id, database)
                try QueueRows.insert(notice, bodyName: nil, at: now, database)
                notices.append(notice)
            }
        }
        for ordinal in settlement.delayNotified {
            try Self.markDelayNotified(id, ordinal, database)
        }
        if isAnyFinal { try QueueRows.deleteIfDone(id, bodies: bodies, database) }
        return notices
    }

    /// - Returns: Whether the recipient was still there.
    private static func apply(
        _ outcome: RecipientOutcome,
        to id: TimeSortedID,
        _ ordinal: Int,
        at now: Instant,
        _ database: Database
    ) throws -> Bool {
        switch outcome {
        case .relayed: return try Self.finish(id, ordinal, as: .relayed, database)
        case .delivered: return try Self.finish(id, ordinal, as: .delivered, database)
        case .bounced: return try Self.finish(id, ordinal, as: .bounced, database)
        case .discarded: return try Self.finish(id, ordinal, as: .discarded, database)
        case .deferred(let delay, let reply):
            return try Self.deferRecipient(id, ordinal, until: now + delay, attempts: 1, reply, database)
        case .postponed(let delay, let reason):
            return try Self.deferRecipient(id, ordinal, until: now + delay, attempts: 0, reason, database)
        case .kept: return try Self.isThere(id, ordinal, database)
        case .parked(let reason):
            return try Self.park(id, ordinal, reason, database)
        case .expanded(let targets):
            return try Self.expand(id, ordinal, into: targets, database)
        }
    }

    private static func finish(
        _ id: TimeSortedID,
        _ ordinal: Int,
        as state: CustodyState,
        _ database: Database
    ) throws -> Bool {
        guard try QueueRows.delete(id, ordinal, database) else { return false }
        database.tally(state, 1)
        return true
    }

    private static func deferRecipient(
        _ id: TimeSortedID,
        _ ordinal: Int,
        until: Instant,
        attempts: Int,
        _ reply: String,
        _ database: Database
    ) throws -> Bool {
        let statement = try database.statement(
            """
            UPDATE recipient SET next_attempt = ?3, attempts = attempts + ?4, last_reply = ?5
            WHERE message = ?1 AND ordinal = ?2
            """
        )
        statement.bind(Int64(bitPattern: id.rawValue), at: 1)
        statement.bind(ordinal, at: 2)
        statement.bind(max(1, until.millisecondsSince1970), at: 3)
        statement.bind(attempts, at: 4)
        statement.bind(reply, at: 5)
        try statement.run()
        return database.changes > 0
    }

    /// Has the message's queued recipients wait, without an attempt.
    static func putOff(_ id: TimeSortedID, until: Instant, _ reason: String, _ database: Database) throws {
        let statement = try database.statement(
            "UPDATE recipient SET next_attempt = ?2, last_reply = ?3 WHERE message = ?1 AND state = 0"
        )
        statement.bind(Int64(bitPattern: id.rawValue), at: 1)
        statement.bind(max(1, until.millisecondsSince1970), at: 2)
        statement.bind(reason, at: 3)
        try statement.run()
    }

    private static func isThere(_ id: TimeSortedID, _ ordinal: Int, _ database: Database) throws -> Bool {
        let statement = try database.statement("SELECT 1 FROM recipient WHERE message = ?1 AND ordinal = ?2")
        statement.bind(Int64(bitPattern: id.rawValue), at: 1)
        statement.bind(ordinal, at: 2)
        return try statement.first { _ in true } != nil
    }

    static func park(_ id: TimeSortedID, _ ordinal: Int, _ reason: String, _ database: Database) throws -> Bool {
        let statement = try database.statement(
            "UPDATE recipient SET state = 2, reason = ?3 WHERE message = ?1 AND ordinal = ?2"
        )
        statement.bind(Int64(bitPattern: id.rawValue), at: 1)
        statement.bind(ordinal, at: 2)
        statement.bind(reason, at: 3)
        try statement.run()
        return database.changes > 0
    }

    /// Parks every recipient of a message, for what is wrong with the message itself.
    ///
    /// - Returns: how many were not parked before.
    static func parkAll(_ id: TimeSortedID, _ reason: String, _ database: Database) throws -> Int {
        let statement = try database.statement(
            "UPDATE recipient SET state = 2, reason = ?2 WHERE message = ?1 AND state <> 2"
        )
        statement.bind(Int64(bitPattern: id.rawValue), at: 1)
        statement.bind(reason, at: 2)
        try statement.run()
        return database.changes
    }

    private static func markDelayNotified(_ id: TimeSortedID, _ ordinal: Int, _ database: Database) throws {
        let statement = try database.statement(
            "UPDATE recipient SET delay_notified = 1 WHERE message = ?1 AND ordinal = ?2"
        )
        statement.bind(Int64(bitPattern: id.rawValue), at: 1)
        statement.bind(ordinal, at: 2)
        try statement.run()
    }

    /// Puts several recipients in the place of one. Their numbers are new: the mailboxes remember numbers they have
    /// seen, so one that was used may never mean somebody else.
    private static func expand(
        _ id: TimeSortedID,
        _ ordinal: Int,
        into targets: [ExpandedRecipient],
        _ database: Database
    ) throws -> Bool {
        let read = try database.statement(
            """
            SELECT r.state, r.notify, r.original_recipient, m.next_ordinal, r.quarantined
            FROM recipient r JOIN message m ON m.id = r.message WHERE r.message = ?1 AND r.ordinal = ?2
            """
        )
        read.bind(Int64(bitPattern: id.rawValue), at: 1)
        read.bind(ordinal, at: 2)
        let found = try read.first { row in
            (
                state: RecipientState(rawValue: Int(row.int(0))) ?? .queued,
                notify: row.optionalInt(1).map { DSNNotify(rawValue: UInt8(truncatingIfNeeded: $0)) },
                originalRecipient: row.isNull(2) ? nil : row.text(2),
                next: Int(row.int(3)),
                isQuarantined: row.int(4) != 0
            )
        }
        guard let found, try QueueRows.delete(id, ordinal, database) else { return false }
        for (index, target) in targets.enumerated() {
            var recipient = QueuedRecipient(
                ordinal: found.next + index,
                path: target.path,
                notify: found.notify,
                originalRecipient: found.originalRecipient ?? target.originalRecipient,
                account: target.account,
                detail: target.detail
            )
            recipient.isQuarantined = found.isQuarantined
            try QueueRows.insert(recipient, of: id, state: found.state, database)
        }
        let update = try database.statement("UPDATE message SET next_ordinal = ?2 WHERE id = ?1")
        update.bind(Int64(bitPattern: id.rawValue), at: 1)
        update.bind(found.next + targets.count, at: 2)
        try update.run()
        database.tally(.accepted, targets.count - 1)
        return true
    }
}
