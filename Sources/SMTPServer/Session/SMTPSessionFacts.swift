internal import SASL

/// What a session knows of its connection, as far as it decides what is offered.
struct SMTPSessionFacts {
    /// TLS protects the connection.
    var isEncrypted: Bool
    /// STARTTLS can be had.
    var canStartTLS: Bool
    /// Both ends are on this machine.
    var isLoopback: Bool
    var bindings = SASLChannelBindings()
    var hasClientCertificate = false
    /// Somebody has logged in.
    var isLoggedIn = false
    /// The client is in a trusted network.
    var isTrusted = false

    init(isEncrypted: Bool, canStartTLS: Bool, isLoopback: Bool) {
        self.isEncrypted = isEncrypted
        self.canStartTLS = canStartTLS
        self.isLoopback = isLoopback
    }
}
