internal import MailBytes
internal import NIOCore

/// Lines and their literals, and getting past those that are refused without keeping them.
extension ManageSieveFramer {
    /// Bytes of an unfinished line kept while skipping: enough for any literal's announcement at its end.
    private static let skippedTail = 32

    mutating func stepLine() -> Step {
        guard let lineFeed = self.findLineFeed() else {
            let octets = self.lineOctets + self.input.readableBytes - self.lineStart
            return octets > self.limits.lineOctetsMax ? self.refuse(.lineTooLong) : .needsBytes
        }
        guard self.lineOctets + lineFeed - self.lineStart <= self.limits.lineOctetsMax else {
            return self.refuse(.lineTooLong)
        }
        guard let literal = AnnouncedLiteral(in: self.input, from: self.lineStart, lineFeed: lineFeed) else {
            return .frame(self.takeFrame(lineFeed: lineFeed))
        }
        if let kind = self.objection(to: literal) { return self.refuse(kind, literal, lineFeed: lineFeed) }
        self.lineOctets += lineFeed + 1 - self.lineStart
        self.literalCount += 1
        self.literalOctets += literal.octets
        self.lineStart = lineFeed + 1
        self.scanned = 0
        self.state = .literal(octets: literal.octets)
        return .again
    }

    mutating func stepLiteral(_ octets: Int) -> Step {
        guard self.input.readableBytes - self.lineStart >= octets else { return .needsBytes }
        self.lineStart += octets
        self.state = .line
        return .again
    }

    mutating func stepSkipLiteral(_ remaining: Int) -> Step {
        let count = min(remaining, self.input.readableBytes)
        self.input.moveReaderIndex(forwardBy: count)
        guard count == remaining else {
            self.state = .skipLiteral(remaining: remaining - count)
            return .needsBytes
        }
        self.state = .skipLine
        return .again
    }

    mutating func stepSkipLine() -> Step {
        guard let lineFeed = self.findLineFeed() else {
            let excess = self.input.readableBytes - Self.skippedTail
            guard excess > 0 else { return .needsBytes }
            self.input.moveReaderIndex(forwardBy: excess)
            self.scanned = Self.skippedTail
            return self.countSkipped(excess) ?? .needsBytes
        }
        let literal = AnnouncedLiteral(in: self.input, from: 0, lineFeed: lineFeed, isTail: true)
        self.input.moveReaderIndex(forwardBy: lineFeed + 1)
        self.scanned = 0
        if let step = self.countSkipped(lineFeed + 1) { return step }
        guard let literal else {
            self.beginCommand(consuming: 0)
            return .again
        }
        if let step = self.countSkipped(literal.octets) { return step }
        self.state = .skipLiteral(remaining: literal.octets)
        return .again
    }

    /// Begins anew after `octets` of the input.
    mutating func beginCommand(consuming octets: Int) {
        self.input.moveReaderIndex(forwardBy: octets)
        self.lineStart = 0
        self.scanned = 0
        self.lineOctets = 0
        self.literalCount = 0
        self.literalOctets = 0
        self.skippedOctets = 0
        self.isResponse = false
        self.state = .line
    }

    private mutating func takeFrame(lineFeed: Int) -> Frame {
        var end = lineFeed
        if end > self.lineStart, self.input.readableBytesUInt8Span[end - 1] == ASCII.carriageReturn { end -= 1 }
        let frame = self.input.getSlice(at: self.input.readerIndex, length: end) ?? ByteBuffer()
        let isResponse = self.isResponse
        self.beginCommand(consuming: lineFeed + 1)
        if isResponse || ManageSieveCommandParser.stopsFramer(frame) { self.state = .stopped }
        return isResponse ? .saslResponse(frame) : .command(frame)
    }

    private func objection(to literal: AnnouncedLiteral) -> ManageSieveSyntaxError.Kind? {
        if self.literalCount >= self.limits.literalsMax { return .literalsTooMany }
        let max = self.takesScripts ? self.limits.literalOctetsMax : self.limits.literalOctetsBeforeLoginMax
        return literal.octets > max - self.literalOctets ? .literalTooLong : nil
    }

    /// Refuses the command whose line has not ended, or has not been looked at; the line is skipped.
    private mutating func refuse(_ kind: ManageSieveSyntaxError.Kind) -> Step {
        let error = ManageSieveSyntaxError(kind, at: self.lineStart)
        self.beginCommand(consuming: self.lineStart)
        self.state = .skipLine
        return .frame(.refused(error))
    }

    /// Refuses the command whose line ends in an announced literal, which comes all the same.
    private mutating func refuse(
        _ kind: ManageSieveSyntaxError.Kind,
        _ literal: AnnouncedLiteral,
        lineFeed: Int
    ) -> Step {
        let error = ManageSieveSyntaxError(kind, at: literal.start)
        self.beginCommand(consuming: lineFeed + 1)
        if let step = self.countSkipped(literal.octets) { return step }
        self.state = .skipLiteral(remaining: literal.octets)
        return .frame(.refused(error))
    }

    private mutating func countSkipped(_ octets: Int) -> Step? {
        let (sum, overflow) = self.skippedOctets.addingReportingOverflow(octets)
        self.skippedOctets = sum
        guard overflow || sum > self.limits.skippedOctetsMax else { return nil }
        self.beginCommand(consuming: 0)
        self.input = ByteBuffer()
        self.state = .closed
        return .frame(.closed(ManageSieveSyntaxError(.skippedTooLong, at: 0)))
    }

    /// Position of the LF that ends the current line, counted from the first byte of `input`.
    ///
    /// - Complexity: looks at each byte once, however small the pieces in which they arrive.
    private mutating func findLineFeed() -> Int? {
        let found = self.input.octetsBeforeLineFeed(from: self.lineStart + self.scanned)
        if found == nil { self.scanned = self.input.readableBytes - self.lineStart }
        return found
    }
}
