package import MailTypes

/// The client's side of one login: what Martlet sends when it submits mail to another host.
///
/// It accepts a server's success only when the mechanism allows it: with SCRAM, after the server has proved that it
/// knows the password too. RFC 4422 §3.
package struct SASLClient: Sendable {
    package let mechanism: SASLMechanism
    private let credentials: SASLClientCredentials
    private var state: State

    private enum State {
        /// Nothing was sent.
        case idle
        /// LOGIN: the name was sent or is about to be.
        case loginWaitingForNamePrompt
        case loginWaitingForPasswordPrompt
        case scram(SCRAMClientStateMachine)
        /// Everything was said; only the server's success may follow.
        case waitingForSuccess
        case ended
    }

    /// - Parameters:
    ///   - bindings: of this connection; also when `mechanism` does not use them, so that a downgrade is found out.
    ///   - serverOffersPlus: whether the server announced the mechanism's `-PLUS` form.
    package init(
        _ mechanism: SASLMechanism,
        credentials: SASLClientCredentials,
        bindings: SASLChannelBindings = SASLChannelBindings(),
        serverOffersPlus: Bool = false,
        nonce: SCRAMNonce = SCRAMNonce()
    ) {
        self.mechanism = mechanism
        self.credentials = credentials
        self.state = .idle
        guard mechanism == .scramSHA256 || mechanism == .scramSHA256Plus else { return }
        let binding: SCRAMClientStateMachine.Binding =
            if mechanism == .scramSHA256Plus, let preferred = bindings.preferred {
                .used(name: preferred.name, data: preferred.data)
            } else if bindings.isEmpty || serverOffersPlus {
                .unsupported
            } else {
                .notOffered
            }
        self.state = .scram(SCRAMClientStateMachine(credentials: credentials, binding: binding, nonce: nonce))
    }

    /// The octets to send with the command, or as answer to an empty challenge; `nil` when the server speaks first.
    /// Throws when these credentials or this connection cannot be used with the mechanism.
    package mutating func begin() throws(SASLClientError) -> [UInt8]? {
        switch (self.mechanism, self.state) {
        case (.plain, .idle):
            self.state = .waitingForSuccess
            return try self.credentials.plainMessage()
        case (.external, .idle):
            self.state = .waitingForSuccess
            return Array((self.credentials.authorizationIdentity ?? "").utf8)
        case (.login, .idle):
            self.state = .loginWaitingForNamePrompt
            return nil
        case (_, .scram(var machine)):
            if self.mechanism == .scramSHA256Plus, !machine.usesBinding { throw SASLClientError.noChannelBinding }
            let first = try machine.begin()
            self.state = .scram(machine)
            return first
        default:
            throw SASLClientError.unexpectedChallenge
        }
    }

    /// The server has sent a challenge; returns the answer. Throws when the exchange must be cancelled.
    package mutating func challengeReceived(_ challenge: [UInt8]) throws(SASLClientError) -> [UInt8] {
        guard challenge.count <= SASLLimits.messageOctetsMax else { throw SASLClientError.malformedChallenge }
        switch self.state {
        case .loginWaitingForNamePrompt:
            self.state = .loginWaitingForPasswordPrompt
            return Array(self.credentials.login.utf8)
        case .loginWaitingForPasswordPrompt:
            self.state = .waitingForSuccess
            return self.credentials.password.bytes
        case .scram(var machine):
            self.state = .ended
            let answer = try machine.challengeReceived(challenge)
            self.state = machine.isComplete ? .waitingForSuccess : .scram(machine)
            return answer
        case .idle, .waitingForSuccess, .ended:
            throw SASLClientError.unexpectedChallenge
        }
    }

    /// The server says that the login succeeded. Throws when it has not proved what the mechanism asks of it.
    package mutating func successReceived() throws(SASLClientError) {
        guard case .waitingForSuccess = self.state else { throw SASLClientError.unprovedServer }
        self.state = .ended
    }
}

/// Who to log in as at another host.
package struct SASLClientCredentials: Hashable, Sendable {
    package let login: String
    package let password: Secret
    /// Whose mail is asked for; `nil` means the login's own.
    package let authorizationIdentity: String?

    package init(login: String, password: Secret, authorizationIdentity: String? = nil) {
        self.login = login
        self.password = password
        self.authorizationIdentity = authorizationIdentity
    }

    fileprivate func plainMessage() throws(SASLClientError) -> [UInt8] {
        let identity = Array((self.authorizationIdentity ?? "").utf8)
        let login = Array(self.login.utf8)
        guard !login.isEmpty, !(identity + login + self.password.bytes).contains(0) else {
            throw SASLClientError.unusableCredentials
        }
        return identity + [0] + login + [0] + self.password.bytes
    }
}

/// Why the client's side gave up.
package enum SASLClientError: Error, Hashable, Sendable {
    /// The login or password holds characters that the mechanism cannot carry.
    case unusableCredentials
    /// SCRAM-SHA-256-PLUS was asked for on a connection without channel binding.
    case noChannelBinding
    case malformedChallenge
    case unexpectedChallenge
    /// The server refused within the exchange, with SCRAM's word for it. RFC 5802 §7.
    case refused(String)
    /// The server claims success without knowing the password: it is not who it should be.
    case unprovedServer
}
