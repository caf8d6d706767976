package import MailTypes
package import Storage

/// The queue's share of the custody ledger, read in one moment.
package struct QueueLedger: Hashable, Sendable {
    package var counts: [CustodyState: Int]

    package init(counts: [CustodyState: Int] = [:]) {
        self.counts = counts
    }

    package subscript(state: CustodyState) -> Int { self.counts[state] ?? 0 }

    /// `accepted` is the sum of the others: nothing was lost and nothing counted twice.
    package var isBalanced: Bool {
        let sum = self.counts.reduce(0) { $0 + ($1.key == .accepted ? 0 : $1.value) }
        return self[.accepted] == sum
    }
}

/// Something in the queue that does not fit together.
package struct QueueFinding: Hashable, Sendable, CustomStringConvertible {
    package var message: TimeSortedID?
    package var text: String
    /// A crash leaves such, and the next start removes it.
    package var isLeftover = false

    package var description: String { self.message.map { "\($0): \(self.text)" } ?? self.text }
}

extension MailQueue {
    /// Counts custody. Held recipients count as queued.
    package func ledger() async throws -> QueueLedger {
        try await self.shard.read { try Self.ledger($0) }
    }

    private static func ledger(_ database: Database) throws -> QueueLedger {
        var ledger = QueueLedger()
        try database.statement("SELECT state, count FROM custody").eachRow { row in
            if let state = CustodyState(rawValue: row.text(0)) { ledger.counts[state] = Int(row.int(1)) }
        }
        try database.statement(
            "SELECT coalesce(sum(state IN (0, 1)), 0), coalesce(sum(state NOT IN (0, 1)), 0) FROM recipient"
        ).eachRow { row in
            ledger.counts[.queued] = Int(row.int(0))
            ledger.counts[.parked] = Int(row.int(1))
        }
        return ledger
    }

    /// Looks for everything that does not fit together; a sound queue gives an empty list.
    ///
    /// - Complexity: reads every record and the head of every body.
    package func check() async throws -> [QueueFinding] {
        let bodies = self.shard.bodies
        let isAtRest = self.shard.isInspection
        let moment = self.schedule.moment
        // Listed first: a file that comes later has its row later. Other names are not ours.
        let files = bodies.allSettled().filter { TimeSortedID($0) != nil }
        var (findings, used) = try await self.shard.read { database in
            var findings: [QueueFinding] = []
            try Self.reporting("the custody", to: &findings) { findings in
                if try !Self.ledger(database).isBalanced {
                    findings.append(QueueFinding(text: "accepted recipients are not the sum of all states"))
                }
            }
            var used: Set<String>?
            try Self.reporting("the messages", to: &findings) { findings in
                used = try Self.checkMessages(database, bodies, moment, &findings)
            }
            try Self.reporting("the recipients", to: &findings) { findings in
                findings += try Self.checkRecipients(database)
            }
            return (findings, used)
        }
        // Whose message was gone by then is removed with the next sync, which is this one.
        if !isAtRest { try await self.shard.write(.durable) { _ in } }
        if let used {
            let settled = Set(bodies.allSettled())
            findings += files.filter { !used.contains($0) && settled.contains($0) }.map {
                QueueFinding(text: "the body's file \($0) belongs to no message", isLeftover: isAtRest)
            }
        }
        return findings
    }

    /// What cannot be read is a finding, and the rest is looked at.
    private static func reporting(
        _ what: String,
        to findings: inout [QueueFinding],
        _ look: (inout [QueueFinding]) throws -> Void
    ) throws {
        do {
            try look(&findings)
        } catch let error as StorageError where error.isOfWhatWasRead {
            findings.append(QueueFinding(text: "\(what) cannot be read: \(error)"))
        }
    }

    private static func checkMessages(
        _ database: Database,
        _ bodies: BodyFiles,
        _ moment: ScheduleClock.Moment,
        _ findings: inout [QueueFinding]
    ) throws -> Set<String> {
        var identifiers: [TimeSortedID] = []
        try database.statement("SELECT id FROM message").eachRow {
            identifiers.append(TimeSortedID(rawValue: UInt64(bitPattern: $0.int(0))))
        }
        var used: Set<String> = []
        try database.statement("SELECT body_file FROM message WHERE body_file IS NOT NULL").eachRow {
            used.insert($0.text(0))
        }
        for id in identifiers {
            do {
                _ = try QueueRecord.message(id, readAt: moment, database, bodies: bodies)
                _ = try QueueRecord.recipients(of: id, database)
            } catch let error as QueueRecordError {
                findings.append(QueueFinding(message: id, text: error.reason))
            } catch let error as QueueBodyError {
                findings.append(QueueFinding(message: id, text: error.reason))
            } catch let error as StorageError where error.isOfWhatWasRead {
                findings.append(QueueFinding(message: id, text: "the record cannot be read: \(error)"))
            }
        }
        return used
    }

    private static func checkRecipients(_ database: Database) throws -> [QueueFinding] {
        var findings: [QueueFinding] = []
        func add(_ text: String) -> (Statement) -> Void {
            {
                findings.append(
                    QueueFinding(message: TimeSortedID(rawValue: UInt64(bitPattern: $0.int(0))), text: text)
                )
            }
        }
        try database.statement(
            "SELECT DISTINCT message FROM recipient WHERE message NOT IN (SELECT id FROM message)"
        ).eachRow(add("recipients without their message"))
        try database.statement(
            "SELECT id FROM message WHERE id NOT IN (SELECT message FROM recipient)"
        ).eachRow(add("a message without recipients"))
        try database.statement(
            "SELECT DISTINCT message FROM recipient WHERE state NOT IN (0, 1, 2) OR next_attempt < 0"
        ).eachRow(add("a recipient in no known state"))
        try database.statement(
            """
            SELECT DISTINCT r.message FROM recipient r JOIN message m ON m.id = r.message
            WHERE r.ordinal >= m.next_ordinal
            """
        ).eachRow(add("a recipient's number was given out that is not counted"))
        return findings
    }
}
