internal import MailTypes

/// Reads whose mail is asked for, name and password from one message. RFC 4616 §2.
///
///     message = [authzid] UTF8NUL authcid UTF8NUL passwd
struct PlainServerStateMachine: SASLServerStateMachine {
    private enum State {
        /// Left by the client's message.
        case waitingForMessage
        /// Left by the directory's verdict.
        case verifying(SASLIdentity)
        case ended
    }

    private var state = State.waitingForMessage

    mutating func responseReceived(_ response: [UInt8]) -> SASLServerAction {
        guard case .waitingForMessage = self.state, let claim = Self.claim(from: response) else {
            return self.fail(.malformed)
        }
        let identity = SASLIdentity(login: claim.login, authorizationIdentity: claim.authorizationIdentity)
        self.state = .verifying(identity)
        return .verifyPassword(claim)
    }

    mutating func verificationEnded(_ verdict: SASLVerdict) -> SASLServerAction {
        guard case .verifying(let identity) = self.state else { return self.fail(.malformed) }
        self.state = .ended
        return SASLConclusion.action(for: verdict, identity: identity)
    }

    mutating func fail(_ failure: SASLFailure) -> SASLServerAction {
        self.state = .ended
        return .failure(failure)
    }

    /// The three fields of a message; `nil` when it has not exactly three, or one of them is out of bounds.
    private static func claim(from message: [UInt8]) -> PasswordClaim? {
        let fields = message.split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false)
        guard fields.count == 3,
            let authorizationIdentity = SASLName.text(fields[0], mayBeEmpty: true),
            let login = SASLName.text(fields[1], mayBeEmpty: false),
            let password = SASLName.password(fields[2])
        else { return nil }
        return PasswordClaim(
            authorizationIdentity: authorizationIdentity.isEmpty ? nil : authorizationIdentity,
            login: login,
            password: password
        )
    }
}
