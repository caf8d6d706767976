package import MailTypes

/// The server's side of one login, whatever the mechanism: octets in, what to do next out.
///
/// It never sees base64, sockets or the directory: the session decodes, asks the directory and tells the answer.
///
///     begin ──► challenge ⇄ responseReceived ──┬─► verifyPassword ──► verificationEnded ──┬─► success
///                                              ├─► verifyCertificate ─► verificationEnded ─┤
///                                              └─► findCredentials ─► credentialsFound ──► challenge … ─┴─► failure
///
/// After `success` or `failure` the exchange is over and every further event is answered with `failure`.
/// RFC 4422 §3.
package struct SASLServer: Sendable {
    package let mechanism: SASLMechanism
    private var state: any SASLServerStateMachine
    /// Who the client says it is, as it wrote it; `nil` before it has, or when only its certificate tells.
    package private(set) var claimedName: String?

    /// - Parameters:
    ///   - offer: what was announced on this connection; a client that was led to believe otherwise is refused.
    ///   - nonce: fresh for every login; only the SCRAM mechanisms use it.
    package init(_ mechanism: SASLMechanism, offer: SASLOffer, nonce: SCRAMNonce = SCRAMNonce()) {
        self.mechanism = mechanism
        self.state =
            switch mechanism {
            case .plain: PlainServerStateMachine()
            case .login: LoginServerStateMachine()
            case .external: ExternalServerStateMachine()
            case .scramSHA256, .scramSHA256Plus:
                SCRAMServerStateMachine(bindings: offer.bindings, isPlus: mechanism == .scramSHA256Plus, nonce: nonce)
            }
    }

    /// Whether the client has proved who it is and the challenge made last only proves the server to it.
    ///
    /// A protocol that can send octets with the news of success sends that challenge so, and tells the exchange of an
    /// empty response to it. RFC 4422 §5.
    package var isProved: Bool { self.state.isProved }

    /// The client has chosen the mechanism.
    /// - Parameter initialResponse: decoded; `nil` when the command carried none, empty for `=`. RFC 4954 §4.
    package mutating func begin(initialResponse: [UInt8]?) -> SASLServerAction {
        if let initialResponse { return self.responseReceived(initialResponse) }
        return .challenge(self.state.opening)
    }

    /// The client has answered the last challenge.
    package mutating func responseReceived(_ response: [UInt8]) -> SASLServerAction {
        guard response.count <= SASLLimits.messageOctetsMax else { return self.state.fail(.malformed) }
        let action = self.state.responseReceived(response)
        switch action {
        case .verifyPassword(let claim): self.claimedName = claim.login
        case .findCredentials(let login): self.claimedName = login
        case .verifyCertificate(let identity): self.claimedName = identity
        case .challenge, .success, .failure: break
        }
        return action
    }

    /// The directory has judged what ``SASLServerAction/verifyPassword(_:)`` or `verifyCertificate` asked about.
    package mutating func verificationEnded(_ verdict: SASLVerdict) -> SASLServerAction {
        self.state.verificationEnded(verdict)
    }

    /// The directory has answered ``SASLServerAction/findCredentials(login:)``: stored ones, or a decoy for nobody.
    package mutating func credentialsFound(_ credentials: SCRAMCredentials) -> SASLServerAction {
        self.state.credentialsFound(credentials)
    }
}

/// What the session has to do next.
package enum SASLServerAction: Hashable, Sendable {
    /// Send these octets (base64 is the session's) and wait for the client's answer.
    case challenge([UInt8])
    /// Ask the directory, then call ``SASLServer/verificationEnded(_:)``.
    case verifyPassword(PasswordClaim)
    /// See whether the client's certificate may act as this identity (`nil`: whoever it names), then call
    /// ``SASLServer/verificationEnded(_:)``.
    case verifyCertificate(authorizationIdentity: String?)
    /// Fetch the SCRAM credentials of a login (a decoy when there is none), then call
    /// ``SASLServer/credentialsFound(_:)``.
    case findCredentials(login: String)
    /// The client is who it says; the session now asks the directory for the user of that name.
    case success(SASLIdentity)
    case failure(SASLFailure)
}

/// A name and a password that somebody has sent; nobody has looked at them yet.
package struct PasswordClaim: Hashable, Sendable {
    /// Whose mail the client asks for, when it names someone; `nil` means its own.
    package let authorizationIdentity: String?
    package let login: String
    package let password: Secret

    package init(authorizationIdentity: String? = nil, login: String, password: Secret) {
        self.authorizationIdentity = authorizationIdentity
        self.login = login
        self.password = password
    }
}

/// Who has proved to be there, and whose mail they ask for.
package struct SASLIdentity: Hashable, Sendable {
    /// As the client wrote it; empty for EXTERNAL, where the certificate tells.
    package let login: String
    /// `nil` means the login's own.
    package let authorizationIdentity: String?

    package init(login: String, authorizationIdentity: String? = nil) {
        self.login = login
        self.authorizationIdentity = authorizationIdentity
    }
}

/// What the directory made of a claim.
package enum SASLVerdict: Hashable, Sendable {
    case accepted
    case denied
    /// It could not be judged now; the client may try again.
    case unavailable
}

/// Why a login ended without success. Only `unavailable` is temporary.
package enum SASLFailure: Hashable, Sendable {
    /// The client sent `*`; the session makes this one. RFC 4954 §4.
    case cancelled
    /// The octets are not what the mechanism prescribes, or more than it may send.
    case malformed
    /// Wrong name or password: the two are never told apart.
    case denied
    /// The client believes that binding was not offered, though it was, or names a binding that does not hold.
    case channelBindingMismatch
    case unavailable
}

/// Bounds on what a peer may send, so that no login holds much memory.
package enum SASLLimits {
    /// Octets in one decoded message: RFC 4954 §4.9 asks for 12,288 in base64.
    package static let messageOctetsMax = 9_216
    /// Octets in a login or authorization identity: two RFC 5321 mailboxes' worth, nothing longer exists.
    package static let nameOctetsMax = 512
    /// Octets in a password; RFC 4616 §2 has 255 in mind for all fields, tokens are longer.
    package static let passwordOctetsMax = 1_024
    /// Octets in a nonce of the peer's.
    static let nonceOctetsMax = 512
    /// Iterations a client will compute for a server; above that it is made to work for nothing.
    static let clientIterationsMax = 1_000_000
    /// RFC 7677 §4.
    static let clientIterationsMin = 4_096
}
