internal import MailTypes

/// What the queue knows without asking the disk. Lives behind one lock, held for moments only.
struct QueueState {
    /// A place in the order of next attempts.
    struct DuePosition: Hashable, Comparable {
        var nextAttempt: Int64 = 0
        var message: Int64 = 0

        static func < (one: Self, other: Self) -> Bool {
            (one.nextAttempt, one.message) < (other.nextAttempt, other.message)
        }
    }

    /// A recipient that was settled while records were being read, and so must not be handed out from them.
    private struct Key: Hashable {
        var id: TimeSortedID
        /// -1 stands for all recipients of the message.
        var ordinal: Int
    }

    var active: ActiveSet
    /// Mail that waits on disk for destinations that have their share of the memory.
    private(set) var backlogs = DestinationBacklogs()
    /// Times on disk that are being moved; nothing is read meanwhile.
    var clockMoves = 0
    var handlers: QueueHandlers?
    /// Fresh mail up to this identifier has been handed out; what is above may be on disk only.
    /// `nil` while all fresh mail is in memory, so that accepted mail is handed out directly.
    private(set) var freshCursor: Int64? = 0
    var dueCursor = DuePosition()
    /// The earliest next attempt on disk, milliseconds; 0 before anything was read.
    private(set) var nextDue: Int64 = 0
    /// The earliest deadline on disk that was not dealt with, milliseconds; 0 before anything was read.
    private(set) var nextDeadline: Int64 = 0
    private(set) var isLoading = false
    /// When it was told last that some records cannot be read.
    private var readFailureToldAt: Instant?
    /// Messages that can neither be read nor parked, and of which that was told.
    private var unusable: Set<TimeSortedID> = []
    private var accepting: Set<TimeSortedID> = []
    private var reserved: [TimeSortedID: QueueItem] = [:]
    private var rewoundTo: Int64?
    private var isDueRewound = false
    private var settledWhileLoading: Set<Key> = []

    init(_ options: MailQueueOptions) {
        self.active = ActiveSet(options)
    }

    // MARK: - Accepting

    /// A message is being written. Whoever reads it from disk before its writer is told leaves it to the writer:
    /// what is committed may not be on the disk yet, and nobody is to get it twice.
    mutating func beginAccepting(_ id: TimeSortedID) {
        self.accepting.insert(id)
    }

    mutating func endAccepting(_ id: TimeSortedID) {
        self.accepting.remove(id)
    }

    /// A message is on the disk and counts as being accepted until ``endReserving(_:except:)``.
    mutating func beginReserving(_ item: QueueItem) {
        self.reserved[item.message.id] = item
    }

    /// - Parameter settled: recipients that are not to be handed out any more.
    /// - Returns: what is to be admitted; `nil` when the message was not reserved or nothing of it is left.
    mutating func endReserving(_ id: TimeSortedID, except settled: [Int]) -> QueueItem? {
        guard var item = self.reserved.removeValue(forKey: id) else { return nil }
        item.recipients.removeAll { settled.contains($0.ordinal) }
        guard item.recipients.isEmpty else { return item }
        self.accepting.remove(id)
        return nil
    }

    /// What is in memory of the message is out of date.
    mutating func withdraw(_ id: TimeSortedID) {
        self.active.withdraw(id)
        self.reserved[id]?.message.withdraw()
    }

    /// Takes fresh mail into memory if there is room and nothing older waits on disk.
    ///
    /// - Returns: what of it is to be handed out.
    mutating func admit(_ item: QueueItem) -> QueueItem? {
        let id = item.message.id
        self.accepting.remove(id)
        guard self.freshCursor == nil, self.active.message(id) == nil, self.handlers != nil,
            !item.message.isWithdrawn, self.active.shares.hasRoom
        else {
            self.rewindFresh(below: id)
            return nil
        }
        var item = item
        item.recipients.removeAll { recipient in
            guard let destination = recipient.destination,
                self.backlogs.contains(destination) || !self.active.shares.hasRoom(for: destination)
            else { return false }
            let position = Int64(bitPattern: id.rawValue) - 1
            self.backlogs.note(destination, freshAfter: position, isLoading: self.isLoading)
            return true
        }
        guard !item.recipients.isEmpty else { return nil }
        self.active.insert(item)
        return item
    }

