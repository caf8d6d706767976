/// The messages a command names: `4`, `2:7`, `1:*`, or any comma-joined mix of those.
///
/// The set keeps ranges as written and does not know whether its numbers are UIDs or message sequence numbers; the
/// command around it does. `*` stands for the highest number in the mailbox, so a set can only be resolved against one.
///
/// RFC 9051 §9 (`sequence-set`), §2.3.1.
package struct SequenceSet: Hashable, Sendable {
    /// One end of a range.
    package enum Bound: Hashable, Sendable {
        case number(UInt32)
        case highest
    }

    /// Two bounds in the order the client wrote them. `7:2` means the same as `2:7`.
    package struct Range: Hashable, Sendable {
        package var first: Bound
        package var last: Bound

        package init(_ first: Bound, _ last: Bound) {
            self.first = first
            self.last = last
        }
    }

    /// Never empty: the grammar requires at least one element.
    package private(set) var ranges: [Range]

    package init(ranges: [Range]) {
        precondition(!ranges.isEmpty, "a sequence-set has at least one element")
        self.ranges = ranges
    }

    /// Numbers covered when the mailbox's highest number is `highest` (the last sequence number, or the last UID).
    ///
    /// - Returns: Ascending, non-overlapping, non-adjacent closed ranges; empty when the mailbox is empty.
    /// - Complexity: O(*n* log *n*) in the number of ranges, whatever their width.
    package func resolved(highest: UInt32) -> [ClosedRange<UInt32>] {
        guard highest > 0 else { return [] }
        let spans = self.ranges.map { $0.span(highest: highest) }
        if spans.count == 1 { return spans }
        return Self.merged(spans.sorted { $0.lowerBound < $1.lowerBound })
    }

    /// Whether the set mentions `*`, which makes its meaning depend on the mailbox.
    package var mentionsHighest: Bool {
        self.ranges.contains { $0.first == .highest || $0.last == .highest }
    }

    private static func merged(_ sorted: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var merged: [ClosedRange<UInt32>] = []
        for range in sorted {
            if let previous = merged.last, range.lowerBound <= previous.upperBound.saturatingSuccessor {
                merged[merged.count - 1] = previous.lowerBound...max(previous.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }
}

/// The messages a command names: written out, or `$`, the result the last `SEARCH RETURN (SAVE)` kept. RFC 5182 §2.1.
package enum MessageSet: Hashable, Sendable {
    case numbers(SequenceSet)
    case saved
}

/// Whether a command's numbers are message sequence numbers or UIDs (`FETCH` or `UID FETCH`).
package enum Numbering: Hashable, Sendable {
    case sequence
    case uid
}

extension SequenceSet.Range {
    fileprivate func span(highest: UInt32) -> ClosedRange<UInt32> {
        let (first, last) = (self.first.value(highest: highest), self.last.value(highest: highest))
        return min(first, last)...max(first, last)
    }
}

extension SequenceSet.Bound {
    fileprivate func value(highest: UInt32) -> UInt32 {
        switch self {
        case .number(let number): number
        case .highest: highest
        }
    }
}

extension UInt32 {
    fileprivate var saturatingSuccessor: UInt32 { self == .max ? .max : self + 1 }
}
