package import MailTypes
internal import Storage
internal import Synchronization

/// One recipient of a queued message, as lists show it.
package struct RecipientSummary: Hashable, Sendable {
    package var ordinal: Int
    package var address: String
    package var state: RecipientState
    package var attempts: Int
    /// `nil` when it is to be tried at once, or is not queued.
    package var nextAttempt: Instant?
    /// What the next host said last.
    package var lastReply: String?
    /// Why it is parked.
    package var reason: String?
}

/// One queued message, as lists show it.
package struct QueueSummary: Hashable, Sendable {
    package var id: TimeSortedID
    package var receivedAt: Instant
    /// Empty for a notice.
    package var sender: String
    package var octets: Int
    package var authenticatedUser: String?
    package var peer: String
    /// By when its sender wants it delivered; `nil` when that was not said.
    package var deliverBy: DeliverBy?
    /// Those of its recipients that the filter is about.
    package var recipients: [RecipientSummary]
}

/// What waits for one domain.
package struct DestinationSummary: Hashable, Sendable {
    /// `nil` stands for the bare postmaster.
    package var domain: Domain?
    package var queued: Int
    package var held: Int
    package var parked: Int
    /// The earliest next attempt; `nil` when something is to be tried at once, or nothing is queued.
    package var nextAttempt: Instant?
    package var oldest: Instant?
}

/// The queue in numbers.
package struct QueueTotals: Hashable, Sendable {
    package var messages = 0
    package var octets = 0
    package var queued = 0
    /// Of `queued`, those that have failed and wait.
    package var deferred = 0
    package var held = 0
    package var parked = 0
    /// When the oldest queued message was received.
    package var oldest: Instant?
    /// Recipients in memory.
    package var active = 0

    package init() {}

    /// For how long the oldest has been in the queue. A clock that was set back since does not make it less than none.
    package func oldestAge(at now: Instant) -> Duration {
        self.oldest.map { max(.zero, now - $0) } ?? .zero
    }
}

extension MailQueue {
    /// Messages with recipients the filter is about, oldest first.
    ///
    /// - Complexity: one message is found by its key. Else it is a walk over the recipients until `limit` messages are
    ///   found: some thirty steps of SQLite's machine for each, so that 10,000 take milliseconds (lesson 25).
    package func list(_ filter: QueueFilter = .all, limit: Int = 1_000) async throws -> [QueueSummary] {
        try await self.shard.read { try Self.list(filter, limit: limit, $0) }
    }

    static func list(_ filter: QueueFilter, limit: Int, _ database: Database) throws -> [QueueSummary] {
        let statement = try Self.statement(filter, database)
        filter.bind(to: statement)
        defer { statement.reset() }
        var found: [QueueSummary] = []
        while try statement.step() {
            let id = TimeSortedID(rawValue: UInt64(bitPattern: statement.int(0)))
            if found.last?.id != id {
                guard found.count < limit else { break }
                found.append(Self.summary(id, statement))
            }
            found[found.count - 1].recipients.append(Self.recipient(statement))
        }
        return found
    }

    private static func statement(_ filter: QueueFilter, _ database: Database) throws -> Statement {
        if filter.message != nil {
            return try database.statement(
                """
                SELECT r.message, r.ordinal, r.local_part || coalesce('@' || r.domain, ''), r.state, r.attempts,
                    r.next_attempt, r.last_reply, r.reason, m.received_at, m.octets, m.user, m.peer,
                    coalesce(m.sender_local_part || '@' || m.sender_domain, ''), m.options, m.deliver_by
                FROM recipient r LEFT JOIN message m ON m.id = r.message
                WHERE r.message = ?1 AND (?2 IS NULL OR r.state = ?2) AND (?3 IS NULL OR r.domain = ?3)
                    AND (?4 IS NULL OR r.local_part || coalesce('@' || r.domain, '') = ?4 COLLATE NOCASE)
                    AND (?5 IS NULL
                        OR coalesce(m.sender_local_part || '@' || m.sender_domain, '') = ?5 COLLATE NOCASE)
                ORDER BY r.ordinal
                """
            )
        }
        return try database.statement(
            """
            SELECT r.message, r.ordinal, r.local_part || coalesce('@' || r.domain, ''), r.state, r.attempts,
                r.next_attempt, r.last_reply, r.reason, m.received_at, m.octets, m.user, m.peer,
                coalesce(m.sender_local_part || '@' || m.sender_domain, ''), m.options, m.deliver_by
            FROM recipient r LEFT JOIN message m ON m.id = r.message
            WHERE (?1 IS NULL OR r.message = ?1) AND (?2 IS NULL OR r.state = ?2) AND (?3 IS NULL OR r.domain = ?3)
                AND (?4 IS NULL OR r.local_part || coalesce('@' || r.domain, '') = ?4 COLLATE NOCASE)
                AND (?5 IS NULL OR coalesce(m.sender_local_part || '@' || m.sender_domain, '') = ?5 COLLATE NOCASE)
            ORDER BY r.message, r.ordinal
            """
        )
    }

