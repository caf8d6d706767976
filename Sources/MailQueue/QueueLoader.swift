internal import MailTypes
internal import Storage

/// Messages read from disk in one go.
struct LoadedSlice: Sendable {
    var items: [QueueItem] = []
    /// Messages that cannot be used, and why.
    var unusable: [(id: TimeSortedID, reason: String)] = []
    /// Messages whose body cannot be read at the moment, and why.
    var unreadable: [(id: TimeSortedID, reason: String)] = []
    /// Why some of what was looked for could not be read; the rest is here.
    var damage: StorageError?
    /// How far fresh mail was read; `nil` when it was not looked at.
    var freshEnd: ScanEnd<Int64>?
    var dueEnd = QueueState.DuePosition()
    /// The earliest next attempt after what was read; `nil` when nothing is deferred.
    var nextDue: Int64?
    var passed = PassedDestinations()
    /// When deadlines are to be looked at next; `nil` when none is to come.
    var nextDeadline: Instant?
    /// When those are looked at again that could not be dealt with.
    let deadlinesAgainAt: Instant

    init(at now: Instant) {
        self.deadlinesAgainAt = now + .seconds(1)
    }
}

/// Reads a slice of what is to be attempted: what has passed its deadline, whatever the room; deferred mail that is
/// due, then fresh mail, oldest first; then the same for destinations that had their share of the memory before and
/// have room again.
///
/// Each of the latter four takes at most half of the room there is, so that neither a retry storm nor a flood of fresh
/// mail can starve the other.
struct QueueLoader: Sendable {
    let moment: ScheduleClock.Moment
    let freshCursor: Int64?
    let dueCursor: QueueState.DuePosition
    let backlogs: DestinationBacklogs
    let shares: ActiveShares
    let messagesMax: Int
    let bodies: BodyFiles
    let destination: @Sendable (QueuedRecipient) -> QueueDestination?
    /// Whether a recipient is in memory already.
    let isActive: @Sendable (TimeSortedID, Int) -> Bool

    func load(_ database: Database) throws -> LoadedSlice {
        var scan = QueueScan(self, database)
        try scan.overdueReadable()
        let due = try scan.due(after: self.dueCursor, isRefill: false)
        scan.slice.dueEnd = due.position
        scan.slice.nextDue =
            due.isComplete
            ? try scan.nextDue(after: due.position) : self.moment.wall.millisecondsSince1970
        if let freshCursor {
            scan.slice.freshEnd = try scan.fresh(after: freshCursor, through: .max, isRefill: false)
        }
        let start = self.backlogs.refillStart
        if let position = start.due {
            scan.slice.passed.dueRefilled = try scan.due(after: position, isRefill: true)
        }
        if let position = start.fresh {
            // What is behind the general cursor is its business.
            scan.slice.passed.freshRefilled = try scan.fresh(
                after: position,
                through: self.freshCursor ?? .max,
                isRefill: true
            )
        }
        return scan.slice
    }
}
