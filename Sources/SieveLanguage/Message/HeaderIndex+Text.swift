internal import MIME
internal import MailBytes

/// Making values readable.
extension HeaderIndex {
    /// A field's value as ``text(at:)`` gives it.
    static func readable(_ range: Range<Int>, in bytes: Span<UInt8>) -> [UInt8] {
        let part = Self.readablePart(of: range)
        let end = part.upperBound
        if Self.isPlain(part, in: bytes) { return Self.trimmed(part, in: bytes) }
        var text: [UInt8] = []
        text.reserveCapacity(end - range.lowerBound)
        for index in range.lowerBound..<end {
            let byte = bytes[index]
            if byte >= 0x80 || byte == 0 || byte == UInt8(ascii: "=") && index + 1 < end && bytes[index + 1] == 0x3F {
                return Self.trimmed(Array(HeaderText.decode(range, in: bytes).utf8))
            }
            if byte == ASCII.carriageReturn || byte == ASCII.lineFeed { continue }
            // The tab that begins a folded line is a space to scripts, most of which were written where it is one.
            let isFold = byte == ASCII.tab && index > range.lowerBound && bytes[index - 1] == ASCII.lineFeed
            text.append(isFold ? ASCII.space : byte)
        }
        return Self.trimmed(text)
    }

    /// What of a value is looked at.
    static func readablePart(of range: Range<Int>) -> Range<Int> { range.prefix(MIMELimits.fieldOctetsMax) }

    /// Whether it is one line of ASCII without an encoded word: most fields are.
    static func isPlain(_ range: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        var last: UInt8 = 0
        for index in range {
            let byte = bytes[index]
            if byte >= 0x80 || byte < 0x20 && byte != ASCII.tab { return false }
            if byte == UInt8(ascii: "?"), last == UInt8(ascii: "=") { return false }
            last = byte
        }
        return true
    }

    private static func trimmed(_ range: Range<Int>, in bytes: Span<UInt8>) -> [UInt8] {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, ASCII.isBlank(bytes[start]) { start += 1 }
        while end > start, ASCII.isBlank(bytes[end - 1]) { end -= 1 }
        return unsafe bytes.extracting(start..<end).withUnsafeBufferPointer { unsafe Array($0) }
    }

    static func trimmed(_ text: [UInt8]) -> [UInt8] {
        func isBlank(_ byte: UInt8?) -> Bool {
            guard let byte else { return false }
            return ASCII.isBlank(byte) || byte == ASCII.carriageReturn || byte == ASCII.lineFeed
        }
        guard isBlank(text.first) || isBlank(text.last) else { return text }
        let start = text.firstIndex { !isBlank($0) } ?? text.endIndex
        let end = text.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start
        return Array(text[start..<end])
    }
}
