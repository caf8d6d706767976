internal import Reception
internal import SMTPWire

/// How a message comes in, in one piece or in chunks. RFC 5321 §4.1.1.4, RFC 3030, RFC 2033 §4.2.
extension SMTPSessionStateMachine {
    mutating func dataReceived() -> Action {
        switch self.state {
        case .envelope: break
        case .betweenChunks: return self.error(.chunksBegun)
        default: return self.error(.mailFirst)
        }
        guard !self.recipients.isEmpty else {
            self.endTransaction()
            return self.refused(self.options.door == .lmtp ? .noRecipientsLMTP : .noRecipients)
        }
        self.state = .receivingMessage
        return .receiveMessage(.startInput)
    }

    /// A chunk's octets are on their way whatever is answered, so an unwanted one is read too. RFC 3030 §2.
    mutating func chunkAnnounced(octets: Int, isLast: Bool) -> Action {
        switch self.state {
        case .envelope, .betweenChunks: break
        default: return self.discard(octets, .chunkRefused, isError: true)
        }
        guard !self.recipients.isEmpty else {
            guard self.options.door == .lmtp else { return self.discard(octets, .noRecipients) }
            // The last chunk is answered for each recipient, and so not at all. RFC 2033 §4.3.
            return self.discard(octets, .noRecipientsLMTP, count: isLast ? 0 : 1)
        }
        guard octets <= self.options.messageOctetsMax - self.chunkedOctets else {
            // The last chunk is what each recipient is answered for, refused or not. RFC 2033 §4.2, §4.3.
            let count = isLast ? self.answerCount : 1
            self.noteRefused(.messageTooLarge)
            return self.discard(octets, .messageTooLarge, count: count)
        }
        let isFirst = self.state == .envelope
        self.chunkedOctets += octets
        self.state = .receivingChunk(octets: octets, isLast: isLast)
        return .receiveChunk(octets: octets, isFirst: isFirst, isLast: isLast)
    }

    private mutating func discard(
        _ octets: Int,
        _ reply: SMTPReply,
        count: Int = 1,
        isError: Bool = false
    ) -> Action {
        let isConnected = self.state == .connected
        let replies = Array(repeating: isConnected ? .greetFirst : reply, count: count)
        self.endTransaction()
        if octets > self.options.messageOctetsMax + SMTPSessionLimits.excessOctetsMax {
            self.state = .closed
            return .repliesThenClose(replies)
        }
        let action = isError ? self.error(reply) : self.refused(reply)
        if case .repliesThenClose(let last) = action { return .repliesThenClose((isError ? [] : replies) + last) }
        self.state = .discardingChunk(replies)
        return .discardChunk(octets: octets)
    }

    /// How many replies a message gets. RFC 2033 §4.2.
    private var answerCount: Int { self.options.door == .lmtp ? self.recipients.count : 1 }

    mutating func chunkDiscarded() -> Action {
        guard case .discardingChunk(let replies) = self.state else {
            preconditionFailure("chunk discarded in state \(self.state)")
        }
        self.state = replies.first == .greetFirst ? .connected : .ready
        return self.finished(replies)
    }

    mutating func messageEnded(_ outcome: BodyOutcome) -> Action {
        guard case .receivingMessage = self.state else { preconditionFailure("message ended in state \(self.state)") }
        return self.bodyEnded(outcome)
    }

    mutating func chunkEnded(_ outcome: BodyOutcome) -> Action {
        guard case .receivingChunk(let octets, let isLast) = self.state else {
            preconditionFailure("chunk ended in state \(self.state)")
        }
        if isLast { return self.bodyEnded(outcome) }
        if case .refused(let reply) = outcome {
            self.noteRefused(reply)
            self.endTransaction()
            return self.refused([reply])
        }
        self.state = .betweenChunks
        return octets == 0 ? self.idle(.chunkReceived(octets: 0)) : .reply(.chunkReceived(octets: octets))
    }

    private mutating func bodyEnded(_ outcome: BodyOutcome) -> Action {
        switch outcome {
        case .whole:
            self.state = .delivering
            return .deliver
        case .refused(let reply):
            let count = self.answerCount
            self.noteRefused(reply)
            self.endTransaction()
            return self.refused(Array(repeating: reply, count: count))
        }
    }

    mutating func deliveryFinished(_ answer: ReceptionAnswer) -> Action {
        guard case .delivering = self.state else { preconditionFailure("delivery finished in state \(self.state)") }
        self.endTransaction()
        self.idleCommands = 0
        let replies: [SMTPReply] =
            switch answer {
            case .whole(let reply): [reply]
            case .each(let replies): replies
            }
        if replies.contains(where: \.isCompletion) { self.messageTaken() }
        return replies.allSatisfy(\.isPermanentFailure) ? self.refused(replies) : self.finished(replies)
    }

    /// A message is refused to each of its recipients.
    private mutating func refused(_ replies: [SMTPReply]) -> Action {
        guard case .repliesThenClose(let last) = self.refused(replies[0]) else { return self.finished(replies) }
        return .repliesThenClose(replies + last)
    }
}
