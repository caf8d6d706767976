internal import MailBytes
internal import NIOCore

/// Refusing commands, and getting past what is left of them without keeping it.
extension IMAPFramer {
    /// Bytes of an unfinished line kept while skipping: enough for any literal's announcement at its end.
    private static let skippedTail = 32

    /// Refuses the command whose line has not ended, or has not been looked at; the line is skipped.
    mutating func refuse(_ reason: IMAPRefusal.Reason) -> Step {
        let refusal = IMAPRefusal(tag: self.currentTag, reason: reason)
        let start = self.lineStart
        self.beginCommand(consuming: start)
        self.state = .skipLine
        return .frame(.refused(refusal))
    }

    /// Refuses the command whose line ends in an announced literal. A client that waits will not send it.
    mutating func refuse(_ reason: IMAPRefusal.Reason, _ literal: AnnouncedLiteral, lineFeed: Int) -> Step {
        let refusal = IMAPRefusal(tag: self.currentTag, reason: reason)
        self.beginCommand(consuming: lineFeed + 1)
        if !literal.isSynchronizing {
            guard literal.octets <= self.limits.skippedOctetsMax else {
                return self.close(.skippedTooLong, tag: refusal.tag)
            }
            self.skippedOctets = literal.octets
            self.state = .skipLiteral(remaining: literal.octets)
        }
        return .frame(.refused(refusal))
    }

    /// Gives the connection up.
    mutating func close(_ reason: IMAPRefusal.Reason, tag: String? = nil) -> Step {
        self.beginCommand(consuming: 0)
        self.input = ByteBuffer()
        self.state = .closed
        return .frame(.closed(IMAPRefusal(tag: tag, reason: reason)))
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
        self.append = AppendProgress()
        self.state = .line
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
        guard let literal, !literal.isSynchronizing else {
            self.beginCommand(consuming: 0)
            return .again
        }
        if let step = self.countSkipped(literal.octets) { return step }
        self.state = .skipLiteral(remaining: literal.octets)
        return .again
    }

    /// The tag of the command being read, when it can be read.
    var currentTag: String? {
        if let tag = self.append.tag { return tag }
        var cursor = WireCursor(self.input)
        guard let tag = try? cursor.takeTag(), cursor.next == ASCII.space else { return nil }
        return tag
    }

    private mutating func countSkipped(_ octets: Int) -> Step? {
        let (sum, overflow) = self.skippedOctets.addingReportingOverflow(octets)
        guard !overflow, sum <= self.limits.skippedOctetsMax else { return self.close(.skippedTooLong) }
        self.skippedOctets = sum
        return nil
    }
}
