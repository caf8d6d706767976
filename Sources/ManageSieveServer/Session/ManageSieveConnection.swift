internal import Directory
internal import ManageSieveWire
internal import NIOCore
internal import SASL
internal import Sessions

/// Carries one ManageSieve connection from greeting to close; how it is driven is told at `Session`.
///
/// What may be done is decided by ``ManageSieveSessionStateMachine``; what the bytes mean, by `ManageSieveWire`.
actor ManageSieveConnection: LoginSession {
    nonisolated let eventLoop: any EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe self.eventLoop.executor.asUnownedSerialExecutor()
    }

    nonisolated let service: ManageSieveService
    let transport: SessionTransport

    var framer: ManageSieveFramer
    var machine: ManageSieveSessionStateMachine
    /// Whose scripts these are; `nil` before login.
    var user: AuthenticatedUser?
    var exchange: SASLServer?
    /// What the mechanism has to say with success.
    var successData: [UInt8]?
    var output = ByteBuffer()

    init(service: ManageSieveService, opening: SessionOpening) {
        self.service = service
        self.eventLoop = opening.channel.eventLoop
        self.transport = SessionTransport(opening, log: service.logger)
        self.framer = ManageSieveFramer(limits: service.configuration.wire)
        self.machine = ManageSieveSessionStateMachine(
            isEncrypted: opening.implicitTLS != nil,
            offersTLS: opening.tlsContexts != nil,
            allowsPlaintextLogin: service.configuration.allowsPlaintextLogin(opening.info),
            limits: service.configuration.session
        )
    }

    var isOver: Bool { self.machine.isClosed }

    func greet() {
        self.output.writeManageSieveCapabilities(self.capabilities)
        self.output.writeManageSieveReply(.greeting)
    }

    func receive(_ bytes: ByteBuffer) {
        self.framer.append(bytes)
    }

    /// While nothing runs, what waits is one unfinished command, which the framer bounds.
    var wantsBytes: Bool {
        let max = self.service.configuration.session.bufferedOctetsMax
        return self.channel.isWritable && (!self.transport.isRunning || self.framer.octetsWaiting < max)
    }

    func releaseBuffers() {
        self.framer.releaseIfEmpty()
    }

    func end() {
        self.machine.closed()
    }

    func release() {
        self.exchange = nil
        self.successData = nil
        self.user = nil
    }

    /// Ends the session of an account that has been removed or suspended meanwhile.
    ///
    /// - Returns: whether it has ended so.
    func endsWithAccount() -> Bool {
        guard self.hasLostAccount, !self.machine.isClosed else { return false }
        self.output.writeManageSieveReply(.accountClosed)
        self.machine.closed()
        return true
    }

    func writeFarewell(_ reason: SessionFarewell) {
        switch reason {
        case .shuttingDown: self.output.writeManageSieveReply(.shuttingDown)
        case .silence: self.output.writeManageSieveReply(.autologout)
        }
    }

    var isAuthenticated: Bool { self.machine.isAuthenticated }

    var silenceMax: TimeAmount {
        let session = self.service.configuration.session
        return TimeAmount(self.machine.isAuthenticated ? session.autologout : session.loginTimeout)
    }

    var stallMax: TimeAmount { TimeAmount(self.service.configuration.session.writeTimeout) }
}
