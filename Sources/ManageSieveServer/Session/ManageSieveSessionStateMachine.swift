internal import ManageSieveWire
internal import Sessions

/// What a ManageSieve session may do next, and what each event makes it do.
///
/// The machine performs no I/O, reads no clock and starts no task. Its driver reports what happened by calling an event
/// method and carries out the one action it gets back.
///
///     notAuthenticated ──authenticationBegan──▶ authenticating ──loginEnded(accepted)──▶ authenticated
///            ▲  ▲                                    │                                        │
///            │  └───────────loginEnded(denied)───────┘                                        │
///            └────────────────────────────unauthenticated─────────────────────────────────────┘
///     from anywhere: closed, by LOGOUT, too many errors, silence, shutdown
///
/// Events arriving in a state that cannot see them are the driver's bug and trap; commands arriving out of order are
/// the client's and get NO. A connection may end while a command runs: a closed session ignores what becomes of it.
/// RFC 5804 §2.
struct ManageSieveSessionStateMachine {
    /// What the driver does with a command.
    enum Action: Hashable {
        case perform
        case refuse(ManageSieveReply)
        /// Too many errors: answer with this and close.
        case close(ManageSieveReply)
    }

    private enum State: Hashable {
        case notAuthenticated
        case authenticating
        case authenticated
        case closed
    }

    private var state = State.notAuthenticated
    private(set) var isEncrypted: Bool
    private let offersTLS: Bool
    private let allowsPlaintextLogin: Bool
    private var failedLogins = 0
    private var errors = 0
    private let limits: ManageSieveSessionLimits

    /// - Parameters:
    ///   - isEncrypted: TLS is on already.
    ///   - offersTLS: there is a certificate to offer STARTTLS with.
    ///   - allowsPlaintextLogin: passwords may be sent without TLS, as on loopback when the postmaster allows it.
    init(isEncrypted: Bool, offersTLS: Bool, allowsPlaintextLogin: Bool, limits: ManageSieveSessionLimits) {
        self.isEncrypted = isEncrypted
        self.offersTLS = offersTLS
        self.allowsPlaintextLogin = allowsPlaintextLogin
        self.limits = limits
    }

    var isClosed: Bool { self.state == .closed }

    var isAuthenticated: Bool { self.state == .authenticated }

    /// Whether a password may cross this connection.
    var allowsPasswords: Bool { self.isEncrypted || self.allowsPlaintextLogin }

    /// Whether STARTTLS is to be announced.
    var announcesTLS: Bool { self.offersTLS && !self.isEncrypted && self.state == .notAuthenticated }

    // MARK: - Events

    mutating func commandReceived(_ command: ManageSieveCommand) -> Action {
        guard let refusal = self.refusal(of: command) else { return .perform }
        return self.judged(refusal)
    }

    /// Something could not be read as a command, or was too large.
    mutating func errorMade(_ reply: ManageSieveReply) -> Action { self.judged(reply) }

    mutating func authenticationBegan() {
        guard self.state == .notAuthenticated else { preconditionFailure("a login in state \(self.state)") }
        self.state = .authenticating
    }

    /// - Returns: whether the connection stays open.
    mutating func loginEnded(_ verdict: LoginVerdict) -> Bool {
        if self.state == .closed { return false }
        guard self.state == .authenticating else { preconditionFailure("the end of a login in state \(self.state)") }
        switch verdict {
        case .accepted:
            self.state = .authenticated
            self.errors = 0
        case .abandoned:
            self.state = .notAuthenticated
        case .denied:
            self.failedLogins += 1
            self.state = self.failedLogins < self.limits.failedLoginsMax ? .notAuthenticated : .closed
        }
        return self.state != .closed
    }

    mutating func unauthenticated() {
        guard self.state == .authenticated else { preconditionFailure("the end of a session in state \(self.state)") }
        self.state = .notAuthenticated
    }

    mutating func tlsStarted() {
        guard self.state == .notAuthenticated else { preconditionFailure("TLS in state \(self.state)") }
        self.isEncrypted = true
    }

    /// LOGOUT, a fatal error, a time-out, or the end of service.
    mutating func closed() {
        self.state = .closed
    }

    // MARK: - Rules

    /// Counts what is the client's fault; a program that only makes errors is sent away.
    private mutating func judged(_ refusal: ManageSieveReply) -> Action {
        // A script that is too large is no error of a program's.
        if refusal.code == .quotaMaxSize { return .refuse(refusal) }
        self.errors += 1
        let max = self.isAuthenticated ? self.limits.errorsMax : self.limits.errorsBeforeLoginMax
        guard self.errors >= max else { return .refuse(refusal) }
        self.state = .closed
        return .close(.tooManyErrors)
    }

    private func refusal(of command: ManageSieveCommand) -> ManageSieveReply? {
        switch command {
        case .capability, .logout, .noop:
            return nil
        case .startTLS:
            if self.state != .notAuthenticated { return .onlyBeforeLogin }
            if self.isEncrypted { return .alreadyEncrypted }
            return self.offersTLS ? nil : .encryptionUnavailable
        case .authenticate:
            return self.state == .notAuthenticated ? nil : .onlyBeforeLogin
        case .haveSpace, .putScript, .listScripts, .setActive, .getScript, .deleteScript, .renameScript, .checkScript,
            .unauthenticate:
            return self.isAuthenticated ? nil : .needsLogin
        }
    }
}
