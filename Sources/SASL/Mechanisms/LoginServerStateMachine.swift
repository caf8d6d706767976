internal import MailTypes

/// Asks for the name, then for the password: the habit of clients older than PLAIN. (draft-murchison-sasl-login)
struct LoginServerStateMachine: SASLServerStateMachine {
    private enum State {
        /// Left by the client's name.
        case waitingForName
        /// Left by the client's password.
        case waitingForPassword(login: String)
        /// Left by the directory's verdict.
        case verifying(SASLIdentity)
        case ended
    }

    private var state = State.waitingForName

    /// The very words that clients compare with.
    var opening: [UInt8] { Array("Username:".utf8) }

    mutating func responseReceived(_ response: [UInt8]) -> SASLServerAction {
        switch self.state {
        case .waitingForName:
            guard let login = SASLName.text(response[...], mayBeEmpty: false) else { return self.fail(.malformed) }
            self.state = .waitingForPassword(login: login)
            return .challenge(Array("Password:".utf8))
        case .waitingForPassword(let login):
            guard let password = SASLName.password(response[...]) else { return self.fail(.malformed) }
            self.state = .verifying(SASLIdentity(login: login))
            return .verifyPassword(PasswordClaim(login: login, password: password))
        case .verifying, .ended:
            return self.fail(.malformed)
        }
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
}
