internal import MailBytes
internal import NIOCore

/// Lines, and the literals of commands other than APPEND.
extension IMAPFramer {
    mutating func stepLine() -> Step {
        guard let lineFeed = self.findLineFeed() else {
            let octets = self.lineOctets + self.input.readableBytes - self.lineStart
            return octets > self.limits.lineOctetsMax ? self.refuse(.lineTooLong) : .needsBytes
        }
        guard self.lineOctets + lineFeed - self.lineStart <= self.limits.lineOctetsMax else {
            return self.refuse(.lineTooLong)
        }
        guard let literal = AnnouncedLiteral(in: self.input, from: self.lineStart, lineFeed: lineFeed) else {
            return .frame(self.takeCommand(lineFeed: lineFeed))
        }
        if self.isMessageOfAppend(literal) { return self.beginAppend(literal, lineFeed: lineFeed) }
        return self.announce(literal, lineFeed: lineFeed)
    }

    mutating func stepLiteral(_ octets: Int) -> Step {
        guard self.input.readableBytes - self.lineStart >= octets else { return .needsBytes }
        self.lineStart += octets
        self.scanned = 0
        self.state = .line
        return .again
    }

    /// A line that is no command: nothing in it announces a literal.
    mutating func stepPlainLine(_ frame: (ByteBuffer) -> IMAPFrame) -> Step {
        guard let lineFeed = self.findLineFeed() else {
            return self.input.readableBytes > self.limits.lineOctetsMax ? self.close(.lineTooLong) : .needsBytes
        }
        guard lineFeed <= self.limits.lineOctetsMax else { return self.close(.lineTooLong) }
        let isIdle = if case .idle = self.state { true } else { false }
        let line = self.takeLine(lineFeed: lineFeed)
        self.state = isIdle ? .line : .stopped
        return .frame(frame(line))
    }

    /// Position of the LF that ends the current line, counted from the first byte of `input`.
    ///
    /// - Complexity: looks at each byte once, however small the pieces in which they arrive.
    mutating func findLineFeed() -> Int? {
        let found = Self.lineFeed(in: self.input, from: self.lineStart + self.scanned)
        if found == nil { self.scanned = self.input.readableBytes - self.lineStart }
        return found
    }

    private static func lineFeed(in buffer: ByteBuffer, from start: Int) -> Int? {
        let bytes = buffer.readableBytesUInt8Span
        var index = start
        while index < bytes.count {
            if bytes[index] == ASCII.lineFeed { return index }
            index += 1
        }
        return nil
    }

    /// `DONE` in any case. RFC 9051 §6.3.13.
    static func isDone(_ line: ByteBuffer) -> Bool {
        line.readableBytes == 4 && zip(line.readableBytesView, "DONE".utf8).allSatisfy { $0 & 0xDF == $1 }
    }

    /// Everything up to the line's end, without its CRLF; the framer is at the next command.
    private mutating func takeLine(lineFeed: Int) -> ByteBuffer {
        var end = lineFeed
        if end > self.lineStart, self.input.readableBytesUInt8Span[end - 1] == ASCII.carriageReturn { end -= 1 }
        let line = self.input.getSlice(at: self.input.readerIndex, length: end) ?? ByteBuffer()
        self.beginCommand(consuming: lineFeed + 1)
        return line
    }

    private mutating func takeCommand(lineFeed: Int) -> IMAPFrame {
        let command = self.takeLine(lineFeed: lineFeed)
        let stops = Self.stopsFramer(command)
        if stops { self.state = .stopped }
        return .command(command, stops: stops)
    }

    /// Whether the bytes after this command are no commands, or not yet: AUTHENTICATE, STARTTLS and IDLE.
    private static func stopsFramer(_ command: ByteBuffer) -> Bool {
        var cursor = WireCursor(command)
        let tagLength = cursor.run(limit: IMAPLimits.tagOctetsMax, IMAPByteClass.isTag)
        guard let initial = cursor.peek(tagLength + 1).map(ASCII.lowercased),
            initial == UInt8(ascii: "a") || initial == UInt8(ascii: "s") || initial == UInt8(ascii: "i")
        else { return false }
        cursor.advance(by: tagLength)
        guard cursor.skip(ASCII.space) else { return false }
        return cursor.skipName("AUTHENTICATE") || cursor.skipName("STARTTLS") || cursor.skipName("IDLE")
    }

    private mutating func announce(_ literal: AnnouncedLiteral, lineFeed: Int) -> Step {
        if let reason = self.objection(to: literal) { return self.refuse(reason, literal, lineFeed: lineFeed) }
        self.lineOctets += lineFeed + 1 - self.lineStart
        self.literalCount += 1
        self.literalOctets += literal.octets
        self.lineStart = lineFeed + 1
        self.scanned = 0
        guard literal.isSynchronizing else {
            self.state = .literal(octets: literal.octets)
            return .again
        }
        self.state = .literalAnswer(octets: literal.octets)
        return .frame(.literalAnnounced(octets: literal.octets))
    }

    private func objection(to literal: AnnouncedLiteral) -> IMAPRefusal.Reason? {
        if self.literalCount >= self.limits.literalsMax { return .literalsTooMany }
        if literal.octets > self.limits.literalOctetsMax { return .literalTooLong }
        if !literal.isSynchronizing, literal.octets > self.limits.nonSynchronizingLiteralOctetsMax {
            return .literalTooLong
        }
        return literal.octets > self.limits.literalsOctetsMax - self.literalOctets ? .literalsTooLong : nil
    }
}

/// The literal a line announces at its very end: `{n}`, or `{n+}` when it follows unasked. RFC 9051 §4.3, RFC 7888 §3.
struct AnnouncedLiteral {
    /// Saturated: whoever announces 2^63 octets or more gets the same answer as for 2^63 - 1.
    var octets: Int
    var isSynchronizing: Bool
    /// Where its `{` stands, counted from the first byte of the buffer.
    var start: Int

    /// No number of so many digits is followed, whatever its value, where the `{` may be out of sight.
    private static let digitsMax = 20

    /// - Parameters:
    ///   - lineStart: position of the line's first byte, counted from the first readable byte of `buffer`.
    ///   - lineFeed: position of its LF, counted likewise.
    ///   - isTail: only the line's end is there, as much as ``digitsMax`` digits and what goes with them need.
    init?(in buffer: ByteBuffer, from lineStart: Int, lineFeed: Int, isTail: Bool = false) {
        let bytes = buffer.readableBytesUInt8Span
        var index = lineFeed - 1
        if index >= lineStart, bytes[index] == ASCII.carriageReturn { index -= 1 }
        guard index >= lineStart, bytes[index] == UInt8(ascii: "}") else { return nil }
        index -= 1
        self.isSynchronizing = !(index >= lineStart && bytes[index] == UInt8(ascii: "+"))
        if !self.isSynchronizing { index -= 1 }
        let last = index
        while index >= lineStart, ASCII.isDigit(bytes[index]) { index -= 1 }
        if isTail, last - index > Self.digitsMax {
            self.start = index + 1
            self.octets = .max
            return
        }
        guard index >= lineStart, index < last, bytes[index] == UInt8(ascii: "{") else { return nil }
        self.start = index
        var octets = 0
        for position in (index + 1)...last {
            let (product, overflow) = octets.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(bytes[position] - UInt8(ascii: "0")))
            octets = overflow || carry ? .max : sum
            if octets == .max { break }
        }
        self.octets = octets
    }
}
