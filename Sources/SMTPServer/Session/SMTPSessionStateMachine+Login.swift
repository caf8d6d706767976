internal import NIOCore
internal import SASL
internal import SMTPWire

/// How a session becomes encrypted and learns who its user is. RFC 3207, RFC 4954.
extension SMTPSessionStateMachine {
    mutating func tlsRequested() -> Action {
        if self.facts.isEncrypted { return self.error(.tlsActive) }
        guard self.facts.canStartTLS else { return self.error(.tlsNotOffered) }
        if self.state == .connected { return self.error(.greetFirst) }
        self.endTransaction()
        self.state = .startingTLS
        return .startTLS(.readyForTLS)
    }

    /// The connection is encrypted; all that the client said before counts for nothing. RFC 3207 §4.2.
    mutating func tlsStarted(_ facts: SMTPSessionFacts) {
        guard case .startingTLS = self.state else { preconditionFailure("TLS started in state \(self.state)") }
        self.facts = facts
        self.isExtended = false
        self.state = .connected
    }

    /// TLS could not even be begun; the client still speaks in the clear.
    mutating func tlsUnavailable() -> Action {
        guard case .startingTLS = self.state else { preconditionFailure("TLS failed in state \(self.state)") }
        self.state = .ready
        return .reply(.tlsUnavailable)
    }

    mutating func loginRequested(_ name: String, _ response: ByteBuffer?) -> Action {
        guard self.options.offersLogin else { return self.error(.loginNotOffered) }
        switch self.state {
        case .ready: break
        case .connected: return self.error(.greetFirst)
        default: return self.error(.loginWithinMessage)
        }
        if self.facts.isLoggedIn { return self.error(.loggedIn) }
        guard self.mayLogIn else { return self.error(.tlsRequired) }
        guard let mechanism = SASLMechanism(name: name) else { return self.error(.mechanismUnknown) }
        guard self.offer.permits(mechanism) else {
            return self.error(mechanism.sendsPassword ? .encryptionRequired : .mechanismUnknown)
        }
        self.state = .authenticating
        return .authenticate(mechanism, initialResponse: response)
    }

    /// The account of the session's user has been removed or suspended; a message begun is not taken.
    mutating func accountClosed() -> Action { self.close(.accountClosed) }

    mutating func loginEnded(_ outcome: LoginOutcome) -> Action {
        guard case .authenticating = self.state else { preconditionFailure("login ended in state \(self.state)") }
        self.state = .ready
        switch outcome {
        case .succeeded:
            self.facts.isLoggedIn = true
            return self.finished([.loginAccepted])
        case .failed(let failure):
            if failure != .cancelled && failure != .unavailable { self.loginFailures += 1 }
            guard self.loginFailures < self.options.loginFailuresMax else { return self.close(.tooManyLoginFailures) }
            // What the client gives up itself guesses nothing, and moves no mail.
            if failure == .cancelled, case .repliesThenClose(let replies) = self.idle(SMTPReply(failure)) {
                return .repliesThenClose(replies)
            }
            return self.finished([SMTPReply(failure)])
        }
    }
}
