internal import IMAPWire
internal import MailStore
internal import MailTypes

/// The messages a command names, found in what the client has been told.
struct MessageSelection {
    /// Indices into the view's snapshot: ascending, not overlapping.
    var ranges: [Range<Int>] = []
    /// Whether the command names messages that are expunged but not yet told to be.
    var touchesGhosts = false

    var count: Int { self.ranges.reduce(0) { $0 + $1.count } }
    var isEmpty: Bool { self.ranges.allSatisfy(\.isEmpty) }

    /// - Parameter ranges: ascending, not overlapping.
    init(_ ranges: [Range<Int>]) {
        self.ranges = ranges
    }

    /// - Throws: ``Reply/invalidMessageSet`` for a sequence number beyond the mailbox. UIDs are never wrong, only
    ///   absent.
    init(
        _ messages: MessageSet,
        _ numbering: Numbering,
        in view: MailboxView,
        saved: [ClosedRange<UInt32>]
    ) throws(Reply) {
        switch (messages, numbering) {
        case (.saved, _):
            self.add(uids: saved, in: view.state)
        case (.numbers(let set), .uid):
            let highest = view.state.count == 0 ? 0 : view.state[view.state.count - 1].uid.rawValue
            self.add(uids: set.resolved(highest: highest), in: view.state)
        case (.numbers(let set), .sequence):
            try self.add(numbers: set, in: view)
        }
    }

    /// The same messages as they stand in a later snapshot: those that came in between are not among them, whatever `*`
    /// would mean now.
    init(_ earlier: MessageSelection, in state: MailboxState, now later: MailboxState) {
        for range in earlier.ranges where !range.isEmpty {
            self.add(uids: [state[range.lowerBound].uid.rawValue...state[range.upperBound - 1].uid.rawValue], in: later)
        }
        self.touchesGhosts = earlier.touchesGhosts || self.count < earlier.count
    }

    private mutating func add(uids: [ClosedRange<UInt32>], in state: MailboxState) {
        for range in uids {
            let first = state.firstIndex(notBefore: UID(rawValue: range.lowerBound))
            let end =
                range.upperBound == .max
                ? state.count : state.firstIndex(notBefore: UID(rawValue: range.upperBound + 1))
            if first < end { self.ranges.append(first..<end) }
        }
    }

    private mutating func add(numbers set: SequenceSet, in view: MailboxView) throws(Reply) {
        // An empty mailbox has no number at all; `*` stands for its end.
        guard view.count > 0 || set.mentionsHighest else { throw .invalidMessageSet }
        for range in set.resolved(highest: UInt32(clamping: view.count)) {
            guard range.lowerBound > 0, range.upperBound <= view.count || set.mentionsHighest else {
                throw .invalidMessageSet
            }
            guard range.lowerBound <= view.count else { continue }
            let numbers = Int(range.lowerBound)...min(Int(range.upperBound), view.count)
            let (indices, ghosts) = view.entries(numbered: numbers)
            if ghosts > 0 { self.touchesGhosts = true }
            if !indices.isEmpty { self.ranges.append(indices) }
        }
    }

    /// The UIDs, ascending, of those that satisfy `predicate`.
    func uids(in state: MailboxState, where predicate: (MailboxState.Entry) -> Bool = { _ in true }) -> [UID] {
        var uids: [UID] = []
        uids.reserveCapacity(self.count)
        for range in self.ranges {
            state.forEach(in: range) { entry in
                if predicate(entry) { uids.append(entry.uid) }
            }
        }
        return uids
    }
}

extension [Range<Int>] {
    /// Adds an index that is above all those before.
    mutating func add(_ index: Int) {
        if let last = self.indices.last, self[last].upperBound == index {
            self[last] = self[last].lowerBound..<index + 1
        } else {
            self.append(index..<index + 1)
        }
    }
}
