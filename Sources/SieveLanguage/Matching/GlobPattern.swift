internal import MailBytes

/// A `:matches` pattern: `*` stands for any characters, `?` for one, a backslash makes either itself. RFC 5228 §2.7.1.
///
/// Of several ways to match, each `*` takes as little as it can, from left to right. RFC 5229 §3.2.
struct GlobPattern: Hashable, Sendable {
    enum Element: Hashable, Sendable {
        case unit(UInt32)
        case anyCharacter
        case anyText
    }

    let elements: [Element]
    /// As the script has it.
    let source: [UInt8]
    let comparator: SieveComparator
    private let wildcardCount: Int

    init(_ pattern: [UInt8], comparator: SieveComparator) {
        self.comparator = comparator
        self.source = pattern
        var elements: [Element] = []
        var literal: [UInt8] = []
        func flush() {
            elements += Self.units(of: literal, comparator: comparator).map(Element.unit)
            literal.removeAll(keepingCapacity: true)
        }
        var index = 0
        while index < pattern.count {
            let byte = pattern[index]
            switch byte {
            case UInt8(ascii: "*"), UInt8(ascii: "?"):
                flush()
                elements.append(byte == UInt8(ascii: "*") ? .anyText : .anyCharacter)
            case ASCII.backslash where index + 1 < pattern.count:
                index += 1
                literal.append(pattern[index])
            default:
                literal.append(byte)
            }
            index += 1
        }
        flush()
        self.elements = elements
        self.wildcardCount = elements.count { $0 == .anyText || $0 == .anyCharacter }
    }

    private static func units(of literal: [UInt8], comparator: SieveComparator) -> [UInt32] {
        comparator == .unicodeCasemap
            ? UnicodeFold.units(of: literal).units : comparator.folded(literal).map(UInt32.init)
    }

    /// Matches a whole value.
    ///
    /// - Parameters:
    ///   - steps: what it cost is added.
    ///   - stepsMax: where it gives up.
    /// - Returns: What each wildcard stands for, as ranges of the value; `nil` when it does not match.
    func match(_ value: [UInt8], steps: inout Int, stepsMax: Int) -> [Range<Int>]? {
        if self.comparator == .unicodeCasemap {
            let subject = ScalarSubject(UnicodeFold.units(of: value))
            return self.match(subject, steps: &steps, stepsMax: stepsMax)?.map {
                subject.offsets[$0.lowerBound]..<subject.offsets[$0.upperBound]
            }
        }
        let subject = ByteSubject(
            bytes: value,
            ignoresCase: self.comparator == .asciiCasemap,
            isOctets: self.comparator == .octet
        )
        return self.match(subject, steps: &steps, stepsMax: stepsMax)
    }

    private func match(_ subject: some GlobSubject, steps: inout Int, stepsMax: Int) -> [Range<Int>]? {
        var found = [Range<Int>](repeating: 0..<0, count: self.wildcardCount)
        var (place, position, wildcard) = (0, 0, 0)
        /// The last `*`: where it stands, which wildcard it is, where its text starts and ends.
        var star: (place: Int, wildcard: Int, start: Int, end: Int)?
        let count = subject.count
        while position < count {
            steps += 1
            guard steps < stepsMax else { return nil }
            if place < self.elements.count {
                switch self.elements[place] {
                case .anyText:
                    found[wildcard] = position..<position
                    if place == self.elements.count - 1 {
                        found[wildcard] = position..<count
                        return found
                    }
                    star = (place, wildcard, position, position)
                    place += 1
                    wildcard += 1
                    continue
                case .anyCharacter:
                    let next = subject.character(after: position)
                    found[wildcard] = position..<next
                    position = next
                    place += 1
                    wildcard += 1
                    continue
                case .unit(let unit):
                    if unit == subject.unit(at: position) {
                        position += 1
                        place += 1
                        continue
                    }
                }
            }
            guard var last = star else { return nil }
            last.end = subject.character(after: last.end)
            found[last.wildcard] = last.start..<last.end
            (place, position, wildcard) = (last.place + 1, last.end, last.wildcard + 1)
            star = last
        }
        while place < self.elements.count, self.elements[place] == .anyText {
            found[wildcard] = count..<count
            place += 1
            wildcard += 1
        }
        return place == self.elements.count ? found : nil
    }
}

/// What a pattern is matched against, a unit at a time.
private protocol GlobSubject {
    var count: Int { get }
    func unit(at position: Int) -> UInt32
    /// Where the next character starts.
    func character(after position: Int) -> Int
}

private struct ByteSubject: GlobSubject {
    let bytes: [UInt8]
    let ignoresCase: Bool
    /// Whether each octet is a character.
    let isOctets: Bool

    var count: Int { self.bytes.count }

    func unit(at position: Int) -> UInt32 {
        UInt32(self.ignoresCase ? ASCII.lowercased(self.bytes[position]) : self.bytes[position])
    }

    func character(after position: Int) -> Int {
        var next = position + 1
        guard !self.isOctets, self.bytes[position] >= 0xC0 else { return next }
        while next < self.bytes.count, next - position < 4, self.bytes[next] & 0xC0 == 0x80 { next += 1 }
        return next
    }
}

private struct ScalarSubject: GlobSubject {
    let units: [UInt32]
    /// The octet each unit's character starts at, and one more for the end.
    let offsets: [Int]

    init(_ folded: (units: [UInt32], offsets: [Int])) {
        self.units = folded.units
        self.offsets = folded.offsets
    }

    var count: Int { self.units.count }
    func unit(at position: Int) -> UInt32 { self.units[position] }

    func character(after position: Int) -> Int {
        var next = position + 1
        while next < self.units.count, self.offsets[next] == self.offsets[position] { next += 1 }
        return next
    }
}
