internal import MailBytes
internal import NIOCore

/// How far an APPEND has come.
struct AppendProgress: Sendable {
    /// `nil` before the first message is announced.
    var tag: String?
    var messages = 0
    var octets = 0
    /// Of the command, lines and messages, before what is in the framer's input: errors tell octets from the tag on.
    var consumed = 0
}

/// APPEND, whose messages are handed over as they arrive and never held.
extension IMAPFramer {
    /// Whether the literal is an APPEND's message: any but the one that stands where its mailbox's name does.
    func isMessageOfAppend(_ literal: AnnouncedLiteral) -> Bool {
        guard self.literalCount <= 1 else { return false }
        var cursor = WireCursor(self.input)
        guard (try? cursor.takeTag()) != nil, cursor.skip(ASCII.space), cursor.skipName("APPEND"),
            cursor.skip(ASCII.space)
        else { return false }
        return literal.start != cursor.offset
    }

    mutating func beginAppend(_ literal: AnnouncedLiteral, lineFeed: Int) -> Step {
        let request: AppendRequest
        let message: AppendMessage
        do {
            let line = self.input.getSlice(at: self.input.readerIndex, length: literal.start) ?? ByteBuffer()
            var cursor = WireCursor(line)
            request = try cursor.takeAppendHead()
            message = try cursor.takeAppendMessage(octets: literal.octets)
        } catch {
            return self.refuse(.syntax(error), literal, lineFeed: lineFeed)
        }
        if let reason = self.objection(toMessage: literal) { return self.refuse(reason, literal, lineFeed: lineFeed) }
        self.beginCommand(consuming: lineFeed + 1)
        self.append.tag = request.tag
        self.append.consumed = lineFeed + 1
        self.expectMessage(literal)
        return .frame(.appendBegan(request, message, isSynchronizing: literal.isSynchronizing))
    }

    mutating func stepAppendBody(_ remaining: Int) -> Step {
        guard remaining > 0 else {
            self.state = .appendRest
            return .frame(.appendMessageEnded)
        }
        guard let chunk = self.input.readSlice(length: min(remaining, self.input.readableBytes)),
            chunk.readableBytes > 0
        else { return .needsBytes }
        self.state = .appendBody(remaining: remaining - chunk.readableBytes)
        return .frame(.appendChunk(chunk))
    }

    /// What follows a message: the end of the line, or another message. RFC 3502 §6.3.11.
    mutating func stepAppendRest() -> Step {
        guard let lineFeed = self.findLineFeed() else {
            return self.input.readableBytes > self.limits.lineOctetsMax ? self.refuse(.lineTooLong) : .needsBytes
        }
        guard lineFeed <= self.limits.lineOctetsMax else { return self.refuse(.lineTooLong) }
        guard let literal = AnnouncedLiteral(in: self.input, from: 0, lineFeed: lineFeed) else {
            return self.endAppend(lineFeed: lineFeed)
        }
        let message: AppendMessage
        do {
            let line = self.input.getSlice(at: self.input.readerIndex, length: literal.start) ?? ByteBuffer()
            var cursor = WireCursor(line)
            message = try cursor.takeAppendMessage(octets: literal.octets)
        } catch {
            let error = WireSyntaxError(expected: error.expected, offset: self.append.consumed + error.offset)
            return self.refuse(.syntax(error), literal, lineFeed: lineFeed)
        }
        if let reason = self.objection(toMessage: literal) { return self.refuse(reason, literal, lineFeed: lineFeed) }
        self.append.consumed += lineFeed + 1
        self.input.moveReaderIndex(forwardBy: lineFeed + 1)
        self.scanned = 0
        self.expectMessage(literal)
        return .frame(.appendContinued(message, isSynchronizing: literal.isSynchronizing))
    }

    private mutating func endAppend(lineFeed: Int) -> Step {
        let isEmpty = lineFeed == 0 || lineFeed == 1 && self.input.readableBytesUInt8Span[0] == ASCII.carriageReturn
        let (tag, offset) = (self.append.tag, self.append.consumed)
        self.beginCommand(consuming: lineFeed + 1)
        if isEmpty { return .frame(.appendEnded) }
        let error = WireSyntaxError(expected: .endOfCommand, offset: offset)
        return .frame(.refused(IMAPRefusal(tag: tag, reason: .syntax(error))))
    }

    private mutating func expectMessage(_ literal: AnnouncedLiteral) {
        self.append.messages += 1
        self.append.octets += literal.octets
        self.append.consumed += literal.octets
        self.state = .appendAnswer(octets: literal.octets, isSynchronizing: literal.isSynchronizing)
    }

    private func objection(toMessage literal: AnnouncedLiteral) -> IMAPRefusal.Reason? {
        if literal.octets == 0 { return .messageEmpty }
        if self.append.messages >= self.limits.appendMessagesMax { return .messagesTooMany }
        if literal.octets > self.limits.appendMessageOctetsMax { return .messageTooLong }
        if !literal.isSynchronizing, literal.octets > self.limits.nonSynchronizingLiteralOctetsMax {
            return .messageTooLong
        }
        return literal.octets > self.limits.appendOctetsMax - self.append.octets ? .messagesTooLong : nil
    }
}

extension WireCursor {
    /// `append = tag SP "APPEND" SP mailbox 1*append-message`: as far as the mailbox. RFC 3502 §8.
    mutating func takeAppendHead() throws(WireSyntaxError) -> AppendRequest {
        let tag = try self.takeTag()
        try self.expectSpace()
        guard self.skipName("APPEND") else { throw self.syntaxError(.command) }
        try self.expectSpace()
        return AppendRequest(tag: tag, mailbox: try self.takeMailbox())
    }

    /// `append-message = SP [flag-list SP] [date-time SP] literal`: as far as the literal. RFC 9051 §9.
    mutating func takeAppendMessage(octets: Int) throws(WireSyntaxError) -> AppendMessage {
        var message = AppendMessage(octets: octets)
        try self.expectSpace()
        if self.next == UInt8(ascii: "(") {
            message.flags = try self.takeFlagList()
            try self.expectSpace()
        }
        if self.next == ASCII.quote {
            message.internalDate = try self.takeDateTime()
            try self.expectSpace()
        }
        guard self.isAtEnd else { throw self.syntaxError(.literal) }
        return message
    }
}
