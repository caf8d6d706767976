/// Text with `=3D` for what may not stand as it is. RFC 2045 §6.7.
package enum QuotedPrintable {
    /// Octets of an encoded line, the soft break's `=` included, the line end not. RFC 2045 §6.7 (5).
    package static let lineOctetsMax = 76

    private static let digits: [UInt8] = Array("0123456789ABCDEF".utf8)

    /// Appends what the text stands for; broken escapes stay as they are, blanks before a line end are dropped.
    package static func decode(_ text: Span<UInt8>, into bytes: inout [UInt8]) {
        bytes.reserveCapacity(bytes.count + text.count)
        var index = 0
        /// Where the blanks started that a line end would drop.
        var blanks: Int?
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "=") {
                blanks = nil
                index += Self.decodeEscape(text, at: index, into: &bytes)
                continue
            }
            if byte == ASCII.lineFeed || byte == ASCII.carriageReturn && Self.isLineFeed(text, at: index + 1) {
                if let start = blanks { bytes.removeLast(bytes.count - start) }
                blanks = nil
            } else if ASCII.isBlank(byte) {
                blanks = blanks ?? bytes.count
            } else {
                blanks = nil
            }
            bytes.append(byte)
            index += 1
        }
    }

    private static func isLineFeed(_ text: Span<UInt8>, at index: Int) -> Bool {
        index < text.count && text[index] == ASCII.lineFeed
    }

    /// Decodes `=XX` or a soft line break at `start`.
    ///
    /// - Returns: How many octets it took.
    private static func decodeEscape(_ text: Span<UInt8>, at start: Int, into bytes: inout [UInt8]) -> Int {
        if start + 2 < text.count, let high = Self.value(of: text[start + 1]), let low = Self.value(of: text[start + 2])
        {
            bytes.append(high << 4 | low)
            return 3
        }
        var index = start + 1
        while index < text.count, ASCII.isBlank(text[index]) { index += 1 }
        if index == text.count { return index - start }
        if text[index] == ASCII.lineFeed { return index + 1 - start }
        if text[index] == ASCII.carriageReturn, Self.isLineFeed(text, at: index + 1) { return index + 2 - start }
        bytes.append(UInt8(ascii: "="))
        return 1
    }

    /// 0 to 15 for a hexadecimal digit of either case.
    package static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }

    /// Appends the encoded form of text whose line ends are CRLF or LF; it has CRLF ones.
    package static func encode(_ bytes: Span<UInt8>, into text: inout [UInt8]) {
        var column = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == ASCII.lineFeed || byte == ASCII.carriageReturn && Self.isLineFeed(bytes, at: index + 1) {
                text.append(contentsOf: [ASCII.carriageReturn, ASCII.lineFeed])
                column = 0
                index += byte == ASCII.lineFeed ? 1 : 2
                continue
            }
            let endsLine =
                index + 1 == bytes.count || bytes[index + 1] == ASCII.lineFeed
                || bytes[index + 1] == ASCII.carriageReturn
            let isPlain = byte >= 33 && byte <= 126 && byte != UInt8(ascii: "=") || ASCII.isBlank(byte) && !endsLine
            let width = isPlain ? 1 : 3
            if column + width > Self.lineOctetsMax - 1 {
                text.append(contentsOf: [UInt8(ascii: "="), ASCII.carriageReturn, ASCII.lineFeed])
                column = 0
            }
            if isPlain {
                text.append(byte)
            } else {
                text.append(contentsOf: [UInt8(ascii: "="), Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]])
            }
            column += width
            index += 1
        }
    }
}