    /// Makes sure that fresh recipients of this message are read from disk.
    mutating func rewindFresh(below id: TimeSortedID) {
        let position = Int64(bitPattern: id.rawValue) - 1
        if self.isLoading { self.rewoundTo = min(self.rewoundTo ?? position, position) }
        self.freshCursor = min(self.freshCursor ?? position, position)
    }

    mutating func noteDeferred(until instant: Instant) {
        self.nextDue = min(self.nextDue, instant.millisecondsSince1970)
    }

    mutating func noteDeadline(_ instant: Instant) {
        self.nextDeadline = min(self.nextDeadline, instant.millisecondsSince1970)
    }

    /// Reads the schedule from its beginning again: times may have changed in any direction.
    mutating func rewindDue() {
        self.dueCursor = DuePosition()
        self.nextDue = 0
        self.isDueRewound = self.isLoading
    }

    // MARK: - Loading

    /// Messages that are remembered as told; 8 octets each.
    private static let unusableMax = 10_000

    private static let readFailureInterval = Duration.seconds(600)

    /// - Returns: whether that is to be told.
    mutating func noteReadFailure(at now: Instant) -> Bool {
        if let told = self.readFailureToldAt, now >= told, now < told + Self.readFailureInterval { return false }
        self.readFailureToldAt = now
        return true
    }

    /// - Returns: whether that is news.
    mutating func noteUnusable(_ id: TimeSortedID) -> Bool {
        self.unusable.count < Self.unusableMax && self.unusable.insert(id).inserted
    }

    func needsLoad(at now: Instant) -> Bool {
        guard self.handlers != nil, self.clockMoves == 0, !self.isLoading else { return false }
        if self.nextDeadline <= now.millisecondsSince1970 { return true }
        return self.active.shares.hasRoom
            && (self.freshCursor != nil || self.nextDue <= now.millisecondsSince1970
                || self.backlogs.needsRefill(self.active.shares))
    }

    mutating func beginLoad() {
        self.isLoading = true
        self.nextDue = .max
        self.nextDeadline = .max
        self.rewoundTo = nil
        self.isDueRewound = false
        self.settledWhileLoading = []
        self.backlogs.beginLoad(self.active.shares)
    }

    /// Notes that recipients are no longer as a reader may have seen them.
    mutating func noteSettled(_ id: TimeSortedID, _ ordinal: Int) {
        if self.isLoading { self.settledWhileLoading.insert(Key(id: id, ordinal: ordinal)) }
    }

    mutating func noteChanged(_ id: TimeSortedID) {
        self.noteSettled(id, -1)
    }

    /// Takes what was read into memory.
    ///
    /// - Returns: what of it is to be handed out.
    mutating func endLoad(_ slice: LoadedSlice) -> [QueueItem] {
        self.isLoading = false
        var ready: [QueueItem] = []
        for var item in slice.items {
            let id = item.message.id
            if self.accepting.contains(id) {
                if item.message.timeLeftWhenRead != nil { self.noteDeadline(slice.deadlinesAgainAt) }
                continue
            }
            if !self.settledWhileLoading.isEmpty {
                if self.settledWhileLoading.contains(Key(id: id, ordinal: -1)) { continue }
                item.recipients.removeAll { self.settledWhileLoading.contains(Key(id: id, ordinal: $0.ordinal)) }
            }
            guard !item.recipients.isEmpty, let item = self.active.merge(item) else { continue }
            ready.append(item)
        }
        self.settledWhileLoading = []
        if let deadline = slice.nextDeadline { self.noteDeadline(deadline) }
        self.moveCursors(slice)
        return ready
    }

    /// The read failed: everything is looked at again.
    mutating func abandonLoad(retryAt: Instant) {
        self.isLoading = false
        self.settledWhileLoading = []
        self.nextDue = min(self.nextDue, retryAt.millisecondsSince1970)
        self.noteDeadline(retryAt)
    }

    private mutating func moveCursors(_ slice: LoadedSlice) {
        self.backlogs.endLoad(slice.passed, isDueRewound: self.isDueRewound)
        if let end = slice.freshEnd {
            self.freshCursor = end.isComplete ? nil : end.position
            if let rewoundTo = self.rewoundTo { self.freshCursor = min(self.freshCursor ?? rewoundTo, rewoundTo) }
        }
        if self.isDueRewound {
            self.rewindDue()
            return
        }
        self.dueCursor = slice.dueEnd
        self.nextDue = min(self.nextDue, slice.nextDue ?? .max)
    }
}
