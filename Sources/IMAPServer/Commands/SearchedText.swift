internal import IMAPWire
internal import MIME
internal import MailBytes

/// The words of a message as its reader sees them: encodings undone, charsets converted. RFC 9051 §6.4.4.
enum SearchedText {
    /// The day the Date field names, without regard to its zone; `nil` when there is none that can be read.
    static func sentDay(of message: Span<UInt8>) -> Int? {
        guard let field = HeaderScanner.first(.date, in: message),
            let date = RFC5322Date.parse(field.value, in: message),
            let day = CalendarDate(year: date.year, month: date.month, day: date.day)
        else { return nil }
        return day.daysSince1970
    }

    /// Whether a field of that name holds the text; the empty text asks for the field alone.
    static func header(_ name: HeaderName, of message: Span<UInt8>, holds needle: SearchNeedle) -> Bool {
        var scanner = HeaderScanner()
        while let field = scanner.next(in: message) {
            guard name.matches(field.name, in: message) else { continue }
            if needle.isEmpty || Self.field(field.value, of: message, holds: needle) { return true }
        }
        return false
    }

    /// Whether any line of the message's header holds the text, names of fields included.
    static func header(of message: Span<UInt8>, holds needle: SearchNeedle) -> Bool {
        Self.header(at: 0..<message.count, of: message, holds: needle)
    }

    /// The same of the headers of its parts.
    static func partHeaders(of message: Span<UInt8>, _ structure: MIMEStructure, holds needle: SearchNeedle) -> Bool {
        structure.parts.dropFirst().contains { Self.header(at: $0.header, of: message, holds: needle) }
    }

    /// Whether the text of any part holds the text, or the header of an enclosed message.
    static func body(of message: Span<UInt8>, _ structure: MIMEStructure, holds needle: SearchNeedle) -> Bool {
        if needle.isEmpty { return true }
        for part in structure.parts {
            if let parent = part.parent, structure.parts[parent].kind == .message,
                Self.header(at: part.header, of: message, holds: needle)
            {
                return true
            }
            if BodyText.isSearchable(part), Self.part(part, of: message, holds: needle) { return true }
        }
        return false
    }

    // MARK: - Pieces

    private static func header(at range: Range<Int>, of message: Span<UInt8>, holds needle: SearchNeedle) -> Bool {
        if needle.isEmpty { return true }
        var scanner = HeaderScanner(at: range.lowerBound)
        while let field = scanner.next(in: message, before: range.upperBound) {
            if Self.field(field.whole, of: message, holds: needle) { return true }
        }
        return false
    }

    /// Most fields are one plain line and are looked at where they lie. In the others each run of blanks is one space,
    /// as ENVELOPE shows it: where a mailer folded a line is not to be seen.
    private static func field(_ range: Range<Int>, of message: Span<UInt8>, holds needle: SearchNeedle) -> Bool {
        let bytes = message.extracting(range)
        if needle.isASCII, Self.isPlain(bytes) { return needle.isFound(inFolding: bytes) }
        return needle.isFound(in: Self.withSingleBlanks(HeaderText.decode(range, in: message)))
    }

    /// Whether there is nothing to unfold, decode or shorten.
    private static func isPlain(_ bytes: Span<UInt8>) -> Bool {
        var end = bytes.count
        while end > 0, bytes[end - 1] == ASCII.lineFeed || bytes[end - 1] == ASCII.carriageReturn { end -= 1 }
        var wasBlank = false
        for index in 0..<end {
            let byte = bytes[index]
            if byte >= 0x80 || byte == ASCII.lineFeed || byte == ASCII.tab { return false }
            if byte == ASCII.space, wasBlank { return false }
            wasBlank = byte == ASCII.space
            if byte == UInt8(ascii: "="), index + 1 < end, bytes[index + 1] == UInt8(ascii: "?") { return false }
        }
        return true
    }

    private static func withSingleBlanks(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            let isBlank = ASCII.isBlank(byte)
            if !isBlank || bytes.last != ASCII.space { bytes.append(isBlank ? ASCII.space : byte) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func part(_ part: MIMEPart, of message: Span<UInt8>, holds needle: SearchNeedle) -> Bool {
        if needle.isASCII, Self.liesOpen(part, of: message) {
            return needle.isFound(inFolding: message.extracting(part.body))
        }
        return needle.isFound(in: BodyText.decode(part, of: message))
    }

    /// Whether ASCII text stands in the part's bytes as it is.
    private static func liesOpen(_ part: MIMEPart, of message: Span<UInt8>) -> Bool {
        if let encoding = part.fields.transferEncoding, TransferEncoding(encoding, in: message) != .identity {
            return false
        }
        guard let charset = part.contentType?.charset?.lowercased() else { return true }
        return ["us-ascii", "ascii", "utf-8", "utf8"].contains(charset) || charset.hasPrefix("iso-8859-")
            || charset.hasPrefix("windows-125")
    }
}
