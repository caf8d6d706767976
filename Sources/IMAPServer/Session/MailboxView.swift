internal import MailStore
internal import MailTypes

/// A selected mailbox as the client knows it: which message each of its sequence numbers means.
///
/// The view is a snapshot of the mailbox plus *ghosts*: messages that are expunged but which the client still counts,
/// because it may not be told at the moment. A message is named by its index in the snapshot; the ghosts only shift
/// sequence numbers. Snapshots share their arrays with the store, so a view costs little however large the mailbox is.
///
/// RFC 9051 §2.3.1.2, §7.5.1.
struct MailboxView {
    /// What one step forward changed, as indices into the new snapshot.
    struct Delta {
        /// Messages the client knows whose flags or modification sequence changed, ascending.
        var flagChanges: [Int] = []
        /// Whether there are messages the client has not been told of.
        var hasArrivals = false

        var isEmpty: Bool { self.flagChanges.isEmpty && !self.hasArrivals }
    }

    private(set) var state: MailboxState
    /// The last change up to which the client knows everything: ghosts keep it back.
    private(set) var highestModSeqKnown: ModSeq
    /// UIDs of the ghosts, ascending.
    private(set) var ghosts: [UID] = []
    /// For each ghost, the index of the snapshot's first message after it. Ascending, not strictly.
    private var insertionIndices: [Int] = []

    /// A view that agrees with `state`.
    init(_ state: MailboxState) {
        self.state = state
        self.highestModSeqKnown = state.highestModSeq
    }

    /// Messages as the client counts them.
    var count: Int { self.state.count + self.ghosts.count }

    // MARK: - Sequence numbers

    /// The sequence number of the message at `index` of the snapshot.
    ///
    /// - Complexity: O(log *g*) in the number of ghosts; constant without any.
    func sequenceNumber(at index: Int) -> Int {
        if self.ghosts.isEmpty { return index + 1 }
        return index + 1 + self.insertionIndices.partitionPoint { $0 <= index }
    }

    /// The messages that the sequence numbers `numbers` mean.
    ///
    /// - Parameter numbers: within 1 to ``count``.
    /// - Returns: their indices, and how many of the numbers belong to ghosts.
    func entries(numbered numbers: ClosedRange<Int>) -> (indices: Range<Int>, ghosts: Int) {
        let (lower, upper) = (numbers.lowerBound - 1, numbers.upperBound)
        if self.ghosts.isEmpty { return (lower..<upper, 0) }
        let before = self.ghostsCount(beforePosition: lower)
        let through = self.ghostsCount(beforePosition: upper)
        return (lower - before..<upper - through, through - before)
    }

    /// How many ghosts stand at client positions below `position`, counted from 0.
    private func ghostsCount(beforePosition position: Int) -> Int {
        var (low, high) = (0, self.insertionIndices.count)
        while low < high {
            let middle = (low + high) / 2
            if self.insertionIndices[middle] + middle < position { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: - Moving forward

    /// Takes over a newer snapshot. What it lacks becomes ghosts; the rest is for the caller to tell.
    mutating func advance(to newer: MailboxState) -> Delta {
        let older = self.state
        let hasExpunges = newer.expungeGeneration != older.expungeGeneration
        let removed = hasExpunges ? Self.removed(from: older, to: newer) : []
        self.state = newer
        self.haunt(with: removed)
        if self.ghosts.isEmpty { self.highestModSeqKnown = newer.highestModSeq }
        var delta = Delta()
        delta.hasArrivals = newer.count > older.count - removed.count
        if newer.flagGeneration != older.flagGeneration {
            let known = newer.count == 0 ? 0 : newer.firstIndex(notBefore: older.uidNext)
            delta.flagChanges = newer.indicesChanged(since: older.highestModSeq, upTo: known)
        }
        return delta
    }

    /// Forgets the ghosts.
    ///
    /// - Returns: the sequence numbers to report with EXPUNGE, highest first, so that none shifts another.
    mutating func takeExpunges() -> [Int] {
        let numbers = self.insertionIndices.enumerated().reversed().map { $0.element + $0.offset + 1 }
        self.ghosts = []
        self.insertionIndices = []
        self.highestModSeqKnown = self.state.highestModSeq
        return numbers
    }

    /// Rebuilds the view of a client that was only given counters: the mailbox then, from the mailbox now and the log.
    ///
    /// - Parameter expunged: UIDs expunged since `told` was true, in any order; more than that does no harm.
    /// - Returns: `nil` when the log does not account for what the client was told.
    static func rebuilt(
        told: ToldCounters,
        now state: MailboxState,
        expunged: [UID]
    ) -> (view: MailboxView, delta: Delta)? {
        var view = MailboxView(state)
        let lost = expunged.filter { $0 < told.uidNext && state.index(of: $0) == nil }
        view.haunt(with: lost.sorted())
        if !view.ghosts.isEmpty { view.highestModSeqKnown = told.highestModSeq }
        let known = state.count == 0 ? 0 : state.firstIndex(notBefore: told.uidNext)
        guard known + view.ghosts.count == told.messages else { return nil }
        var delta = Delta()
        delta.hasArrivals = state.count > known
        delta.flagChanges = state.indicesChanged(since: told.highestModSeq, upTo: known)
        return (view, delta)
    }

    /// Adds ghosts and finds all their places in the present snapshot.
    private mutating func haunt(with removed: [UID]) {
        if !removed.isEmpty {
            self.ghosts = self.ghosts.isEmpty ? removed : (self.ghosts + removed).sorted()
        }
        guard !self.ghosts.isEmpty else { return }
        self.insertionIndices = self.ghosts.map { self.state.firstIndex(notBefore: $0) }
    }

    /// UIDs in `older` that `newer` lacks, ascending.
    ///
    /// - Complexity: O(*k* log² *n*) for *k* of *n* messages, as where the counts agree nothing is looked at.
    private static func removed(from older: MailboxState, to newer: MailboxState) -> [UID] {
        var removed: [UID] = []
        var pending = older.count > 0 ? [0..<older.count] : []
        while let range = pending.popLast() {
            let first = newer.firstIndex(notBefore: older[range.lowerBound].uid)
            let last = older[range.upperBound - 1].uid
            var end = newer.firstIndex(notBefore: last)
            if end < newer.count, newer[end].uid == last { end += 1 }
            let kept = end - first
            if kept == range.count { continue }
            if kept == 0 {
                older.forEach(in: range) { removed.append($0.uid) }
            } else {
                let middle = range.lowerBound + range.count / 2
                pending.append(middle..<range.upperBound)
                pending.append(range.lowerBound..<middle)
            }
        }
        return removed
    }
}

/// What SELECT told a client without looking at any message.
struct ToldCounters: Hashable, Sendable {
    var messages: Int
    var uidNext: UID
    var highestModSeq: ModSeq
}

extension [Int] {
    /// The number of leading elements for which `predicate` holds, in an array that is partitioned by it.
    fileprivate func partitionPoint(where predicate: (Int) -> Bool) -> Int {
        var (low, high) = (0, self.count)
        while low < high {
            let middle = (low + high) / 2
            if predicate(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
