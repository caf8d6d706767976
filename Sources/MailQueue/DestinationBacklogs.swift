/// Destinations with mail on disk that was passed over, because they had their share of the memory; and from where on
/// to read for them when they have room again.
///
/// Invariant: what waits on disk and is due stands behind the general cursors of ``QueueState`` or behind the cursor of
/// one of these. All mail for a destination that stands here is read by its own cursor, so that it stays in order.
struct DestinationBacklogs: Sendable {
    struct Backlog {
        /// Fresh mail behind this identifier; `nil` when none was passed over.
        var fresh: Int64?
        /// Deferred mail behind this position; `nil` when none was passed over.
        var due: QueueState.DuePosition?
        /// It has room, and is read until it has none or nothing is left.
        var isRefilling = false
    }

    private var backlogs: [QueueDestination: Backlog] = [:]
    /// What was noted while records were being read, which the reader may not have seen.
    private var notedWhileLoading: [QueueDestination: Int64] = [:]

    func contains(_ destination: QueueDestination) -> Bool { self.backlogs[destination] != nil }

    /// Whether a reader leaves the destination alone. `isRefill`: it reads for those that are refilled.
    func isPassed(_ destination: QueueDestination, isRefill: Bool) -> Bool {
        guard let backlog = self.backlogs[destination] else { return false }
        return !(isRefill && backlog.isRefilling)
    }

    /// Whether there is a destination to be read for.
    ///
    /// - Complexity: a look at each destination with a backlog.
    func needsRefill(_ shares: ActiveShares) -> Bool {
        self.backlogs.contains { $1.isRefilling || shares.isLow($0) }
    }

    /// Where to read on for those that are refilled; `nil` when none has such mail.
    var refillStart: (fresh: Int64?, due: QueueState.DuePosition?) {
        let refilling = self.backlogs.values.filter(\.isRefilling)
        return (refilling.compactMap(\.fresh).min(), refilling.compactMap(\.due).min())
    }

    /// A message was not taken into memory for this destination.
    mutating func note(_ destination: QueueDestination, freshAfter position: Int64, isLoading: Bool) {
        self.note(destination, fresh: position)
        guard isLoading else { return }
        self.notedWhileLoading[destination] = min(self.notedWhileLoading[destination] ?? position, position)
    }

    private mutating func note(_ destination: QueueDestination, fresh position: Int64) {
        var backlog = self.backlogs[destination] ?? Backlog()
        backlog.fresh = min(backlog.fresh ?? position, position)
        self.backlogs[destination] = backlog
    }

    private mutating func note(_ destination: QueueDestination, due position: QueueState.DuePosition) {
        var backlog = self.backlogs[destination] ?? Backlog()
        backlog.due = min(backlog.due ?? position, position)
        self.backlogs[destination] = backlog
    }

    mutating func beginLoad(_ shares: ActiveShares) {
        self.notedWhileLoading = [:]
        for (destination, backlog) in self.backlogs where !backlog.isRefilling && shares.isLow(destination) {
            self.backlogs[destination]?.isRefilling = true
        }
    }

    /// - Parameter isDueRewound: the schedule was changed meanwhile and is read anew.
    mutating func endLoad(_ passed: PassedDestinations, isDueRewound: Bool) {
        for destination in Array(self.backlogs.keys) {
            guard var backlog = self.backlogs[destination], backlog.isRefilling else { continue }
            if let end = passed.freshRefilled, let fresh = backlog.fresh {
                backlog.fresh = end.isComplete ? nil : max(fresh, end.position)
            }
            if !isDueRewound, let end = passed.dueRefilled, let due = backlog.due {
                backlog.due = end.isComplete ? nil : max(due, end.position)
            }
            if passed.full.contains(destination) { backlog.isRefilling = false }
            self.backlogs[destination] = backlog
        }
        for (destination, position) in passed.fresh { self.note(destination, fresh: position) }
        for (destination, position) in passed.due { self.note(destination, due: position) }
        for (destination, position) in self.notedWhileLoading { self.note(destination, fresh: position) }
        self.notedWhileLoading = [:]
        self.backlogs = self.backlogs.filter { $0.value.fresh != nil || $0.value.due != nil }
    }
}

/// What a reader has passed over, and how far it has read for those that are refilled.
struct PassedDestinations: Sendable {
    /// Just before the first fresh message that was passed over.
    var fresh: [QueueDestination: Int64] = [:]
    /// Just before the first deferred one.
    var due: [QueueDestination: QueueState.DuePosition] = [:]
    /// Destinations that had no room.
    var full: Set<QueueDestination> = []
    /// `nil` when nothing was read for them.
    var freshRefilled: ScanEnd<Int64>?
    var dueRefilled: ScanEnd<QueueState.DuePosition>?
}

/// How far a reader has come.
struct ScanEnd<Position: Sendable>: Sendable {
    var position: Position
    /// There was nothing more.
    var isComplete: Bool
}
