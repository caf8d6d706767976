internal import IMAPWire
internal import Sessions

/// What an IMAP session may do next, and what each event makes it do.
///
/// The machine performs no I/O, reads no clock and starts no task. Its driver reports what happened by calling an event
/// method and carries out the one action it gets back.
///
///     notAuthenticated ──loginEnded(accepted)──▶ authenticated ──mailboxSelected──▶ selected
///            │  ▲                                  │  ▲  │ ▲                        │ │ ▲
///            ▼  │ loginEnded(denied)               │  │  ▼ │ idleEnded              │ ▼ │
///       authenticating                             │  │ idling                      │ idling
///                                                  │  └────────mailboxLeft──────────┘
///                                                  ▼ logoutRequested, errorsTooMany, shutdownRequested
///                                                closed
///
/// Events arriving in a state that cannot see them are the driver's bug and trap; commands arriving out of order are
/// the client's and get BAD. A connection may end while a command runs: a closed session ignores what becomes of it.
/// RFC 9051 §3.
struct IMAPSessionStateMachine {
    /// What the driver does with a command.
    enum Action: Hashable {
        case perform
        case refuse(Refusal)
        /// Too many errors: answer, say BYE and close.
        case refuseThenClose(Refusal)
    }

    /// Why a command is not carried out in the present state.
    enum Refusal: Hashable {
        case needsLogin
        case needsMailbox
        case onlyBeforeLogin
        case alreadyEncrypted
        case encryptionUnavailable
        case needsEncryption
        case mailboxIsReadOnly
        case syntax
    }

    /// What the driver does after a login attempt.
    enum LoginAction: Hashable {
        case welcome
        /// Wait ``IMAPSessionLimits/loginDelay``, then answer.
        case refuse
        /// The same, then BYE.
        case refuseThenClose
    }

    private enum State: Hashable {
        case notAuthenticated
        case authenticating
        case authenticated
        case selected(isReadOnly: Bool)
        case closed
    }

    private var state = State.notAuthenticated
    private(set) var isIdling = false
    private(set) var isEncrypted: Bool
    private let offersTLS: Bool
    private let allowsPlaintextLogin: Bool
    private var failedLogins = 0
    private var errors = 0
    private let limits: IMAPSessionLimits

    /// - Parameters:
    ///   - isEncrypted: TLS is on already (port 993).
    ///   - offersTLS: there is a certificate to offer STARTTLS with.
    ///   - allowsPlaintextLogin: passwords may be sent without TLS, as on loopback when the postmaster allows it.
    init(isEncrypted: Bool, offersTLS: Bool, allowsPlaintextLogin: Bool, limits: IMAPSessionLimits) {
        self.isEncrypted = isEncrypted
        self.offersTLS = offersTLS
        self.allowsPlaintextLogin = allowsPlaintextLogin
        self.limits = limits
    }

    var isClosed: Bool { self.state == .closed }

    var isAuthenticated: Bool {
        switch self.state {
        case .authenticated, .selected: true
        case .notAuthenticated, .authenticating, .closed: false
        }
    }

    /// Whether a password may cross this connection.
    var allowsPasswords: Bool { self.isEncrypted || self.allowsPlaintextLogin }

    /// Whether STARTTLS is to be announced.
    var announcesTLS: Bool { self.offersTLS && !self.isEncrypted && self.state == .notAuthenticated }

    // MARK: - Events

    mutating func commandReceived(_ command: IMAPCommand) -> Action {
        self.judged(self.refusal(of: command))
    }

    /// An APPEND was announced; it comes as frames and not as a command.
    mutating func appendReceived() -> Action {
        self.judged(self.isAuthenticated ? nil : .needsLogin)
    }

    /// Something could not be read as a command.
    mutating func syntaxErrorReceived() -> Action {
        self.judged(.syntax)
    }

    mutating func authenticationBegan() {
        guard self.state == .notAuthenticated else { preconditionFailure("a login in state \(self.state)") }
        self.state = .authenticating
    }

