package import Directory
package import Logging
package import SASL
package import Trace

/// A session in which the client says who it is.
///
/// A failed login is answered late, the same whatever was wrong with it. How many are taken on a connection, and what
/// is said of each, is the protocol's own.
package protocol LoginSession: Session {
    var directory: Directory { get }
    var trace: TraceJournal { get }
    var loginLog: Logger { get }
    /// Who the client has proved to be; `nil` before login.
    var user: AuthenticatedUser? { get }
    /// The exchange under way; `nil` outside of one.
    var exchange: SASLServer? { get set }
    /// Whether a password may cross this connection.
    var allowsPasswords: Bool { get }
    /// Wait before a failed login is answered, so that guessing is slow and the answer tells nothing by its time.
    var loginDelay: Duration { get }

    /// Writes a challenge, and has what comes next read as the answer to it.
    func writeChallenge(_ octets: [UInt8])
    /// Keeps a mechanism's last octets, to be sent with the news of success.
    ///
    /// - Returns: whether the protocol can do so; if not they are sent as a challenge. RFC 4422 §5.
    func keepForSuccess(_ octets: [UInt8]) -> Bool
    /// The client is who it says. Ends the login, perhaps still in a refusal of the protocol's own.
    func welcome(_ user: AuthenticatedUser, mechanism: String) async
    /// Ends the login with an answer that says why.
    func refuse(_ refusal: LoginRefusal)
    /// Has what comes next read as commands, after an exchange.
    func resumeCommands()
}

extension LoginSession {
    /// Whether the account has been removed or suspended since the client logged in. A password that was changed
    /// meanwhile ends no session.
    package var hasLostAccount: Bool { self.user.map { !self.directory.isActive($0) } ?? false }

    package func keepForSuccess(_ octets: [UInt8]) -> Bool { false }
}

/// Why somebody is not logged in.
package enum LoginRefusal: Hashable, Sendable {
    /// Name or password is wrong: the two are never told apart.
    case denied
    /// Not what the mechanism prescribes.
    case malformed
    /// By the client.
    case cancelled
    /// It could not be judged now; the client may try again.
    case unavailable

    /// What it means for the session.
    package var verdict: LoginVerdict {
        switch self {
        case .denied, .malformed: .denied
        case .cancelled, .unavailable: .abandoned
        }
    }
}

/// How a login ended, as a session counts it.
package enum LoginVerdict: Hashable, Sendable {
    case accepted
    case denied
    /// Cancelled by the client, or not decided: nobody guessed anything.
    case abandoned
}

/// What a login waits for.
package enum LoginWork: Hashable, Sendable {
    /// The directory, about a password that came with a command of the protocol's own, which is named in the trace.
    case password(PasswordClaim, command: String)
    /// What a SASL exchange asks for next.
    case exchange(SASLServerAction)
}

/// What became of a client's wish to use a mechanism.
package enum MechanismChoice: Hashable, Sendable {
    case offered(SASLMechanism)
    /// It would send a password in the clear.
    case needsEncryption
    case unknown
}
