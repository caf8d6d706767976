package import NIOCore

/// A read position inside one complete, already framed command.
///
/// The framer hands over whole commands, so running out of bytes here is a syntax error and never a reason to wait.
/// Every `take…` either consumes what it names and returns it, or leaves the position alone and throws.
package struct WireCursor: Sendable {
    private let frame: ByteBuffer

    /// Bytes consumed so far; the position reported in a ``WireSyntaxError``.
    package private(set) var offset = 0

    package init(_ frame: ByteBuffer) {
        self.frame = frame
    }

    package var isAtEnd: Bool { self.offset == self.frame.readableBytes }

    /// The next byte, not consumed; `nil` at the end.
    package var next: UInt8? {
        let bytes = self.frame.readableBytesUInt8Span
        return self.offset < bytes.count ? bytes[self.offset] : nil
    }

    /// Consumes `byte` if it is next.
    ///
    /// - Returns: Whether it was.
    package mutating func skip(_ byte: UInt8) -> Bool {
        guard self.next == byte else { return false }
        self.offset += 1
        return true
    }

    /// Consumes exactly this byte, or throws what was expected in its place.
    package mutating func expect(
        _ byte: UInt8,
        _ expected: WireSyntaxError.Expectation
    ) throws(WireSyntaxError) {
        guard self.skip(byte) else { throw self.syntaxError(expected) }
    }

    /// One space, as the grammar separates nearly everything.
    package mutating func expectSpace() throws(WireSyntaxError) {
        try self.expect(0x20, .space)
    }

    package mutating func expectOpen() throws(WireSyntaxError) {
        try self.expect(UInt8(ascii: "("), .openParenthesis)
    }

    package mutating func expectClose() throws(WireSyntaxError) {
        try self.expect(UInt8(ascii: ")"), .closeParenthesis)
    }

    package func expectEnd() throws(WireSyntaxError) {
        guard self.isAtEnd else { throw self.syntaxError(.endOfCommand) }
    }

    /// Runs a rule and takes the position back if it throws, so that a failed `take…` has consumed nothing.
    mutating func whole<Value>(
        _ rule: (inout Self) throws(WireSyntaxError) -> Value
    ) throws(WireSyntaxError) -> Value {
        let start = self.offset
        do {
            return try rule(&self)
        } catch {
            self.offset = start
            throw error
        }
    }

    /// Length of the run of bytes of one class from here, at most `limit` + 1.
    func run(limit: Int, _ isMember: (UInt8) -> Bool) -> Int {
        let bytes = self.frame.readableBytesUInt8Span
        var end = self.offset
        while end < bytes.count, end - self.offset <= limit, isMember(bytes[end]) { end += 1 }
        return end - self.offset
    }

    /// The byte `distance` behind the next one; `nil` beyond the end.
    func peek(_ distance: Int) -> UInt8? {
        let bytes = self.frame.readableBytesUInt8Span
        return self.offset + distance < bytes.count ? bytes[self.offset + distance] : nil
    }

    /// - Precondition: so many bytes are there, as ``run(limit:_:)`` or ``remaining`` have told.
    mutating func advance(by count: Int) {
        precondition(count <= self.remaining, "the cursor stays inside its frame")
        self.offset += count
    }

    /// The next `count` bytes as text; what is not UTF-8 becomes U+FFFD. The position moves behind them.
    mutating func takeText(_ count: Int) -> String {
        let text = self.frame.getString(at: self.frame.readerIndex + self.offset, length: count) ?? ""
        self.advance(by: count)
        return text
    }

    mutating func takeBytes(_ count: Int) -> [UInt8] {
        let bytes = self.frame.getBytes(at: self.frame.readerIndex + self.offset, length: count) ?? []
        self.advance(by: count)
        return bytes
    }

    /// Bytes not yet consumed.
    var remaining: Int { self.frame.readableBytes - self.offset }

    func syntaxError(_ expected: WireSyntaxError.Expectation) -> WireSyntaxError {
        WireSyntaxError(expected: expected, offset: self.offset)
    }
}
