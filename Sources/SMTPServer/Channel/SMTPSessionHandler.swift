internal import Listener
internal import Logging
internal import MailTypes
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import Reception
internal import SASL
internal import SMTPWire
internal import Storage
internal import Telemetry
internal import Trace

/// Carries one SMTP or LMTP connection from greeting to close, on its event loop and without a task.
///
/// Everything that decides lives in ``SMTPSessionStateMachine``; everything here moves bytes or waits. While an answer
/// is being found (a login, a delivery) the commands behind it wait in the framer, and what they are answered leaves in
/// one write.
final class SMTPSessionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let service: SMTPService
    let info: ConnectionInfo
    let eventLoop: any EventLoop
    let tlsContexts: TLSContexts?
    /// The certificate the connection is, or is being, encrypted with.
    var tlsContext: TLSContext?
    var isHandshakeDone = false
    var clientCertificateAddresses: [String] = []
    var machine: SMTPSessionStateMachine
    /// By when the message begun is to be delivered.
    var deliverBy: DeliverBy?
    var framer: SMTPFramer
    var parser: SMTPCommandParser
    var client: ReceptionClient
    /// The message coming in.
    var receiver: MessageReceiver?
    /// The login going on.
    var login: SASLServer?
    /// When the client last said something in it.
    var loginStepBegun = NIODeadline.now()
    /// Something outside is being waited for; no line is looked at until it is there.
    var isWaiting = false
    var isClosing = false
    private(set) var context: ChannelHandlerContext?
    /// Replies that have not left yet.
    var outbound = ByteBuffer()
    private(set) var timer: ConnectionTimer?
    private var isReadHeld = false
    /// Replies are being given to the channel, which may tell at once that it has room.
    var isFlushing = false
    /// The client has done something since its time began: a whole line, or enough of a message. Single octets are
    /// nothing, or a client could stay for days with one line.
    private var hasMovedOn = false
    /// Octets of a message since the time began.
    private var octetsSinceRenewal = 0
    /// Messages of which the trace was told that they were refused here.
    var refusalsTraced = 0
    private let timers: ConnectionTimers

    init(_ service: SMTPService, _ connection: AcceptedConnection) {
        self.service = service
        self.info = connection.info
        self.eventLoop = connection.channel.eventLoop
        self.tlsContexts = connection.tlsContexts
        self.tlsContext = connection.implicitTLS
        self.timers = connection.timers
        let options = service.options
        let isTrusted = service.reception.isTrusted(connection.info.peer)
        var facts = SMTPSessionFacts(
            isEncrypted: connection.implicitTLS != nil,
            canStartTLS: connection.tlsContexts != nil,
            isLoopback: connection.info.isLoopback
        )
        facts.isTrusted = isTrusted
        self.machine = SMTPSessionStateMachine(options: options, facts: facts)
        self.framer = SMTPFramer(limits: options.wire)
        self.parser = SMTPCommandParser(
            dialect: options.dialect,
            extensions: self.machine.extensions,
            limits: options.wire
        )
        self.client = ReceptionClient(
            session: connection.info.id,
            door: options.door,
            peer: connection.info.peerText,
            isTrusted: isTrusted
        )
    }

    // MARK: - The channel's events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.timer = self.timers.makeTimer(for: self)
        if context.channel.isActive { self.greet() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.end()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        self.greet()
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isClosing else { return }
        self.framer.append(Self.unwrapInboundIn(data))
        self.advance()
        if self.hasMovedOn { self.startTimer() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.flush()
        context.fireChannelReadComplete()
    }

    /// Reading stops while too much is waiting: the client's bytes then wait in its own socket.
    func read(context: ChannelHandlerContext) {
        if self.mustHoldReads {
            self.isReadHeld = true
        } else {
            context.read()
        }
    }

    /// The client has taken what it had been answered: what it asked for meanwhile is next.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, !self.isClosing {
            if self.isFlushing {
                let session = NIOLoopBound(self, eventLoop: self.eventLoop)
                self.eventLoop.execute { session.value.roomMade() }
            } else {
                self.roomMade()
            }
        }
        context.fireChannelWritabilityChanged()
    }

    private func roomMade() {
        guard !self.isClosing, !self.isWaiting else { return }
        self.advance()
        self.flush()
        self.startTimer()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted:
            self.tlsEstablished()
        case is ServiceStopping:
            if !self.isClosing, let action = self.machine.stopRequested() {
                self.perform(action)
                self.flush()
            }
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// The peer went away or TLS failed; there is nobody left to tell.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case NIOSSLError.uncleanShutdown = error { return }
        self.service.log.debug(
            "connection failed",
            metadata: .init([.session: self.info.id.description, .error: "\(error)"])
        )
        self.isClosing = true
        context.close(promise: nil)
    }

    // MARK: - Lines and text

    /// Takes what has arrived as far as answers allow. A client that takes no answers is asked for nothing more.
    func advance() {
        while !self.isWaiting && !self.isClosing && self.mayAnswer {
            if self.framer.isInBody {
                let waiting = self.framer.octetsWaiting
                let hasEnded = self.takeBody()
                self.octetsSinceRenewal += waiting - self.framer.octetsWaiting
                if hasEnded || self.octetsSinceRenewal >= SMTPSessionLimits.renewingOctetsMin { self.hasMovedOn = true }
                guard hasEnded else { break }
                continue
            }
            guard let frame = self.framer.nextFrame() else { break }
            self.hasMovedOn = true
            switch frame {
            case .command(let line): self.commandArrived(line)
            case .authResponse(let line): self.loginLineArrived(line)
            case .malformed(let error): self.malformedLineArrived(error)
            }
        }
        self.releaseReads()
    }

    private func commandArrived(_ line: ByteBuffer) {
        do {
            self.parser.isInternationalTransaction = self.machine.sender?.isInternationalized ?? false
            let command = try self.parser.parse(line)
            self.noteReceived(command, line)
            switch command {
            case .ehlo(let name), .helo(let name), .lhlo(let name): self.client.greetingName = name
            default: break
            }
            let isClosed = command != .quit && self.hasLostAccount
            self.perform(isClosed ? self.machine.accountClosed() : self.machine.commandReceived(command))
            self.parser.extensions = self.machine.extensions
            self.client.isExtended = self.machine.isExtended
        } catch {
            self.noteMisunderstood(line)
            let bytes = line.readableBytesUInt8Span
            let isChunk = self.framer.isStopped && bytes.count >= 4 && bytes[0] | 0x20 == UInt8(ascii: "b")
            self.perform(self.machine.syntaxErrorFound(error, isChunk: isChunk))
        }
    }

    private func malformedLineArrived(_ error: SMTPSyntaxError) {
        if self.login != nil && error.kind != .lineEndless {
            self.endLogin(.failed(.malformed))
        } else {
            self.perform(self.machine.syntaxErrorFound(error))
        }
    }

    // MARK: - Beginning and end

    private func greet() {
        guard self.tlsContext == nil else {
            self.timer?.start(self.service.options.handshakeTimeout)
            return
        }
        self.sayHello()
    }

    func sayHello() {
        self.service.journal.record(
            self.info.id,
            .connected,
            (.peer, self.info.peerText),
            (.listener, self.info.listener)
        )
        self.write(.greeting(self.service.options))
        self.flush()
        self.startTimer()
    }

    private func end() {
        self.isClosing = true
        self.machine.connectionLost()
        self.traceRefused()
        self.abandonMessage()
        self.login = nil
        guard let timer = self.timer else { return }
        timer.cancel()
        self.timer = nil
        self.service.journal.record(self.info.id, .disconnected, (.peer, self.info.peerText))
    }

    // MARK: - Time and back-pressure

    func startTimer() {
        guard !self.isClosing else { return }
        self.octetsSinceRenewal = 0
        self.hasMovedOn = false
        if self.tlsContext != nil && !self.isHandshakeDone {
            self.timer?.start(self.service.options.handshakeTimeout)
        } else if self.isWaiting {
            self.timer?.pause()
        } else {
            let options = self.service.options
            self.timer?.start(self.framer.isInBody ? options.bodyTimeout : options.commandTimeout)
        }
    }

    /// Whether the client takes what it is answered, as far as it has been given to the channel.
    private var mayAnswer: Bool {
        if self.outbound.readableBytes > SMTPSessionLimits.repliesOctetsMax { self.flush() }
        return self.context?.channel.isWritable ?? false
    }

    private var mustHoldReads: Bool {
        if let context, !context.channel.isWritable { return true }
        if let receiver, receiver.spilling > SMTPSessionLimits.spillOctetsMax { return true }
        return self.isWaiting && self.framer.octetsWaiting > SMTPSessionLimits.aheadOctetsMax
    }

    func releaseReads() {
        guard self.isReadHeld, !self.mustHoldReads, let context else { return }
        self.isReadHeld = false
        context.read()
    }
}

extension SMTPSessionHandler: ConnectionTimerTarget {
    func timeLimitReached() {
        guard !self.isClosing else {
            self.context?.close(promise: nil)
            return
        }
        if self.tlsContext != nil && !self.isHandshakeDone {
            self.isClosing = true
            self.context?.close(promise: nil)
        } else {
            self.perform(self.machine.timeLimitReached())
        }
    }
}
