package import MailTypes
internal import Storage
internal import Synchronization

/// What the postmaster does to the queue. Each answers, durably, with the number of recipients it changed.
///
/// An attempt that is under way is not interrupted: if it succeeds the recipient is gone, whatever was asked.
extension MailQueue {
    /// Told of each recipient that was changed, once that is durable; of the first ``changesNotedMax`` only.
    package typealias ChangeNote = @Sendable (_ message: TimeSortedID, _ recipient: String) -> Void

    /// What is noted of one change is held in memory, and written by the caller to a journal that is no larger.
    package static let changesNotedMax = 10_000

    /// Nothing of it is sent before ``release(_:)``.
    package func hold(_ filter: QueueFilter, noting note: ChangeNote? = nil) async throws -> Int {
        try await self.change(filter, noting: note) { key, database in
            let statement = try database.statement(
                "UPDATE recipient SET state = 1, reason = NULL WHERE message = ?1 AND ordinal = ?2 AND state = 0"
            )
            return try key.run(statement, database)
        }
    }

    /// Held mail is tried at once; parked mail stays parked.
    package func release(_ filter: QueueFilter, noting note: ChangeNote? = nil) async throws -> Int {
        try await self.change(filter, noting: note) { key, database in
            let statement = try database.statement(
                "UPDATE recipient SET state = 0, next_attempt = 0 WHERE message = ?1 AND ordinal = ?2 AND state = 1"
            )
            return try key.run(statement, database)
        }
    }

    /// Begins anew, as if it had just come: held and parked mail too.
    package func requeue(_ filter: QueueFilter, noting note: ChangeNote? = nil) async throws -> Int {
        try await self.change(filter, noting: note) { key, database in
            let faults = try database.statement("UPDATE message SET faults = 0 WHERE id = ?1")
            faults.bind(key.message, at: 1)
            try faults.run()
            let statement = try database.statement(
                """
                UPDATE recipient SET state = 0, next_attempt = 0, attempts = 0, reason = NULL
                WHERE message = ?1 AND ordinal = ?2
                """
            )
            return try key.run(statement, database)
        }
    }

    /// Removes recipients without a notice to anybody; a message goes with its last one.
    package func delete(_ filter: QueueFilter, noting note: ChangeNote? = nil) async throws -> Int {
        let bodies = self.shard.bodies
        return try await self.change(filter, noting: note) { key, database in
            let id = TimeSortedID(rawValue: UInt64(bitPattern: key.message))
            guard try QueueRows.delete(id, key.ordinal, database) else { return false }
            database.tally(.discarded, 1)
            try QueueRows.deleteIfDone(id, bodies: bodies, database)
            return true
        }
    }

    /// Deferred mail is tried now, and what is remembered of dead hosts is forgotten.
    ///
    /// Forgotten before the mail is due, or it could be handed out first and fail by the memory of a dead host; and
    /// once more after it, as a host may have died meanwhile.
    package func flush(_ filter: QueueFilter, noting note: ChangeNote? = nil) async throws -> Int {
        self.state.withLock { $0.handlers }?.flushed()
        let now = self.clock.now.millisecondsSince1970
        let count = try await self.change(filter, noting: note) { key, database in
            let statement = try database.statement(
                """
                UPDATE recipient SET next_attempt = ?3
                WHERE message = ?1 AND ordinal = ?2 AND state = 0 AND next_attempt > ?3
                """
            )
            statement.bind(max(1, now), at: 3)
            return try key.run(statement, database)
        }
        self.state.withLock { $0.handlers }?.flushed()
        return count
    }

    /// Sets recipients aside, so that nothing touches them before the postmaster has looked.
    package func park(_ filter: QueueFilter, reason: String) async throws -> Int {
        try await self.change(filter) { key, database in
            let id = TimeSortedID(rawValue: UInt64(bitPattern: key.message))
            return try Settling.park(id, key.ordinal, reason, database)
        }
    }

    /// Parks a message, as the flight recorder asks for one that was in hand at crashes. Lesson 5.
    package func park(_ id: TimeSortedID, reason: String) async throws {
        if try await self.park(QueueFilter(message: id), reason: reason) > 0 {
            self.report(.parked(id, reason: reason))
        }
    }

