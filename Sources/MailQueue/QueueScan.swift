internal import MailTypes
internal import Storage

/// One reader's walk over the recipients that wait. Those that are passed over cost a look at their row, and no more.
struct QueueScan {
    /// Rows looked at in one go, so that a reader is not busy for long; all of a message are looked at, though.
    private static let rowsMax = 4_096
    static let rowsPage = 256

    struct Row {
        let message: Int64
        let nextAttempt: Int64
        let ordinal: Int
        let destination: QueueDestination?

        var id: TimeSortedID { TimeSortedID(rawValue: UInt64(bitPattern: self.message)) }
    }

    struct Key: Hashable {
        let id: TimeSortedID
        let ordinal: Int
    }

    struct Budget {
        var rows = QueueScan.rowsMax
        var messages: Int
        var octets: Int
        var recipients: Int

        var isSpent: Bool { self.rows <= 0 || self.messages <= 0 || self.octets <= 0 || self.recipients <= 0 }
    }

    let loader: QueueLoader
    let database: Database
    private var shares: ActiveShares
    var budget = Budget(messages: 0, octets: 0, recipients: 0)
    private(set) var loaded: Set<Key> = []
    /// What is due could not be read in its order.
    private var isDueWalked = false
    /// The earliest next attempt to come that was seen then.
    var earliestLater = Int64.max
    private var unusable: Set<TimeSortedID> = []
    var slice: LoadedSlice

    init(_ loader: QueueLoader, _ database: Database) {
        self.loader = loader
        self.database = database
        self.shares = loader.shares
        self.slice = LoadedSlice(at: loader.moment.wall)
    }

    private mutating func beginBudget() {
        let free = self.shares.free
        self.budget = Budget(
            messages: max(1, self.loader.messagesMax / 2),
            octets: self.shares.hasRoom ? max(1, free.octets / 2) : 0,
            recipients: self.shares.hasRoom ? max(1, free.recipients / 2) : 0
        )
    }

    /// Looks at fresh recipients of the messages behind `start`, up to and with `end`.
    mutating func fresh(after start: Int64, through end: Int64, isRefill: Bool) throws -> ScanEnd<Int64> {
        self.beginBudget()
        do {
            return try self.freshInOrder(after: start, through: end, isRefill: isRefill)
        } catch let error as StorageError where error.isOfWhatWasRead {
            self.slice.damage = error
            return try self.walkFresh(after: start, through: end, isRefill: isRefill)
        }
    }

    private mutating func freshInOrder(
        after start: Int64,
        through end: Int64,
        isRefill: Bool
    ) throws -> ScanEnd<Int64> {
        var (message, ordinal) = (start, Int.max)
        while true {
            let page = try self.freshPage(after: message, ordinal, through: end)
            for row in page {
                if row.message != message, self.budget.isSpent { return ScanEnd(position: message, isComplete: false) }
                (message, ordinal) = (row.message, row.ordinal)
                if let destination = try self.take(row, isRefill: isRefill) { self.passedFresh(row, destination) }
            }
            if page.count < Self.rowsPage { return ScanEnd(position: message, isComplete: true) }
        }
    }

    /// Looks at deferred recipients that are due, behind `start`.
    mutating func due(
        after start: QueueState.DuePosition,
        isRefill: Bool
    ) throws -> ScanEnd<QueueState.DuePosition> {
        self.beginBudget()
        do {
            return try self.dueInOrder(after: start, isRefill: isRefill)
        } catch let error as StorageError where error.isOfWhatWasRead {
            self.slice.damage = error
            if !isRefill { self.isDueWalked = true }
            return try self.walkDue(after: start, isRefill: isRefill)
        }
    }

    private mutating func dueInOrder(
        after start: QueueState.DuePosition,
        isRefill: Bool
    ) throws -> ScanEnd<QueueState.DuePosition> {
        var (position, ordinal) = (start, Int.max)
        while true {
            let page = try self.duePage(after: position, ordinal)
            for row in page {
                let next = QueueState.DuePosition(nextAttempt: row.nextAttempt, message: row.message)
                if next != position, self.budget.isSpent { return ScanEnd(position: position, isComplete: false) }
                (position, ordinal) = (next, row.ordinal)
                if let destination = try self.take(row, isRefill: isRefill) { self.passedDue(row, destination) }
            }
            if page.count < Self.rowsPage { return ScanEnd(position: position, isComplete: true) }
        }
    }

    /// The earliest next attempt behind `position`. Where that cannot be read, there is another look in a minute at
    /// most: what was seen may be a part.
    func nextDue(after position: QueueState.DuePosition) throws -> Int64? {
        let again = (self.loader.moment.wall + .seconds(60)).millisecondsSince1970
        do {
            return self.isDueWalked ? min(again, self.earliestLater) : try self.firstDue(after: position)
        } catch let error as StorageError where error.isOfWhatWasRead {
            return again
        }
    }

