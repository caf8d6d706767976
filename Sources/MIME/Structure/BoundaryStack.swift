internal import MailBytes

/// The boundaries a line may match while a message is read: those of all multiparts that are open.
///
/// A line matches when it starts with two hyphens and a boundary; what follows is let pass, as careless senders leave
/// blanks there. Among several that match the longest wins, then the innermost. RFC 2046 §5.1.1.
struct BoundaryStack {
    private struct Boundary {
        var part: Int
        var text: [UInt8]
    }

    /// A line that matched.
    struct Match {
        /// The multipart whose boundary it is.
        var part: Int
        /// Whether two hyphens follow: the multipart ends here.
        var isClosing: Bool
    }

    private var open: [Boundary] = []

    @inline(__always)
    var isEmpty: Bool { self.open.isEmpty }

    mutating func push(_ text: [UInt8], part: Int) {
        self.open.append(Boundary(part: part, text: Array(text.prefix(MIMELimits.boundaryOctetsMax))))
    }

    /// Forgets the boundaries inside the matched part, and its own when it is closing.
    mutating func close(to match: Match) {
        while let last = self.open.last, last.part != match.part { self.open.removeLast() }
        if match.isClosing, !self.open.isEmpty { self.open.removeLast() }
    }

    mutating func removeAll() {
        self.open.removeAll()
    }

    /// Whether the line at `start` is a boundary.
    @inline(__always)
    func match(at start: Int, in bytes: Span<UInt8>) -> Match? {
        guard start + 2 <= bytes.count, bytes[start] == UInt8(ascii: "-"), bytes[start + 1] == UInt8(ascii: "-") else {
            return nil
        }
        return self.matchHyphenated(at: start + 2, in: bytes)
    }

    private func matchHyphenated(at start: Int, in bytes: Span<UInt8>) -> Match? {
        let length = Self.comparedLength(at: start, in: bytes)
        var best: Boundary?
        for boundary in self.open.reversed()
        where boundary.text.count <= length && boundary.text.count > best?.text.count ?? -1 {
            guard bytes.hasBytes(boundary.text, at: start) else { continue }
            best = boundary
            if boundary.text.count == length { break }
        }
        guard let best else { return nil }
        let end = start + best.text.count
        let isClosing =
            end + 2 <= bytes.count && bytes[end] == UInt8(ascii: "-") && bytes[end + 1] == UInt8(ascii: "-")
        return Match(part: best.part, isClosing: isClosing)
    }

    /// Octets of the line that a boundary may take: all but the line end.
    private static func comparedLength(at start: Int, in bytes: Span<UInt8>) -> Int {
        let limit = min(bytes.count, start + MIMELimits.boundaryOctetsMax + 2)
        guard let end = bytes.firstIndex(of: ASCII.lineFeed, from: start, to: limit) else { return limit - start }
        return end > start && bytes[end - 1] == ASCII.carriageReturn ? end - 1 - start : end - start
    }
}
