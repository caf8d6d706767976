internal import MIME
internal import MailStore
internal import MailTypes

/// What a search knows of one message beside its bytes.
struct SearchCandidate {
    var index: Int
    var entry: MailboxState.Entry
    var isRecent: Bool
    /// The internal date; `nil` while it has not been looked up.
    var receivedSeconds: Int64?
    /// The parts, once they were needed.
    var structure: MIMEStructure?
    /// What is known of the headers, once they were needed.
    var headers: SearchedHeaders?
}

/// Deciding a condition with what is at hand.
extension SearchCondition {
    /// - Parameter bytes: the message; `nil` while only memory and index are to be asked.
    /// - Returns: `nil` when more would have to be looked at.
    func holds(for candidate: inout SearchCandidate, _ bytes: Span<UInt8>?) -> Bool? {
        switch self {
        case .constant(let value): return value
        case .indices(let ranges): return Self.contains(candidate.index, ranges)
        case .flags(let all, let none):
            return candidate.entry.flags.isSuperset(of: all) && candidate.entry.flags.isDisjoint(with: none)
        case .recent(let isRecent): return candidate.isRecent == isRecent
        case .changedFrom(let modSeq): return candidate.entry.modSeq >= modSeq
        case .octets(let range): return range.contains(UInt64(candidate.entry.octets))
        case .received(let range): return candidate.receivedSeconds.map { range.contains($0) }
        case .not(let condition): return condition.holds(for: &candidate, bytes).map { !$0 }
        case .and(let conditions): return Self.all(conditions, &candidate, bytes)
        case .or(let conditions): return Self.any(conditions, &candidate, bytes)
        case .sent, .header, .body, .text:
            guard let bytes else { return nil }
            return self.holdsInside(&candidate, bytes)
        }
    }

    private static func all(
        _ conditions: [SearchCondition],
        _ candidate: inout SearchCandidate,
        _ bytes: Span<UInt8>?
    ) -> Bool? {
        var isOpen = false
        for condition in conditions {
            switch condition.holds(for: &candidate, bytes) {
            case .some(false): return false
            case .some(true): break
            case .none: isOpen = true
            }
        }
        return isOpen ? nil : true
    }

    private static func any(
        _ conditions: [SearchCondition],
        _ candidate: inout SearchCandidate,
        _ bytes: Span<UInt8>?
    ) -> Bool? {
        var isOpen = false
        for condition in conditions {
            switch condition.holds(for: &candidate, bytes) {
            case .some(true): return true
            case .some(false): break
            case .none: isOpen = true
            }
        }
        return isOpen ? nil : false
    }

    private static func contains(_ index: Int, _ ranges: [Range<Int>]) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound <= index { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(index)
    }

    // MARK: - Inside the message

    private func holdsInside(_ candidate: inout SearchCandidate, _ bytes: Span<UInt8>) -> Bool {
        // Taken out meanwhile, so that what it holds is changed in place.
        var headers = candidate.headers.take() ?? SearchedHeaders()
        defer { candidate.headers = headers }
        switch self {
        case .sent(let days): return headers.sentDay(of: bytes).map { days.contains($0) } ?? false
        case .header(let name, let needle): return headers.field(name, of: bytes, holds: needle)
        case .body(let needle):
            return SearchedText.body(of: bytes, Self.structure(&candidate, bytes), &headers, holds: needle)
        case .text(let needle):
            if headers.anyField(of: bytes, holds: needle) { return true }
            let structure = Self.structure(&candidate, bytes)
            return headers.parts(structure, of: bytes, holds: needle)
                || SearchedText.body(of: bytes, structure, &headers, holds: needle)
        default: preconditionFailure("decided before")
        }
    }

    private static func structure(_ candidate: inout SearchCandidate, _ bytes: Span<UInt8>) -> MIMEStructure {
        if let structure = candidate.structure { return structure }
        let structure = MIMEStructure.parse(bytes)
        candidate.structure = structure
        return structure
    }
}
