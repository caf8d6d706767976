internal import MailBytes

/// The `tag=value; tag=value` text of signatures, keys and policies. RFC 6376 §3.2.
///
///     tag-list = tag-spec *( ";" tag-spec ) [ ";" ]
///     tag-spec = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
///     tag-name = ALPHA *( ALPHA / DIGIT / "_" )
struct TagList: Sendable {
    struct Tag: Sendable {
        let name: String
        /// Without blanks and folds at either end.
        let value: Range<Int>
        /// From behind the equals sign to before the semicolon.
        let whole: Range<Int>
    }

    /// What to do about a piece that is no tag.
    enum Strictness {
        case refuse
        case skip
    }

    let bytes: [UInt8]
    private(set) var tags: [Tag] = []

    /// `nil` when a piece is no tag, a name stands twice, or there are too many tags.
    init?(_ bytes: [UInt8], otherwise strictness: Strictness = .refuse) {
        self.bytes = bytes
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: ";")) ?? bytes.count
            let piece = Self.trimmed(start..<end, in: bytes)
            if let tag = Self.tag(in: piece, before: end, of: bytes), self.tags.count < SenderAuthLimits.tagsMax {
                let isRepeated = self.tags.contains { $0.name == tag.name }
                if isRepeated, strictness == .refuse { return nil }
                if !isRepeated { self.tags.append(tag) }
            } else if strictness == .refuse, !piece.isEmpty || end < bytes.count {
                return nil
            }
            start = end + 1
        }
    }

    /// The tag's value with whatever folds are within; `nil` when there is no such tag.
    subscript(_ name: String) -> ArraySlice<UInt8>? {
        self.tags.first { $0.name == name }.map { self.bytes[$0.value] }
    }

    func tag(_ name: String) -> Tag? { self.tags.first { $0.name == name } }

    /// The value as text; 8-bit bytes that are no UTF-8 become replacement characters.
    func text(_ name: String) -> String? {
        self[name].map { String(decoding: $0, as: UTF8.self) }
    }

    /// The value without any blank or fold; what base64 and colon lists want.
    func compact(_ name: String) -> [UInt8]? {
        guard let value = self.tag(name)?.value else { return nil }
        var octets: [UInt8] = []
        octets.reserveCapacity(value.count)
        var start = value.lowerBound
        while start < value.upperBound {
            var end = start
            while end < value.upperBound, !Self.isFoldingByte(self.bytes[end]) { end += 1 }
            octets += self.bytes[start..<end]
            start = end + 1
        }
        return octets
    }

    /// The parts of a colon list, blanks and folds dropped.
    func list(_ name: String) -> [String]? {
        guard let text = self.compact(name) else { return nil }
        var parts: [String] = []
        var start = 0
        for end in 0...text.count where end == text.count || text[end] == UInt8(ascii: ":") {
            parts.append(String(decoding: text[start..<end], as: UTF8.self))
            start = end + 1
        }
        return parts
    }

    private static func tag(in piece: Range<Int>, before end: Int, of bytes: [UInt8]) -> Tag? {
        guard let equals = bytes[piece].firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let name = self.trimmed(piece.lowerBound..<equals, in: bytes)
        guard let first = name.first, ASCII.isLetter(bytes[first]),
            bytes[name].allSatisfy({ ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == UInt8(ascii: "_") })
        else { return nil }
        return Tag(
            name: String(decoding: bytes[name], as: UTF8.self),
            value: self.trimmed(equals + 1..<piece.upperBound, in: bytes),
            whole: equals + 1..<end
        )
    }

    private static func trimmed(_ range: Range<Int>, in bytes: [UInt8]) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, self.isFoldingByte(bytes[start]) { start += 1 }
        while end > start, self.isFoldingByte(bytes[end - 1]) { end -= 1 }
        return start..<end
    }

    @inline(__always)
    private static func isFoldingByte(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A
    }
}