    private func firstDue(after position: QueueState.DuePosition) throws -> Int64? {
        let statement = try self.database.statement(
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

    // MARK: - Rows

    private func freshPage(after message: Int64, _ ordinal: Int, through end: Int64) throws -> [Row] {
        let statement = try self.database.statement(
            """
            SELECT message, next_attempt, ordinal, local_part, domain, account FROM recipient
            WHERE (message, ordinal) > (?1, ?2) AND message <= ?3 AND state = 0 AND next_attempt = 0
            ORDER BY message, ordinal LIMIT ?4
            """
        )
        statement.bind(message, at: 1)
        statement.bind(ordinal, at: 2)
        statement.bind(end, at: 3)
        statement.bind(Self.rowsPage, at: 4)
        return try self.rows(statement)
    }

    private func duePage(after position: QueueState.DuePosition, _ ordinal: Int) throws -> [Row] {
        let statement = try self.database.statement(
            """
            SELECT message, next_attempt, ordinal, local_part, domain, account FROM recipient
            WHERE state = 0 AND next_attempt > 0 AND next_attempt >= ?1 AND next_attempt <= ?4
                AND (next_attempt, message, ordinal) > (?1, ?2, ?3)
            ORDER BY next_attempt, message, ordinal LIMIT ?5
            """
        )
        statement.bind(position.nextAttempt, at: 1)
        statement.bind(position.message, at: 2)
        statement.bind(ordinal, at: 3)
        statement.bind(self.loader.moment.wall.millisecondsSince1970, at: 4)
        statement.bind(Self.rowsPage, at: 5)
        return try self.rows(statement)
    }

    func rows(_ statement: Statement) throws -> [Row] {
        var rows: [Row] = []
        try statement.eachRow { row in
            // One that cannot be read has no destination; it is found out when its message is.
            let outline = try? QueueRecord.outline(row, from: 2)
            rows.append(
                Row(
                    message: row.int(0),
                    nextAttempt: row.int(1),
                    ordinal: Int(row.int(2)),
                    destination: outline.flatMap(self.loader.destination)
                )
            )
        }
        return rows
    }

    // MARK: - Messages

    mutating func passedFresh(_ row: Row, _ destination: QueueDestination) {
        let before = row.message - 1
        let known = self.slice.passed.fresh[destination] ?? before
        self.slice.passed.fresh[destination] = min(known, before)
    }

    mutating func passedDue(_ row: Row, _ destination: QueueDestination) {
        let before = QueueState.DuePosition(nextAttempt: row.nextAttempt, message: row.message - 1)
        let known = self.slice.passed.due[destination] ?? before
        self.slice.passed.due[destination] = min(known, before)
    }

    /// - Returns: the destination the recipient was passed over for.
    mutating func take(_ row: Row, isRefill: Bool) throws -> QueueDestination? {
        self.budget.rows -= 1
        let key = Key(id: row.id, ordinal: row.ordinal)
        guard !self.loaded.contains(key), !self.unusable.contains(row.id), !self.loader.isActive(row.id, row.ordinal)
        else { return nil }
        if let destination = row.destination, self.passes(destination, isRefill: isRefill) { return destination }
        try self.loadMessage(row.id, isRefill: isRefill)
        return nil
    }

    private mutating func passes(_ destination: QueueDestination, isRefill: Bool) -> Bool {
        if self.loader.backlogs.isPassed(destination, isRefill: isRefill) { return true }
        guard !self.shares.hasRoom(for: destination) else { return false }
        self.slice.passed.full.insert(destination)
        return true
    }

    private mutating func loadMessage(_ id: TimeSortedID, isRefill: Bool) throws {
        try self.reporting(id) { scan in
            var recipients: [QueuedRecipient] = []
            for var recipient in try QueueRecord.dueRecipients(of: id, at: scan.loader.moment.wall, scan.database) {
                guard !scan.loader.isActive(id, recipient.ordinal),
                    !scan.loaded.contains(Key(id: id, ordinal: recipient.ordinal))
                else { continue }
                recipient.destination = scan.loader.destination(recipient)
                // Its own row is passed over when the walk comes there.
                if let destination = recipient.destination, scan.passes(destination, isRefill: isRefill) { continue }
                recipients.append(recipient)
            }
            try scan.add(id, recipients)
        }
    }

    /// Reads a message for some of its recipients.
    mutating func add(_ id: TimeSortedID, _ recipients: [QueuedRecipient]) throws {
        guard !recipients.isEmpty else { return }
        let moment = self.loader.moment
        let message = try QueueRecord.message(id, readAt: moment, self.database, bodies: self.loader.bodies)
        self.count(message, recipients)
        self.slice.items.append(QueueItem(message: message, recipients: recipients))
    }

    /// Reads something of a message. What cannot be read is reported and does not stop the rest. Lesson 4.
    mutating func reporting(_ id: TimeSortedID, _ read: (inout Self) throws -> Void) throws {
        do {
            try read(&self)
        } catch let error as QueueRecordError {
            self.unusable.insert(id)
            self.slice.unusable.append((id, error.reason))
        } catch let error as QueueBodyError {
            self.unusable.insert(id)
            self.slice.unreadable.append((id, error.reason))
        } catch let error as StorageError where error.isOfWhatWasRead {
            self.unusable.insert(id)
            if error.code == .corrupt {
                self.slice.unusable.append((id, "the record is damaged: \(error.detail)"))
            } else {
                self.slice.unreadable.append((id, "the record cannot be read: \(error.detail)"))
            }
        }
    }

    private mutating func count(_ message: QueuedMessage, _ recipients: [QueuedRecipient]) {
        let octets = message.octetsInMemory
        self.budget.messages -= 1
        self.budget.octets -= octets
        self.budget.recipients -= recipients.count
        self.shares.add(octets: octets)
        var counted: Set<QueueDestination> = []
        for recipient in recipients {
            self.loaded.insert(Key(id: message.id, ordinal: recipient.ordinal))
            let isFirst = recipient.destination.map { counted.insert($0).inserted } ?? false
            self.shares.add(recipient.destination, recipients: 1, octets: isFirst ? octets : 0)
        }
    }
}
