internal import POP3Wire
internal import Sessions

/// What a POP3 session may do next, and what each event makes it do.
///
/// The machine performs no I/O, reads no clock and starts no task. Its driver reports what happened by calling an event
/// method and carries out the one action it gets back.
///
///     authorization ──USER──▶ named ──PASS──▶ authenticating ──loginEnded(accepted)──▶ transaction ──QUIT──▶ closed
///           │ ▲                │                 ▲      │                                               (update)
///           │ └────────────────┴──denied─────────┼──────┘
///           └──AUTH──────────────────────────────┘
///
/// Events arriving in a state that cannot see them are the driver's bug and trap; commands arriving out of order are
/// the client's and are refused. RFC 1939 §3.
struct POP3SessionStateMachine {
    /// What the driver does with a command.
    enum Action: Hashable {
        case perform
        case refuse(POP3Reply)
        /// Too many errors: answer and close.
        case refuseThenClose(POP3Reply)
        /// Check this name with the password that came.
        case verify(login: String)
    }

    private enum State: Hashable {
        case authorization
        case named(String)
        case authenticating
        case transaction
        case closed
    }

    private var state = State.authorization
    private(set) var isEncrypted: Bool
    private let offersTLS: Bool
    private let allowsPlaintextLogin: Bool
    private var failedLogins = 0
    private var errors = 0
    private let limits: POP3SessionLimits

    /// - Parameters:
    ///   - isEncrypted: TLS is on already (port 995).
    ///   - offersTLS: there is a certificate to offer STLS with.
    ///   - allowsPlaintextLogin: passwords may be sent without TLS, as on loopback when the postmaster allows it.
    init(isEncrypted: Bool, offersTLS: Bool, allowsPlaintextLogin: Bool, limits: POP3SessionLimits) {
        self.isEncrypted = isEncrypted
        self.offersTLS = offersTLS
        self.allowsPlaintextLogin = allowsPlaintextLogin
        self.limits = limits
    }

    var isClosed: Bool { self.state == .closed }

    var isInTransaction: Bool { self.state == .transaction }

    /// Whether a password may cross this connection.
    var allowsPasswords: Bool { self.isEncrypted || self.allowsPlaintextLogin }

    /// Whether STLS is to be announced.
    var announcesTLS: Bool { self.offersTLS && !self.isEncrypted && !self.isInTransaction }

    // MARK: - Events

    mutating func commandReceived(_ command: POP3Command) -> Action {
        if case .user(let name) = command, self.isBeforeLogin, self.allowsPasswords {
            self.state = .named(name)
            return .perform
        }
        if case .pass = command, case .named(let name) = self.state {
            self.state = .authenticating
            return .verify(login: name)
        }
        guard let refusal = self.refusal(of: command) else { return .perform }
        return self.judged(refusal)
    }

    /// Something could not be read as a command, or names a message that is not there.
    mutating func errorMade(_ reply: POP3Reply) -> Action { self.judged(reply) }

    mutating func authenticationBegan() {
        guard self.isBeforeLogin else { preconditionFailure("a login in state \(self.state)") }
        self.state = .authenticating
    }

    /// - Returns: whether the connection stays open.
    mutating func loginEnded(_ verdict: LoginVerdict) -> Bool {
        guard self.state == .authenticating else { preconditionFailure("the end of a login in state \(self.state)") }
        switch verdict {
        case .accepted:
            self.state = .transaction
            self.errors = 0
        case .abandoned:
            self.state = .authorization
        case .denied:
            self.state = .authorization
            self.failedLogins += 1
            if self.failedLogins >= self.limits.failedLoginsMax { self.state = .closed }
        }
        return self.state != .closed
    }

    mutating func tlsStarted() {
        guard self.isBeforeLogin else { preconditionFailure("TLS in state \(self.state)") }
        // What the client said before is not known to be the client's. RFC 2595 §4.
        self.state = .authorization
        self.isEncrypted = true
    }

    /// QUIT, a fatal error, a time-out, or the end of service.
    mutating func closed() {
        self.state = .closed
    }

    // MARK: - Rules

    private var isBeforeLogin: Bool {
        switch self.state {
        case .authorization, .named: true
        case .authenticating, .transaction, .closed: false
        }
    }

    /// Counts what is the client's fault; a program that only makes errors is sent away.
    private mutating func judged(_ refusal: POP3Reply) -> Action {
        if refusal == .needsEncryption { return .refuse(refusal) }
        self.errors += 1
        guard self.errors >= self.limits.errorsMax else { return .refuse(refusal) }
        self.state = .closed
        return .refuseThenClose(.tooManyErrors)
    }

    private func refusal(of command: POP3Command) -> POP3Reply? {
        switch command {
        case .capa, .quit:
            return nil
        case .stls:
            if !self.isBeforeLogin { return .onlyBeforeLogin }
            if self.isEncrypted { return .alreadyEncrypted }
            return self.offersTLS ? nil : .encryptionUnavailable
        case .auth:
            return self.isBeforeLogin ? nil : .onlyBeforeLogin
        case .user:
            return self.isBeforeLogin ? .needsEncryption : .onlyBeforeLogin
        case .pass:
            if !self.isBeforeLogin { return .onlyBeforeLogin }
            return self.allowsPasswords ? .needsName : .needsEncryption
        case .stat, .list, .retr, .dele, .noop, .rset, .uidl, .top:
            return self.isInTransaction ? nil : .needsLogin
        }
    }
}
