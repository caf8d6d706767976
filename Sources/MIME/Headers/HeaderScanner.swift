internal import MailBytes

/// One header field as ranges into the message it stands in.
package struct HeaderField: Hashable, Sendable {
    /// Without the colon and the blanks before it; empty for a line that has no colon and so no name.
    package var name: Range<Int>
    /// From the first byte after the colon's blanks to before the last line end; folds are still in it.
    package var value: Range<Int>
    /// The field's lines whole, last line end included.
    package var whole: Range<Int>
}

/// Reads a message's header field by field without copying a byte.
///
/// It takes header lines as real mail has them: CRLF or bare LF, lines without a colon, blanks before the colon,
/// 8-bit bytes, an end without an empty line. RFC 5322 §2.2, §2.2.3.
///
///     var scanner = HeaderScanner()
///     while let field = scanner.next(in: message) { … }
///     // scanner.position is now where the body starts
package struct HeaderScanner: Sendable {
    /// Where the next field starts; after the last one, where the body starts.
    package private(set) var position: Int
    /// Whether the empty line that ends a header has been read.
    package private(set) var hasSeenEmptyLine = false

    /// - Parameter position: where the header starts.
    package init(at position: Int = 0) {
        self.position = position
    }

    /// The next field; `nil` once the empty line is consumed or the bytes are at their end.
    package mutating func next(in bytes: Span<UInt8>) -> HeaderField? {
        self.next(in: bytes, before: bytes.count)
    }

    /// The same where the header ends before `end`, as a part's may without an empty line.
    package mutating func next(in bytes: Span<UInt8>, before end: Int) -> HeaderField? {
        guard self.position < end, !self.hasSeenEmptyLine else { return nil }
        let start = self.position
        if let emptyLine = Self.lengthOfEmptyLine(at: start, in: bytes, before: end) {
            self.position = start + emptyLine
            self.hasSeenEmptyLine = true
            return nil
        }
        var lineEnd = bytes.firstIndex(of: ASCII.lineFeed, from: start, to: end) ?? end
        let firstLineEnd = Self.trimmingCarriageReturn(lineEnd, start: start, in: bytes, before: end)
        while lineEnd + 1 < end, ASCII.isBlank(bytes[lineEnd + 1]) {
            lineEnd = bytes.firstIndex(of: ASCII.lineFeed, from: lineEnd + 1, to: end) ?? end
        }
        let valueEnd = Self.trimmingCarriageReturn(lineEnd, start: start, in: bytes, before: end)
        self.position = min(lineEnd + 1, end)
        let whole = start..<self.position
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":"), from: start, to: firstLineEnd) else {
            return HeaderField(name: start..<start, value: start..<valueEnd, whole: whole)
        }
        var nameEnd = colon
        while nameEnd > start, ASCII.isBlank(bytes[nameEnd - 1]) { nameEnd -= 1 }
        let valueStart = Self.valueStart(after: colon, firstLineEnd: firstLineEnd, in: bytes)
        return HeaderField(name: start..<nameEnd, value: valueStart..<valueEnd, whole: whole)
    }

    /// 1 or 2 when an empty line stands at `start`.
    @inline(__always)
    static func lengthOfEmptyLine(at start: Int, in bytes: Span<UInt8>, before end: Int) -> Int? {
        guard start < end else { return nil }
        if bytes[start] == ASCII.lineFeed { return 1 }
        if bytes[start] == ASCII.carriageReturn, start + 1 < end, bytes[start + 1] == ASCII.lineFeed { return 2 }
        return nil
    }

    @inline(__always)
    private static func trimmingCarriageReturn(
        _ lineFeed: Int,
        start: Int,
        in bytes: Span<UInt8>,
        before end: Int
    ) -> Int {
        lineFeed < end && lineFeed > start && bytes[lineFeed - 1] == ASCII.carriageReturn ? lineFeed - 1 : lineFeed
    }

    /// All blanks after the colon are skipped, unless there is nothing else on the line: then only the first.
    @inline(__always)
    private static func valueStart(after colon: Int, firstLineEnd: Int, in bytes: Span<UInt8>) -> Int {
        var start = colon + 1
        while start < firstLineEnd, ASCII.isBlank(bytes[start]) { start += 1 }
        return start == firstLineEnd ? min(colon + 2, firstLineEnd) : start
    }
}

/// Looking up single fields of a message's outermost header.
extension HeaderScanner {
    /// The first field of that name.
    package static func first(_ name: HeaderName, in message: Span<UInt8>) -> HeaderField? {
        var scanner = HeaderScanner()
        while let field = scanner.next(in: message) {
            if name.matches(field.name, in: message) { return field }
        }
        return nil
    }

    /// The last field of that name.
    package static func last(_ name: HeaderName, in message: Span<UInt8>) -> HeaderField? {
        var found: HeaderField?
        var scanner = HeaderScanner()
        while let field = scanner.next(in: message) {
            if name.matches(field.name, in: message) { found = field }
        }
        return found
    }

    /// How many fields have that name; for `Received` the number of hosts a message went through. RFC 5321 §6.3.
    package static func count(_ name: HeaderName, in message: Span<UInt8>) -> Int {
        var count = 0
        var scanner = HeaderScanner()
        while let field = scanner.next(in: message) {
            if name.matches(field.name, in: message) { count += 1 }
        }
        return count
    }

    /// Octets of the header, the empty line included; the whole message where none ends it.
    package static func headerOctets(of message: Span<UInt8>) -> Int {
        var scanner = HeaderScanner()
        while scanner.next(in: message) != nil {}
        return scanner.position
    }
}
