/// One mechanism's server side. Each answers an event that does not fit its state with `failure`.
protocol SASLServerStateMachine: Sendable {
    /// What is sent when the client waits for the server to speak first.
    var opening: [UInt8] { get }
    /// Whether the challenge sent last needs no answer but consent.
    var isProved: Bool { get }
    mutating func responseReceived(_ response: [UInt8]) -> SASLServerAction
    mutating func verificationEnded(_ verdict: SASLVerdict) -> SASLServerAction
    mutating func credentialsFound(_ credentials: SCRAMCredentials) -> SASLServerAction
    /// Ends the exchange.
    mutating func fail(_ failure: SASLFailure) -> SASLServerAction
}

extension SASLServerStateMachine {
    var opening: [UInt8] { [] }
    var isProved: Bool { false }

    mutating func verificationEnded(_ verdict: SASLVerdict) -> SASLServerAction { self.fail(.malformed) }

    mutating func credentialsFound(_ credentials: SCRAMCredentials) -> SASLServerAction { self.fail(.malformed) }
}

/// How the mechanisms end that leave the judgement to the directory.
enum SASLConclusion {
    static func action(for verdict: SASLVerdict, identity: SASLIdentity) -> SASLServerAction {
        switch verdict {
        case .accepted: .success(identity)
        case .denied: .failure(.denied)
        case .unavailable: .failure(.unavailable)
        }
    }
}
