/// The ways of logging in that Martlet speaks, by their registered names. RFC 4422 §3.1.
package enum SASLMechanism: String, CaseIterable, Hashable, Sendable {
    /// The identity is proved by the TLS client certificate. RFC 4422 appendix A.
    case external = "EXTERNAL"
    /// Proof of knowing the password, tied to this very TLS connection. RFC 5802, RFC 7677.
    case scramSHA256Plus = "SCRAM-SHA-256-PLUS"
    /// Proof of knowing the password, without sending it. RFC 5802, RFC 7677.
    case scramSHA256 = "SCRAM-SHA-256"
    /// Name and password in one message. RFC 4616.
    case plain = "PLAIN"
    /// Name and password one after the other; never standardised, still sent by old clients.
    case login = "LOGIN"

    /// - Parameter name: as the client sent it, in either case.
    package init?(name: some StringProtocol) {
        guard name.utf8.count <= Self.nameOctetsMax else { return nil }
        self.init(rawValue: name.uppercased())
    }

    /// RFC 4422 §3.1: mechanism names have 1 to 20 characters.
    private static let nameOctetsMax = 20

    /// The password crosses the wire, so the connection must be encrypted or never leave the machine.
    package var sendsPassword: Bool { self == .plain || self == .login }

    /// Whether the client speaks first, so that an initial response may come with the command.
    package var isClientFirst: Bool { self != .login }
}

/// What a connection is like, as far as it decides which mechanisms may be offered on it.
package struct SASLOffer: Hashable, Sendable {
    /// Passwords may be sent: the connection is encrypted, or it is on loopback and the postmaster allows that.
    package var allowsPasswords: Bool
    /// The ways in which an exchange can be tied to the TLS connection; empty without TLS.
    package var bindings: SASLChannelBindings
    /// The client has shown a certificate that was verified.
    package var hasClientCertificate: Bool

    package init(
        allowsPasswords: Bool,
        bindings: SASLChannelBindings = SASLChannelBindings(),
        hasClientCertificate: Bool = false
    ) {
        self.allowsPasswords = allowsPasswords
        self.bindings = bindings
        self.hasClientCertificate = hasClientCertificate
    }

    /// The mechanisms to announce, strongest first.
    package var mechanisms: [SASLMechanism] {
        SASLMechanism.allCases.filter { self.permits($0) }
    }

    /// Whether a client may use `mechanism` here, announced or not.
    package func permits(_ mechanism: SASLMechanism) -> Bool {
        switch mechanism {
        case .external: self.hasClientCertificate
        case .scramSHA256Plus: !self.bindings.isEmpty
        case .scramSHA256: true
        case .plain, .login: self.allowsPasswords
        }
    }
}
