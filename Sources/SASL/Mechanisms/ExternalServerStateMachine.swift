/// Reads whose mail is asked for; the proof is the certificate the client has already shown. RFC 4422 appendix A.
struct ExternalServerStateMachine: SASLServerStateMachine {
    private enum State {
        /// Left by the client's message.
        case waitingForMessage
        /// Left by the verdict about the certificate.
        case verifying(SASLIdentity)
        case ended
    }

    private var state = State.waitingForMessage

    mutating func responseReceived(_ response: [UInt8]) -> SASLServerAction {
        guard case .waitingForMessage = self.state, let name = SASLName.text(response[...], mayBeEmpty: true) else {
            return self.fail(.malformed)
        }
        let authorizationIdentity = name.isEmpty ? nil : name
        self.state = .verifying(SASLIdentity(login: "", authorizationIdentity: authorizationIdentity))
        return .verifyCertificate(authorizationIdentity: authorizationIdentity)
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
