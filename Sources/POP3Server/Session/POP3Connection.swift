internal import Directory
internal import Listener
internal import MailStore
internal import NIOCore
internal import POP3Wire
internal import SASL
internal import Sessions

/// Carries one POP3 connection from greeting to close; how it is driven is told at `Session`.
///
/// What may be done is decided by ``POP3SessionStateMachine``; what the bytes mean, by `POP3Wire`.
actor POP3Connection: LoginSession {
    nonisolated let eventLoop: any EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe self.eventLoop.executor.asUnownedSerialExecutor()
    }

    nonisolated let service: POP3Service
    let transport: SessionTransport

    var framer: POP3Framer
    var machine: POP3SessionStateMachine
    /// A frame that was taken to see whether it belongs to the one before, and does not.
    var waitingFrame: POP3Framer.Frame?
    var exchange: SASLServer?
    /// What the session holds of the store; `nil` before login.
    var maildrop: Maildrop?
    var readAhead = ReadAhead()
    var output = ByteBuffer()

    init(service: POP3Service, opening: SessionOpening) {
        self.service = service
        self.eventLoop = opening.channel.eventLoop
        self.transport = SessionTransport(opening, log: service.logger)
        self.framer = POP3Framer(limits: service.configuration.wire)
        self.machine = POP3SessionStateMachine(
            isEncrypted: opening.implicitTLS != nil,
            offersTLS: opening.tlsContexts != nil,
            allowsPlaintextLogin: service.configuration.allowsPlaintextLogin(opening.info),
            limits: service.configuration.session
        )
    }

    var isOver: Bool { self.machine.isClosed }

    var user: AuthenticatedUser? { self.maildrop?.user }

    func greet() {
        self.output.writePOP3Reply(.greeting)
    }

    func receive(_ bytes: ByteBuffer) {
        self.framer.append(bytes)
    }

    var wantsBytes: Bool { self.framer.octetsWaiting < self.service.configuration.session.bufferedOctetsMax }

    func releaseBuffers() {
        self.framer.releaseIfEmpty()
    }

    /// Nothing is deleted by this. RFC 1939 §6.
    func end() {
        self.machine.closed()
    }

    func release() {
        self.exchange = nil
        self.readAhead.drop()
        self.maildrop?.release()
        self.maildrop = nil
    }

    /// Whether no more should be made before the socket has taken what it has.
    var mustDrain: Bool {
        if self.output.readableBytes > SessionTransport.outputOctetsMax { self.flush() }
        return !self.channel.isWritable
    }

    /// Ends the connection with a word.
    func hangUp(_ reply: POP3Reply) {
        guard !self.machine.isClosed else { return }
        self.output.writePOP3Reply(reply)
        self.endAfterOutput()
    }

    func writeFarewell(_ reason: SessionFarewell) {
        switch reason {
        case .shuttingDown: self.output.writePOP3Reply(.shuttingDown)
        case .silence: self.output.writePOP3Reply(.autologout)
        }
    }

    // MARK: - Time

    var isAuthenticated: Bool { self.machine.isInTransaction }

    var silenceMax: TimeAmount {
        self.readAhead.isEmpty ? self.stallMax : TimeAmount(POP3SessionLimits.aheadTimeout)
    }

    var stallMax: TimeAmount {
        let session = self.service.configuration.session
        return TimeAmount(self.machine.isInTransaction ? session.autologout : session.loginTimeout)
    }

    /// A client that fetches nothing for a while does not keep what was read ahead for it.
    func timeLimitReached() -> TimeAmount? {
        self.readAhead.drop()
        return self.judgeSilence()
    }
}
