internal import MailBytes
internal import NIOCore

/// The literal that a line announces at its very end: `{n+}`. RFC 5804 §4.
///
/// Only where a string may begin: at the start of a line or behind a space, and not within a quoted string.
struct AnnouncedLiteral {
    /// Saturated: whoever announces 2^63 octets or more gets the same answer as for 2^63 - 1.
    var octets: Int
    /// Where its `{` stands, counted from the first readable byte of the buffer.
    var start: Int

    /// Zeros before a number count too; where the `{` may be out of sight, so many digits are no number to be followed.
    private static let digitsMax = 20

    /// - Parameters:
    ///   - lineStart: position of the line's first byte, counted from the first readable byte of `buffer`.
    ///   - lineFeed: position of its LF, counted likewise.
    ///   - isTail: perhaps only the line's end is there, so that nobody knows what is quoted.
    init?(in buffer: ByteBuffer, from lineStart: Int, lineFeed: Int, isTail: Bool = false) {
        let bytes = buffer.readableBytesUInt8Span
        var index = lineFeed - 1
        if index >= lineStart, bytes[index] == ASCII.carriageReturn { index -= 1 }
        guard index >= lineStart, bytes[index] == UInt8(ascii: "}") else { return nil }
        index -= 1
        if index >= lineStart, bytes[index] == UInt8(ascii: "+") { index -= 1 }
        let last = index
        while index >= lineStart, ASCII.isDigit(bytes[index]) { index -= 1 }
        if isTail, last - index > Self.digitsMax {
            self.start = index + 1
            self.octets = .max
            return
        }
        guard index >= lineStart, index < last, bytes[index] == UInt8(ascii: "{"),
            index == lineStart || bytes[index - 1] == ASCII.space,
            isTail || !Self.isQuoted(at: index, in: bytes, from: lineStart)
        else { return nil }
        self.start = index
        self.octets = Self.number(bytes, (index + 1)...last)
    }

    private static func isQuoted(at end: Int, in bytes: Span<UInt8>, from lineStart: Int) -> Bool {
        var isQuoted = false
        var index = lineStart
        while index < end {
            if bytes[index] == ASCII.quote { isQuoted.toggle() }
            index += isQuoted && bytes[index] == ASCII.backslash ? 2 : 1
        }
        return isQuoted
    }

    private static func number(_ bytes: Span<UInt8>, _ digits: ClosedRange<Int>) -> Int {
        var number = 0
        for index in digits {
            let (product, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(bytes[index] - 0x30))
            if overflow || carry { return .max }
            number = sum
        }
        return number
    }
}
