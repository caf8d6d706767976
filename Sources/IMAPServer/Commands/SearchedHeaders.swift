internal import IMAPWire
internal import MIME
internal import MailBytes

/// The headers of one message as the keys of one search look into them.
///
/// Most fields are one plain line and are looked at where they lie. What must be decoded first is decoded when a key
/// asks for it and kept for the other keys, of which there may be a thousand. How long a header is its sender decides,
/// so only so much of it is searched; what lies beyond is as good as not there.
struct SearchedHeaders {
    /// Octets of a message's own header that are searched: every key goes through them anew. Real headers have ten or
    /// twenty KiB, those of a letter to thousands some hundred.
    static let octetsMax = 1_024 * 1_024
    /// Octets of the headers of all its parts that one key searches: a digest of a thousand messages has so many. Only
    /// BODY and TEXT look there, and of those a search has few (`IMAPLimits.searchTextsMax`).
    static let partOctetsMax = 4 * 1_024 * 1_024
    /// Each field counts for so many octets at least, which bounds how many there are.
    private static let fieldOctetsMin = 64

    /// The text of fields that had to be decoded, by what of the message it was made of.
    private var decoded: [Range<Int>: [UInt8]] = [:]
    /// The same as keys with letters beyond ASCII are compared with it.
    private var folded: [Range<Int>: [UInt8]] = [:]
    /// The inner `nil`: there is no date that can be read.
    private var knownSentDay: Int??

    // MARK: - The message's own header

    /// The day the Date field names, without regard to its zone; `nil` when there is none that can be read.
    ///
    /// Of several fields the last one counts, as in ENVELOPE, which also reads no more than ``MIMELimits/fieldsMax``.
    mutating func sentDay(of message: Span<UInt8>) -> Int? {
        if let known = self.knownSentDay { return known }
        let day = Self.day(ofLastDateIn: message)
        self.knownSentDay = .some(day)
        return day
    }

    private static func day(ofLastDateIn message: Span<UInt8>) -> Int? {
        var value: Range<Int>?
        var scanner = HeaderScanner()
        var count = 0
        while count < MIMELimits.fieldsMax, let field = scanner.next(in: message) {
            count += 1
            if HeaderName.date.matches(field.name, in: message) { value = field.value }
        }
        guard let value, let date = RFC5322Date.parse(value, in: message),
            let day = CalendarDate(year: date.year, month: date.month, day: date.day)
        else { return nil }
        return day.daysSince1970
    }

    /// Whether a field of that name holds the text; the empty text asks for the field alone.
    mutating func field(_ name: HeaderName, of message: Span<UInt8>, holds needle: SearchNeedle) -> Bool {
        var scanner = HeaderScanner()
        var octetsLeft = Self.octetsMax
        while let field = Self.next(&scanner, in: message, before: message.count, &octetsLeft) {
            guard name.matches(field.name, in: message) else { continue }
            if needle.isEmpty || self.text(field.value, of: message, holds: needle) { return true }
        }
        return false
    }

    /// Whether any line of the header holds the text, names of fields included.
    mutating func anyField(of message: Span<UInt8>, holds needle: SearchNeedle) -> Bool {
        var octetsLeft = Self.octetsMax
        return self.header(at: 0..<message.count, of: message, &octetsLeft, holds: needle)
    }

    // MARK: - Headers of parts

    /// Whether any line of the headers of the message's parts holds the text.
    mutating func parts(_ structure: MIMEStructure, of message: Span<UInt8>, holds needle: SearchNeedle) -> Bool {
        var octetsLeft = Self.partOctetsMax
        for part in structure.parts.dropFirst() {
            if self.header(at: part.header, of: message, &octetsLeft, holds: needle) { return true }
        }
        return false
    }

    /// Whether any line of the header at `range` holds the text.
    ///
    /// - Parameter octetsLeft: how much may still be searched for this key; what was searched is taken off it.
    mutating func header(
        at range: Range<Int>,
        of message: Span<UInt8>,
        _ octetsLeft: inout Int,
        holds needle: SearchNeedle
    ) -> Bool {
        if needle.isEmpty { return true }
        var scanner = HeaderScanner(at: range.lowerBound)
        while let field = Self.next(&scanner, in: message, before: range.upperBound, &octetsLeft) {
            if self.text(field.whole, of: message, holds: needle) { return true }
        }
        return false
    }

    /// The next field of a header, cut where nothing is left.
    private static func next(
        _ scanner: inout HeaderScanner,
        in message: Span<UInt8>,
        before end: Int,
        _ octetsLeft: inout Int
    ) -> HeaderField? {
        guard octetsLeft > 0 else { return nil }
        let limit = min(end, scanner.position + octetsLeft)
        guard let field = scanner.next(in: message, before: limit) else { return nil }
        octetsLeft -= max(field.whole.count, Self.fieldOctetsMin)
        return field
    }

    // MARK: - Text of a field

    /// Each run of blanks is one space, as ENVELOPE shows it: where a mailer folded a line is not to be seen.
    private mutating func text(_ range: Range<Int>, of message: Span<UInt8>, holds needle: SearchNeedle) -> Bool {
        if let known = needle.isASCII ? self.decoded[range] : self.folded[range] {
            return needle.isFound(inFolding: known.span)
        }
        let bytes = message.extracting(range)
        if Self.isPlain(bytes) { return needle.isASCII && needle.isFound(inFolding: bytes) }
        let text = self.decoded[range] ?? Self.withSingleBlanks(HeaderText.decode(range, in: message))
        if needle.isASCII {
            self.decoded[range] = text
            return needle.isFound(inFolding: text.span)
        }
        let folded = SearchNeedle.folded(String(decoding: text, as: UTF8.self))
        self.folded[range] = folded
        return needle.isFound(inFolding: folded.span)
    }

    /// Whether there is nothing to unfold, decode or shorten, which is only so where all is ASCII.
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

    private static func withSingleBlanks(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            let isBlank = ASCII.isBlank(byte)
            if !isBlank || bytes.last != ASCII.space { bytes.append(isBlank ? ASCII.space : byte) }
        }
        return bytes
    }
}
