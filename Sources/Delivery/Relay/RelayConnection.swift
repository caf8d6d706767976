internal import Logging
internal import MailBytes
internal import MailTypes
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS
internal import SMTPWire
internal import Telemetry

/// One connection to a next host: carries out what the client's state machine says, message after message.
///
/// While one message's text goes out, the envelope of the next follows in the same write (RFC 2920 §3.1), so that in a
/// row of messages each costs one write, one read and one round trip. The second envelope runs in a machine of its
/// own, which takes over when the first message's last answer has come.
final class RelayConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Life {
        case connecting
        case opening
        case ready
        case closing
        case closed
    }

    let host: NextHop.Host
    /// The host's place in the next hop's list.
    let index: Int
    private(set) var wasReady = false
    unowned let destination: Destination
    unowned let lane: RelayLane
    private(set) var life = Life.connecting
    var channel: (any Channel)?
    var machine: SMTPClientStateMachine
    var framer = SMTPReplyFramer()
    var job: RelayJob?
    /// The transaction whose envelope was sent behind the text of the one before.
    var ahead: (machine: SMTPClientStateMachine, job: RelayJob)?
    /// The machine as it is between transactions, to be copied for ``ahead``.
    var idleMachine: SMTPClientStateMachine?
    var output = ByteBuffer()
    private var isReading = false
    /// TLS is being set up: however the connection ends now, it is TLS that failed.
    var isHandshaking = false
    var isEncrypted = false
    var isStopRequested = false
    private(set) var transactions = 0
    /// Recipients the host takes in a transaction, once it has said that there were too many.
    var recipientsMax: Int?
    var body: BodyStream?
    var login: RelayLogin?
    let openedAt = NIODeadline.now()
    var lastActivity = NIODeadline.now()

    init(_ destination: Destination, host: NextHop.Host, index: Int, lane: RelayLane) {
        self.destination = destination
        self.host = host
        self.index = index
        self.lane = lane
        self.machine = SMTPClientStateMachine(
            .init(dialect: destination.hop.dialect, helloName: lane.options.hostName)
        )
    }

    var hop: NextHop { self.destination.hop }

    // MARK: - Opening

    func connect(avoidsTLS: Bool) {
        self.machine = SMTPClientStateMachine(
            .init(
                dialect: self.hop.dialect,
                helloName: self.lane.options.hostName,
                tls: avoidsTLS && self.hop.tls == .whenOffered ? .never : self.hop.tls,
                mustAuthenticate: self.hop.login != nil
            )
        )
        let loop = self.lane.loop
        let handler = NIOLoopBound(self, eventLoop: loop)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(self.lane.options.connectTimeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4_096))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
            }
        let connected: EventLoopFuture<any Channel>
        if let address = try? SocketAddress(ipAddress: self.host.name, port: self.host.port) {
            connected = bootstrap.connect(to: address)
        } else {
            connected = bootstrap.connect(host: self.host.name, port: self.host.port)
        }
        self.lane.log.debug("connecting", metadata: .init([.host: self.host.description]))
        connected.assumeIsolated().whenFailure { error in
            self.end(RelayFailure(connecting: error))
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        guard self.life == .connecting else {
            // Given up while it was being opened.
            context.close(promise: nil)
            return
        }
        self.channel = context.channel
        self.life = .opening
        self.lastActivity = .now()
    }

    // MARK: - Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.isReading = true
        self.framer.append(self.unwrapInboundIn(data))
        do {
            while self.life != .closed, let reply = try self.framer.nextReply() {
                self.lastActivity = .now()
                if self.lane.log.tellsLines { self.noteReceived(reply) }
                self.perform(self.machine.replyReceived(reply))
            }
        } catch {
            self.perform(self.machine.protocolViolated())
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isReading = false
        self.flush()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.lose()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.lose()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent {
            self.isHandshaking = false
            self.isEncrypted = true
            self.perform(self.machine.tlsEstablished())
            self.flush()
        }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: - Acting

    func perform(_ first: SMTPClientStateMachine.Action) {
        var action = first
        var isSecret = false
        while true {
            switch action {
            case .wait:
                return
            case .send(var bytes):
                if self.lane.log.tellsLines { self.noteSent(bytes, isSecret: isSecret) }
                self.output.writeBuffer(&bytes)
                return
            case .startTLS:
                self.startTLS()
                return
            case .authenticate(let mechanisms):
                isSecret = true
                action = self.beginLogin(mechanisms)
            case .answerChallenge(let challenge):
                isSecret = true
                action = self.machine.authenticationAnswered(self.login?.answer(challenge) ?? "*")
            case .ready:
                self.becomeReady()
                return
            case .sendBody:
                self.sendBody()
                return
            case .finished(let result):
                self.finished(result)
                return
            case .failed(let failure):
                var end = RelayFailure(self.isHandshaking ? .tlsFailed : failure)
                end.isAtTLS = self.machine.hasEndedAtTLS
                self.end(end)
                return
            case .close:
                self.end(nil)
                return
            }
        }
    }

    private func noteReceived(_ reply: SMTPReply) {
        self.lane.log.received(reply.code == 334 ? "334 (left out)" : reply.description, .host, self.host.description)
    }

    func noteSent(_ bytes: ByteBuffer, isSecret: Bool = false) {
        guard !isSecret else { return self.lane.log.sent("(left out)", .host, self.host.description) }
        for line in String(buffer: bytes).split(whereSeparator: \.isNewline) {
            self.lane.log.sent(String(line), .host, self.host.description)
        }
    }

    private func becomeReady() {
        if self.login?.proved() == false {
            self.end(RelayFailure(reply: SMTPReply(451, "4.7.0", "Next host did not prove that it knows the password")))
            return
        }
        self.wasReady = true
        self.life = .ready
        self.idleMachine = self.machine
        self.destination.connectionReady(self)
    }

    /// Begins a transaction; only while none is under way. What needs more than the host offers ends without a word to
    /// it, and the next job takes its place here: a long row of those must not be as many calls within each other.
    func begin(_ first: RelayJob) {
        self.lastActivity = .now()
        var next: RelayJob? = first
        while let job = next.map(self.portion) {
            let action = self.machine.transactionRequested(self.lane.transaction(job))
            guard case .finished(let result) = action else {
                self.job = job
                self.perform(action)
                if !self.isReading { self.flush() }
                return
            }
            self.lane.finished(job, result, self)
            next = self.destination.nextJob()
        }
        self.destination.connectionIdle(self)
    }

    func flush() {
        guard let channel = self.channel, self.output.readableBytes > 0, self.life != .closed else { return }
        let bytes = self.output
        self.output = ByteBuffer()
        channel.writeAndFlush(bytes, promise: nil)
    }

    // MARK: - Endings

    private func finished(_ result: SMTPTransactionResult) {
        guard let job = self.job else { preconditionFailure("a transaction ended that was not begun") }
        self.job = nil
        if !result.isSessionReusable, result.isUntouched, self.transactions > 0, job.returns < 3 {
            // A kept connection had died before it was used again: that says nothing about the message.
            self.destination.giveBack(job)
        } else {
            self.transactions += 1
            let (settled, settledResult) = self.withoutSurplus(job, result)
            self.lane.finished(settled, settledResult, self)
        }
        guard result.isSessionReusable else {
            self.end(RelayFailure(reply: result.outcomes.last?.reply ?? SMTPReply(451, "4.4.2", "Connection was lost")))
            return
        }
        if result.outcomes.contains(where: \.isDelivered) { self.destination.transactionSucceeded() }
        if let ahead = self.ahead {
            self.ahead = nil
            self.machine = ahead.machine
            self.job = ahead.job
        } else if self.isStopRequested || self.isWorn {
            self.quit()
        } else {
            self.destination.connectionIdle(self)
        }
    }

    /// Says goodbye; only while no transaction is under way.
    func quit() {
        guard self.life == .ready, self.machine.isIdle else { return }
        self.life = .closing
        self.destination.connectionLeaves(self)
        self.lastActivity = .now()
        self.perform(self.machine.quitRequested())
        if !self.isReading { self.flush() }
    }

    func stopWhenDone() {
        self.isStopRequested = true
        if self.life == .connecting || self.life == .opening { self.abort() }
    }

    func abort() {
        self.lose()
    }

    /// The server is gone, or must be treated as if it were.
    func lose() {
        guard self.life != .closed else { return }
        self.perform(self.machine.connectionLost())
        // The machine may have nothing to say about a connection that was never used.
        if self.life != .closed { self.end(self.life == .closing ? nil : .lost) }
    }

    func end(_ failure: RelayFailure?) {
        guard self.life != .closed else { return }
        let wasClosing = self.life == .closing
        self.lane.log.debug(
            "connection ended",
            metadata: .init([
                .host: self.host.description, .count: "\(self.transactions)", .reason: failure?.reply.description ?? "",
            ])
        )
        self.life = .closed
        self.body?.cancel()
        if let ahead = self.ahead {
            self.ahead = nil
            self.destination.giveBack(ahead.job)
        }
        if let job = self.job {
            self.job = nil
            self.destination.giveBack(job)
        }
        self.channel?.close(promise: nil)
        self.destination.connectionClosed(self, failure: wasClosing ? nil : failure)
    }

    func tick(at now: NIODeadline) {
        let quiet = now - self.lastActivity
        switch self.life {
        case .connecting, .closed:
            return
        case .closing:
            if quiet > .seconds(10) { self.end(nil) }
        case .ready where self.machine.isIdle:
            if quiet > TimeAmount(self.lane.options.idleTimeout) || self.isWorn { self.quit() }
        case .opening, .ready:
            guard quiet > TimeAmount(min(self.machine.replyTimeout, self.lane.options.replyTimeoutMax)) else { return }
            self.perform(self.machine.timedOut())
        }
    }
}
