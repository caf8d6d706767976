internal import Directory
internal import IMAPWire
internal import Listener
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import SASL
internal import Sessions

/// Carries one IMAP connection from greeting to close; how it is driven is told at `Session`.
///
/// What may be done is decided by ``IMAPSessionStateMachine``; what the bytes mean, by `IMAPWire`.
actor IMAPConnection: LoginSession {
    nonisolated let eventLoop: any EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe self.eventLoop.executor.asUnownedSerialExecutor()
    }

    nonisolated let service: IMAPService
    let transport: SessionTransport

    var framer: IMAPFramer
    var machine: IMAPSessionStateMachine
    /// Whose mail this is; `nil` before login.
    var user: AuthenticatedUser?
    /// Flags by name for the account; replaced when the account gets new keywords.
    var flagNames = FlagNames()
    var keywords = KeywordTable()
    var selected: SelectedMailbox?
    /// The client has shown that it understands modification sequences. RFC 7162 §3.1.
    private(set) var isCondstoreEnabled = false
    var exchange: SASLServer?
    /// The tag of the login under way.
    var loginTag = ""
    var append: AppendInProgress?
    /// The tag of the IDLE under way.
    var idleTag: String?
    var idleSubscription: IdleSubscription?
    var output = ByteBuffer()
    /// The mailbox changed while a task ran.
    var hasNews = false

    init(service: IMAPService, opening: SessionOpening) {
        self.service = service
        self.eventLoop = opening.channel.eventLoop
        self.transport = SessionTransport(opening, log: service.logger)
        self.framer = IMAPFramer(limits: service.configuration.wire.beforeLogin)
        self.machine = IMAPSessionStateMachine(
            isEncrypted: opening.implicitTLS != nil,
            offersTLS: opening.tlsContexts != nil,
            allowsPlaintextLogin: service.configuration.allowsPlaintextLogin(opening.info),
            limits: service.configuration.session
        )
    }

    var isOver: Bool { self.machine.isClosed }

    func greet() {
        self.output.writeUntagged(.ok, code: .capability(self.capabilities), "Martlet is ready")
    }

    func receive(_ bytes: ByteBuffer) {
        self.framer.append(bytes)
    }

    /// Nor while the client does not take the answers it has asked for. While nothing runs, what waits is one
    /// unfinished command, which the framer bounds.
    var wantsBytes: Bool {
        let max = self.service.configuration.session.bufferedOctetsMax
        return self.channel.isWritable && (!self.transport.isRunning || self.framer.bufferedOctets < max)
    }

    /// From now on modification sequences are told; of a mailbox that is selected already the client now hears what
    /// SELECT would have told it. RFC 7162 §3.1.
    func enableCondstore() {
        guard !self.isCondstoreEnabled else { return }
        self.isCondstoreEnabled = true
        guard let selected = self.selected else { return }
        self.output.writeUntagged(.ok, code: .highestModSeq(selected.highestModSeqTold), "Last change")
    }

    /// The mailbox that an IDLE watches has changed.
    func mailboxChanged() {
        guard self.machine.isIdling else { return }
        self.hasNews = true
        self.proceed()
    }

    func end() {
        self.machine.closed()
        self.stopWatching()
    }

    /// The framer lets go of its buffer by itself.
    func releaseBuffers() {}

    func release() {
        self.stopWatching()
        self.abandonAppend()
        self.exchange = nil
        self.leaveMailbox()
    }

    /// Ends the session of an account that has been removed or suspended meanwhile.
    ///
    /// - Returns: whether it has ended so.
    func endsWithAccount() -> Bool {
        guard self.hasLostAccount else { return false }
        self.sayBye("The account has been closed")
        return true
    }

    /// Ends the connection with a word.
    func sayBye(_ text: StaticString) {
        guard !self.machine.isClosed else { return }
        self.output.writeUntagged(.bye, text)
        self.endAfterOutput()
    }

    func writeFarewell(_ reason: SessionFarewell) {
        switch reason {
        case .shuttingDown: self.output.writeUntagged(.bye, "Martlet is shutting down")
        case .silence: self.output.writeUntagged(.bye, "Autologout after long silence")
        }
    }

    var isAuthenticated: Bool { self.machine.isAuthenticated }

    var silenceMax: TimeAmount {
        let session = self.service.configuration.session
        return TimeAmount(self.machine.isAuthenticated ? session.autologout : session.loginTimeout)
    }

    var stallMax: TimeAmount { TimeAmount(self.service.configuration.session.writeTimeout) }
}
