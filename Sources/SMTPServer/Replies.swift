internal import MailTypes
internal import Reception
internal import SASL
internal import SMTPWire

extension SMTPReply {
    static let greetFirst = Self(503, "5.5.1", "Send a greeting first")
    static let nestedMail = Self(503, "5.5.1", "A message is already begun")
    static let mailFirst = Self(503, "5.5.1", "MAIL comes first")
    static let chunksBegun = Self(503, "5.5.1", "The message has begun with BDAT")
    static let chunkRefused = Self(503, "5.5.1", "No message is begun; chunk thrown away")
    /// RFC 2033 §4.2.
    static let noRecipientsLMTP = Self(503, "5.5.1", "No valid recipients")
    static let expansionRefused = Self(502, "5.7.0", "Lists are not shown")
    static let tlsNotOffered = Self(502, "5.5.1", "TLS is not offered here")
    static let tlsActive = Self(503, "5.5.1", "TLS is already active")
    static let tlsUnavailable = Self(454, "4.7.0", "TLS is not available now")
    static let loginNotOffered = Self(502, "5.5.1", "Logging in is not offered here")
    static let loggedIn = Self(503, "5.5.1", "Already logged in")
    static let loginWithinMessage = Self(503, "5.5.1", "Not while a message is begun")
    static let loginAccepted = Self(235, "2.7.0", "Authentication succeeded")
    static let mechanismUnknown = Self(504, "5.5.4", "Mechanism not offered")
    static let encryptionRequired = Self(538, "5.7.11", "Encryption is required for this mechanism")
    static let accountClosed = Self(421, "4.7.0", "The account has been closed")
    static let tooManyErrors = Self(421, "4.7.0", "Too many errors")
    static let tooManyIdleCommands = Self(421, "4.7.0", "Too many commands that move no mail")
    static let tooManyLoginFailures = Self(421, "4.7.0", "Too many failed logins")

    /// RFC 4954 §4, §6.
    init(_ failure: SASLFailure) {
        switch failure {
        case .cancelled: self.init(501, "5.7.0", "Authentication cancelled")
        case .malformed: self.init(501, "5.5.2", "Malformed authentication exchange")
        case .denied, .channelBindingMismatch: self.init(535, "5.7.8", "Authentication failed")
        case .unavailable: self.init(454, "4.7.0", "Cannot authenticate now; try again later")
        }
    }

    static func greeting(_ options: SMTPServerOptions) -> Self {
        Self(220, nil, "\(options.hostName) \(options.door == .lmtp ? "LMTP" : "ESMTP") Martlet")
    }

    static func chunkReceived(octets: Int) -> Self { Self(250, "2.0.0", "\(octets) octets received") }

    static func help(_ commands: [String]) -> Self {
        Self(214, EnhancedStatus(2, 0, 0), lines: ["Commands:", commands.joined(separator: " ")])
    }
}
