internal import MailBytes

/// One encoded word of a header: `=?charset*language?encoding?text?=`. RFC 2047 §2, RFC 2231 §5.
struct EncodedWord {
    var charset: String
    /// The text with its base64 or quoted-printable undone, still in its charset.
    var bytes: [UInt8]
    /// Where it ends.
    var end: Int

    /// Reads an encoded word at `start`, which real mail also breaks: blanks inside, no `?=` at its end, base64
    /// without its padding.
    ///
    /// - Returns: `nil` when none stands there.
    static func parse(_ bytes: Span<UInt8>, at start: Int, before end: Int) -> EncodedWord? {
        guard start + 6 < end, bytes[start] == UInt8(ascii: "="), bytes[start + 1] == UInt8(ascii: "?"),
            let charsetEnd = Self.questionMark(bytes, from: start + 2, before: min(end, start + 80)),
            charsetEnd + 2 < end, bytes[charsetEnd + 2] == UInt8(ascii: "?")
        else { return nil }
        let textStart = charsetEnd + 3
        guard let textEnd = Self.textEnd(bytes, from: textStart, before: end) else { return nil }
        let text = bytes.extracting(textStart..<textEnd)
        var decoded: [UInt8] = []
        switch ASCII.lowercased(bytes[charsetEnd + 1]) {
        case UInt8(ascii: "b"): Base64.decodeLeniently(text, into: &decoded)
        case UInt8(ascii: "q"): Self.decodeQ(text, into: &decoded)
        default: return nil
        }
        var charset: [UInt8] = []
        for index in (start + 2)..<charsetEnd {
            guard bytes[index] != UInt8(ascii: "*") else { break }
            charset.append(bytes[index])
        }
        return EncodedWord(
            charset: String(decoding: charset, as: UTF8.self),
            bytes: decoded,
            end: min(textEnd + 2, end)
        )
    }

    /// The `?` that ends a charset, which holds no blank and is not empty.
    private static func questionMark(_ bytes: Span<UInt8>, from start: Int, before end: Int) -> Int? {
        for index in start..<max(start, end) {
            let byte = bytes[index]
            if byte == UInt8(ascii: "?") { return index > start ? index : nil }
            if byte <= ASCII.space || byte >= 0x7F { return nil }
        }
        return nil
    }

    /// Where `?=` stands; the end of the bytes where the last word lacks it.
    private static func textEnd(_ bytes: Span<UInt8>, from start: Int, before end: Int) -> Int? {
        var index = start
        var hasBlank = false
        while index + 1 < end {
            if bytes[index] == UInt8(ascii: "?"), bytes[index + 1] == UInt8(ascii: "=") { return index }
            if bytes[index] == UInt8(ascii: "="), bytes[index + 1] == UInt8(ascii: "?"), index + 2 < end,
                bytes[index + 2] != UInt8(ascii: "=")
            {
                return nil
            }
            hasBlank = hasBlank || bytes[index] <= ASCII.space
            index += 1
        }
        return hasBlank || start >= end ? nil : end
    }

    /// The Q encoding: quoted-printable in which `_` is a space. RFC 2047 §4.2.
    private static func decodeQ(_ text: Span<UInt8>, into bytes: inout [UInt8]) {
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "_") {
                bytes.append(ASCII.space)
            } else if byte == UInt8(ascii: "="), index + 1 < text.count,
                let high = QuotedPrintable.value(of: text[index]), let low = QuotedPrintable.value(of: text[index + 1])
            {
                bytes.append(high << 4 | low)
                index += 2
            } else if byte != ASCII.carriageReturn, byte != ASCII.lineFeed {
                bytes.append(byte)
            }
        }
    }
}