    private static func summary(_ id: TimeSortedID, _ row: Statement) -> QueueSummary {
        QueueSummary(
            id: id,
            receivedAt: Instant(millisecondsSince1970: row.int(8)),
            sender: row.text(12),
            octets: Int(row.int(9)),
            authenticatedUser: row.isNull(10) ? nil : row.text(10),
            peer: row.text(11),
            deliverBy: row.optionalInt(14).map {
                SenderOptions(rawValue: row.int(13)).deliverBy(Instant(millisecondsSince1970: $0))
            },
            recipients: []
        )
    }

    private static func recipient(_ row: Statement) -> RecipientSummary {
        // A state nobody knows is damage, and damaged records are parked as soon as they are read.
        let state = RecipientState(rawValue: Int(row.int(3))) ?? .parked
        return RecipientSummary(
            ordinal: Int(row.int(1)),
            address: row.text(2),
            state: state,
            attempts: Int(row.int(4)),
            nextAttempt: state == .queued && row.int(5) > 0 ? Instant(millisecondsSince1970: row.int(5)) : nil,
            lastReply: row.isNull(6) ? nil : row.text(6),
            reason: row.isNull(7) ? nil : row.text(7)
        )
    }

    /// What waits, by domain, the most first.
    package func destinations(limit: Int = 1_000) async throws -> [DestinationSummary] {
        try await self.shard.read { database in
            let statement = try database.statement(
                """
                SELECT r.domain, sum(r.state = 0), sum(r.state = 1), sum(r.state = 2),
                    min(CASE WHEN r.state = 0 THEN r.next_attempt END), min(m.received_at)
                FROM recipient r LEFT JOIN message m ON m.id = r.message
                GROUP BY r.domain ORDER BY count(*) DESC, r.domain LIMIT ?1
                """
            )
            statement.bind(limit, at: 1)
            var found: [DestinationSummary] = []
            try statement.eachRow { row in
                found.append(
                    DestinationSummary(
                        domain: row.isNull(0) ? nil : Domain(row.text(0)),
                        queued: Int(row.int(1)),
                        held: Int(row.int(2)),
                        parked: Int(row.int(3)),
                        nextAttempt: row.int(4) > 0 ? Instant(millisecondsSince1970: row.int(4)) : nil,
                        oldest: row.optionalInt(5).map(Instant.init(millisecondsSince1970:))
                    )
                )
            }
            return found
        }
    }

    package func totals() async throws -> QueueTotals {
        let active = self.state.withLock { $0.active.recipients }
        return try await self.shard.read { database in
            var totals = QueueTotals()
            totals.active = active
            try database.statement("SELECT count(*), coalesce(sum(octets), 0) FROM message").eachRow { row in
                totals.messages = Int(row.int(0))
                totals.octets = Int(row.int(1))
            }
            try database.statement(
                """
                SELECT sum(state = 0), sum(state = 0 AND next_attempt > 0), sum(state = 1), sum(state = 2)
                FROM recipient
                """
            ).eachRow { row in
                totals.queued = Int(row.int(0))
                totals.deferred = Int(row.int(1))
                totals.held = Int(row.int(2))
                totals.parked = Int(row.int(3))
            }
            totals.oldest = try database.statement(
                """
                SELECT m.received_at FROM recipient r JOIN message m ON m.id = r.message
                WHERE r.state = 0 ORDER BY r.message LIMIT 1
                """
            ).first { Instant(millisecondsSince1970: $0.int(0)) }
            return totals
        }
    }
}