    /// Notes that a stage ended for a message by a crash or a timeout of ours, and parks it at the third time.
    ///
    /// - Returns: Whether it is parked now.
    package func recordFault(_ id: TimeSortedID, reason: String) async throws -> Bool {
        try await withCheckedThrowingContinuation { continuation in
            self.noteFault(id, reason: reason) { continuation.resume(with: $0) }
        }
    }

    /// As ``recordFault(_:reason:)``, for callers that do not wait.
    package func noteFault(
        _ id: TimeSortedID,
        reason: String,
        completion: @escaping @Sendable (Result<Bool, any Error>) -> Void = { _ in }
    ) {
        let faultsMax = self.options.faultsMax
        self.shard.write(.durable) { database -> Bool in
            let update = try database.statement("UPDATE message SET faults = faults + 1 WHERE id = ?1 RETURNING faults")
            update.bind(Int64(bitPattern: id.rawValue), at: 1)
            var faults = 0
            try update.eachRow { faults = Int($0.int(0)) }
            guard faults >= faultsMax else { return false }
            return try Settling.parkAll(id, reason, database) > 0
        } completion: { result in
            if case .success(true) = result {
                self.changed([id])
                self.report(.parked(id, reason: reason))
            }
            completion(result)
        }
    }

    struct RecipientKey: Sendable {
        var message: Int64
        var ordinal: Int
        /// The recipient's address, for those who are told.
        var address: String

        func run(_ statement: Statement, _ database: Database) throws -> Bool {
            statement.bind(self.message, at: 1)
            statement.bind(self.ordinal, at: 2)
            try statement.run()
            return database.changes > 0
        }
    }

    private func change(
        _ filter: QueueFilter,
        noting note: ChangeNote? = nil,
        _ body: @escaping @Sendable (RecipientKey, Database) throws -> Bool
    ) async throws -> Int {
        let notedMax = note == nil ? 0 : Self.changesNotedMax
        let (count, changed, noted) = try await self.shard.write(.durable) { database in
            var changed: [TimeSortedID] = []
            var noted: [(TimeSortedID, String)] = []
            var count = 0
            for key in try Self.keys(filter, database) where try body(key, database) {
                count += 1
                let id = TimeSortedID(rawValue: UInt64(bitPattern: key.message))
                if changed.last != id { changed.append(id) }
                if noted.count < notedMax { noted.append((id, key.address)) }
            }
            return (count, changed, noted)
        }
        self.changed(changed)
        for (id, address) in noted { note?(id, address) }
        return count
    }

    private static func keys(_ filter: QueueFilter, _ database: Database) throws -> [RecipientKey] {
        let statement = try database.statement(
            """
            SELECT r.message, r.ordinal, r.local_part || coalesce('@' || r.domain, '') FROM recipient r
            WHERE (?1 IS NULL OR r.message = ?1) AND (?2 IS NULL OR r.state = ?2) AND (?3 IS NULL OR r.domain = ?3)
                AND (?4 IS NULL OR r.local_part || coalesce('@' || r.domain, '') = ?4 COLLATE NOCASE)
                AND (?5 IS NULL OR EXISTS (SELECT 1 FROM message m WHERE m.id = r.message
                    AND coalesce(m.sender_local_part || '@' || m.sender_domain, '') = ?5 COLLATE NOCASE))
            ORDER BY r.message, r.ordinal
            """
        )
        filter.bind(to: statement)
        var keys: [RecipientKey] = []
        try statement.eachRow { row in
            keys.append(RecipientKey(message: row.int(0), ordinal: Int(row.int(1)), address: row.text(2)))
        }
        return keys
    }

    /// What is in memory of these messages is out of date: whoever holds them gives them back.
    private func changed(_ ids: [TimeSortedID]) {
        guard !ids.isEmpty else { return }
        self.state.withLock { state in
            for id in ids {
                state.withdraw(id)
                state.noteChanged(id)
                state.rewindFresh(below: id)
            }
            state.rewindDue()
        }
        self.fill()
    }
}
