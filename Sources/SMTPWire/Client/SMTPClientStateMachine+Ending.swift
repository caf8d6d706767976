internal import MailTypes
internal import NIOCore

/// How transactions and sessions end, and what is refused before it is begun.
extension SMTPClientStateMachine {
    /// Takes back a transaction that has moved, and sees whether it is over.
    mutating func advanced(_ progress: SMTPTransactionProgress, _ step: SMTPTransactionProgress.Step) -> Action {
        switch step {
        case .wait:
            self.state = .transaction(progress)
            return .wait
        case .send(let bytes):
            self.state = .transaction(progress)
            return .send(bytes)
        case .sendBody:
            self.state = .transaction(progress)
            return .sendBody
        case .done(let outcomes, let needsReset):
            self.state = .idle
            self.needsReset = needsReset
            return .finished(SMTPTransactionResult(outcomes: outcomes, isSessionReusable: true))
        case .broken:
            self.state = .transaction(progress)
            return self.protocolViolated()
        }
    }

    /// 421 may come at any time and instead of any answer. RFC 5321 §3.8.
    mutating func serviceClosed(_ reply: SMTPReply) -> Action {
        switch self.state {
        case .transaction(let progress):
            self.state = .closed
            let outcomes = progress.outcomes(undecided: reply, isLocal: false)
            return .finished(SMTPTransactionResult(outcomes: outcomes, isSessionReusable: false))
        case .quitting, .closed:
            self.state = .closed
            return .close
        default:
            return self.fail(.refused(reply))
        }
    }

    /// The session is over by itself; recipients not decided yet get `reply` as our own words.
    mutating func end(_ failure: SMTPClientFailure, _ reply: SMTPReply) -> Action {
        switch self.state {
        case .transaction(let progress):
            self.state = .closed
            let outcomes = progress.outcomes(undecided: reply, isLocal: true)
            return .finished(SMTPTransactionResult(outcomes: outcomes, isSessionReusable: false))
        case .quitting, .closed:
            self.state = .closed
            return .close
        default:
            return self.fail(failure)
        }
    }

    mutating func fail(_ failure: SMTPClientFailure) -> Action {
        self.hasEndedAtTLS = self.endsAtTLS(failure)
        self.state = .closed
        return .failed(failure)
    }

    /// A server that refuses us within TLS speaks it well enough.
    private func endsAtTLS(_ failure: SMTPClientFailure) -> Bool {
        switch (self.state, failure) {
        case (.startTLS, _), (.handshake, _): true
        case (.hello, .refused): false
        case (.hello, _): self.isSecure && !self.configuration.isAlreadySecure
        default: false
        }
    }

    /// What the message needs and the server does not offer, as a reply of our own. RFC 1870 §5, RFC 6152 §3,
    /// RFC 6531 §3.2.
    func unmetRequirement(of transaction: SMTPTransaction) -> SMTPReply? {
        let offered = self.capabilities.extensions
        if let octetsMax = self.capabilities.messageOctetsMax, transaction.octets > octetsMax {
            return SMTPReply(552, "5.3.4", "Message is larger than the next host takes")
        }
        if transaction.sender.isInternationalized && !offered.contains(.internationalized) {
            return .internationalizedNotTaken
        }
        if transaction.sender.isEightBit && offered.isDisjoint(with: [.eightBitMIME, .binaryMIME]) {
            return SMTPReply(554, "5.6.3", "Next host does not take 8-bit text")
        }
        return self.unmetDeadline(of: transaction)
    }

    /// A host that cannot give a message back in time never gets it. What LMTP takes is delivered, so that nothing has
    /// to be promised there. RFC 2852 §4.1.
    private func unmetDeadline(of transaction: SMTPTransaction) -> SMTPReply? {
        guard let deliverBy = transaction.deliverBy, deliverBy.mode == .giveBack else { return nil }
        guard deliverBy.seconds > 0 else { return SMTPReply(554, "5.4.7", "The time set for delivery is over") }
        guard self.configuration.dialect == .smtp else { return nil }
        guard self.capabilities.extensions.contains(.deliverBy) else {
            return SMTPReply(554, "5.4.7", "Next host does not promise delivery within a time")
        }
        guard deliverBy.seconds >= self.capabilities.deliverBySecondsMin ?? 0 else {
            return SMTPReply(554, "5.4.7", "Next host does not promise delivery within the time left")
        }
        return nil
    }
}

extension SMTPReply {
    /// RFC 6531 §3.5.
    static let internationalizedNotTaken = Self(550, "5.6.7", "Next host does not take internationalized mail")
}