    mutating func loginEnded(_ verdict: LoginVerdict) -> LoginAction {
        if self.state == .closed { return .refuseThenClose }
        guard self.state == .notAuthenticated || self.state == .authenticating else {
            preconditionFailure("the end of a login in state \(self.state)")
        }
        switch verdict {
        case .accepted:
            self.state = .authenticated
            self.errors = 0
            return .welcome
        case .abandoned:
            self.state = .notAuthenticated
            return .refuse
        case .denied:
            self.state = .notAuthenticated
            self.failedLogins += 1
            guard self.failedLogins >= self.limits.failedLoginsMax else { return .refuse }
            self.state = .closed
            return .refuseThenClose
        }
    }

    mutating func tlsStarted() {
        guard self.state == .notAuthenticated else { preconditionFailure("TLS in state \(self.state)") }
        self.isEncrypted = true
    }

    mutating func mailboxSelected(isReadOnly: Bool) {
        if self.state == .closed { return }
        guard self.isAuthenticated else { preconditionFailure("a mailbox in state \(self.state)") }
        self.state = .selected(isReadOnly: isReadOnly)
    }

    /// CLOSE, UNSELECT, or a SELECT that failed.
    mutating func mailboxLeft() {
        if self.state == .closed { return }
        guard self.isAuthenticated else { preconditionFailure("a mailbox left in state \(self.state)") }
        self.state = .authenticated
    }

    mutating func idleBegan() { self.isIdling = true }

    mutating func idleEnded() { self.isIdling = false }

    /// LOGOUT, a fatal error, a time-out, or the end of service.
    mutating func closed() {
        self.state = .closed
        self.isIdling = false
    }

    // MARK: - Rules

    /// Counts what is the client's fault; a program that only makes errors is sent away. After login it may go on for
    /// weeks, so there only errors in a row count.
    private mutating func judged(_ refusal: Refusal?) -> Action {
        guard let refusal else {
            if self.isAuthenticated { self.errors = 0 }
            return .perform
        }
        switch refusal {
        case .mailboxIsReadOnly, .needsEncryption: return .refuse(refusal)
        default: break
        }
        self.errors += 1
        let max = self.isAuthenticated ? self.limits.errorsMax : self.limits.errorsBeforeLoginMax
        guard self.errors >= max else { return .refuse(refusal) }
        self.state = .closed
        return .refuseThenClose(refusal)
    }

    private func refusal(of command: IMAPCommand) -> Refusal? {
        switch command {
        case .capability, .noop, .logout, .id:
            return nil
        case .startTLS:
            if self.state != .notAuthenticated { return .onlyBeforeLogin }
            if self.isEncrypted { return .alreadyEncrypted }
            return self.offersTLS ? nil : .encryptionUnavailable
        case .authenticate:
            return self.state == .notAuthenticated ? nil : .onlyBeforeLogin
        case .login:
            guard self.state == .notAuthenticated else { return .onlyBeforeLogin }
            return self.allowsPasswords ? nil : .needsEncryption
        case .enable, .select, .examine, .create, .delete, .rename, .subscribe, .unsubscribe, .list, .lsub, .namespace,
            .status, .idle, .getMetadata, .setMetadata:
            return self.isAuthenticated ? nil : .needsLogin
        case .check, .close, .unselect, .search, .fetch, .copy:
            return self.refusalOutsideMailbox(changesMailbox: false)
        case .expunge, .uidExpunge, .store, .move:
            return self.refusalOutsideMailbox(changesMailbox: true)
        }
    }

    private func refusalOutsideMailbox(changesMailbox: Bool) -> Refusal? {
        guard case .selected(let isReadOnly) = self.state else {
            return self.isAuthenticated ? .needsMailbox : .needsLogin
        }
        return changesMailbox && isReadOnly ? .mailboxIsReadOnly : nil
    }
}
