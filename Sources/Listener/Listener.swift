internal import Glibc
package import Logging
internal import MailTypes
package import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Telemetry
package import Trace

/// Takes connections at one or several addresses and hands each to its protocol.
///
/// It refuses above its limits with a line in the protocol's own words, and when the process is out of descriptors it
/// waits and tries again (lesson 10). It never looks at what a connection says.
///
///     created ──start──▶ listening ──stop──▶ stopping ──last connection ended, or deadline──▶ stopped
package final class Listener: Sendable {
    /// How long accepting rests when the process or the system is out of descriptors or memory.
    private static let backOff = TimeAmount.milliseconds(200)

    /// What new connections get.
    private struct Service: Sendable {
        var refusalLine: @Sendable (ConnectionRefusal) -> String
        var setUp: @Sendable (AcceptedConnection) throws -> Void
    }

    private let options: ListenerOptions
    private let loops: EventLoops
    private let tlsContexts: TLSContexts?
    private let journal: TraceJournal
    private let log: Logger
    private let service: Mutex<Service>
    private let registry: ConnectionRegistry
    private let servers = Mutex<[any Channel]>([])
    private let acceptFailures = Atomic<Int>(0)
    private let refusedAltogether = Atomic<Int>(0)

    /// - Parameters:
    ///   - tlsContexts: needed unless the mode is ``TLSMode/none``.
    ///   - setUp: adds the protocol's handlers to a new connection's pipeline; on its event loop, before any octet.
    package init(
        _ options: ListenerOptions,
        loops: EventLoops,
        tlsContexts: TLSContexts?,
        journal: TraceJournal,
        log: Logger,
        setUp: @escaping @Sendable (AcceptedConnection) throws -> Void
    ) {
        precondition(options.tlsMode == .none || tlsContexts != nil, "a listener with TLS has a certificate")
        self.options = options
        self.loops = loops
        self.tlsContexts = options.tlsMode == .none ? nil : tlsContexts
        self.journal = journal
        self.log = log
        self.service = Mutex(Service(refusalLine: options.refusalLine, setUp: setUp))
        self.registry = ConnectionRegistry(
            connectionsMax: options.connectionsMax,
            connectionsPerPeerMax: options.connectionsPerPeerMax,
            allowance: loops.allowance
        )
    }

    package var name: String { self.options.name }

    /// Takes over limits, refusal and protocol for connections from now on; where and how it listens stays.
    package func reconfigure(
        _ options: ListenerOptions,
        setUp: @escaping @Sendable (AcceptedConnection) throws -> Void
    ) {
        self.registry.limit(to: options.connectionsMax, perPeer: options.connectionsPerPeerMax)
        self.service.withLock { $0 = Service(refusalLine: options.refusalLine, setUp: setUp) }
    }

    /// Connections now, since the start, and refused; and how often accepting failed for lack of descriptors.
    package var counters: ListenerCounters {
        let counts = self.registry.counts
        return ListenerCounters(
            open: counts.open,
            accepted: counts.accepted,
            refused: counts.refused,
            acceptFailures: self.acceptFailures.load(ordering: .relaxed)
        )
    }

    /// Begins to listen everywhere or, when one address cannot be had, nowhere.
    ///
    /// - Returns: the addresses, in the order of the points.
    @discardableResult
    package func start() async throws -> [SocketAddress] {
        var addresses: [SocketAddress] = []
        do {
            for point in self.options.points {
                let channel = try await self.bind(point)
                self.servers.withLock { $0.append(channel) }
                if let address = channel.localAddress { addresses.append(address) }
            }
        } catch {
            await self.closeServers()
            throw error
        }
        return addresses
    }

    /// Stops accepting, tells every session, waits until the last has ended or `grace` is over, then closes the rest.
    package func stop(grace: TimeAmount) async {
        await self.closeServers()
        for channel in self.registry.beginStopping() {
            channel.eventLoop.execute { channel.pipeline.fireUserInboundEventTriggered(ServiceStopping()) }
        }
        let eventLoop = self.loops.group.next()
        let ended = eventLoop.makePromise(of: Void.self)
        self.registry.notifyWhenEmpty(ended)
        let deadline = eventLoop.scheduleTask(in: grace) {
            for channel in self.registry.channels { channel.close(promise: nil) }
        }
        // The promise is only ever succeeded.
        try? await ended.futureResult.get()
        deadline.cancel()
    }

    private func bind(_ point: ListenPoint) async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: self.loops.group)
            .serverChannelOption(.backlog, value: self.options.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(self.makePause())
                }
            }
            .childChannelOption(.recvAllocator, value: self.receiveAllocator)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 64 * 1_024, high: 256 * 1_024))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.admit(channel) }
            }
        switch point {
        case .descriptor(let descriptor):
            let channel = try await bootstrap.withBoundSocket(descriptor).get()
            // NIO has it listen with a backlog of its own as it takes it over. What is refused leaves that.
            _ = listen(descriptor, self.options.backlog)
            return channel
        case .address(host: "*", let port):
            do {
                return try await bootstrap.bind(host: "::", port: port).get()
            } catch {
                // A machine without IPv6; whatever else is wrong is wrong here too.
                return try await bootstrap.bind(host: "0.0.0.0", port: port).get()
            }
        case .address(let host, let port):
            return try await bootstrap.bind(host: host, port: port).get()
        }
    }

    private var receiveAllocator: AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(
            minimum: self.options.receiveOctetsMin,
            initial: self.options.receiveOctetsMin,
            maximum: self.options.receiveOctetsMax
        )
    }

    private func makePause() -> AcceptPauseHandler {
        AcceptPauseHandler(pause: Self.backOff) { error in
            let count = self.acceptFailures.add(1, ordering: .relaxed).newValue
            // The first and then every hundredth: twenty seconds of trouble are one line.
            guard count % 100 == 1 else { return }
            self.log.warning(
                "cannot accept connections; trying again",
                metadata: .init([.listener: self.options.name, .error: "\(error)"])
            )
        }
    }

    private func closeServers() async {
        let servers = self.servers.withLock { servers in
            defer { servers = [] }
            return servers
        }
        for server in servers {
            // A socket that is closed already is what is wanted.
            try? await server.close().get()
        }
    }

    // MARK: - A new connection

    /// On the connection's event loop.
    private func admit(_ channel: any Channel) throws {
        guard let peer = channel.remoteAddress else {
            // The client was gone before it was taken.
            channel.close(promise: nil)
            return
        }
        let isExempt = self.options.isExemptFromPeerLimit(peer)
        let key = isExempt ? nil : PeerHost(peer).countingKey
        if let refusal = self.registry.admit(channel, peer: key) {
            try self.refuse(channel, peer, refusal)
            return
        }
        channel.closeFuture.whenComplete { [registry] _ in registry.remove(channel, peer: key) }
        try self.setUp(channel, peer: peer)
    }

    private func setUp(_ channel: any Channel, peer: SocketAddress) throws {
        let info = ConnectionInfo(
            id: self.journal.makeID(),
            listener: self.options.name,
            peer: peer,
            local: channel.localAddress
        )
        let implicitTLS = self.options.tlsMode == .implicit ? self.tlsContexts?.current : nil
        try implicitTLS?.insert(into: channel.pipeline.syncOperations)
        try self.service.withLock { $0.setUp }(
            AcceptedConnection(
                info: info,
                channel: channel,
                tlsContexts: self.options.tlsMode == .startTLS ? self.tlsContexts : nil,
                implicitTLS: implicitTLS,
                timers: self.loops.timers(of: channel.eventLoop),
                tasks: self.loops.tasks
            )
        )
    }

    /// Says so for the first and then every thousandth.
    private func noteShortage() {
        guard self.refusedAltogether.add(1, ordering: .relaxed).newValue % 1_000 == 1 else { return }
        self.log.warning(
            "connections are refused: the system allows the program too few open files",
            metadata: .init([.listener: self.options.name])
        )
    }

    /// Under implicit TLS nothing can be said without a handshake, which is what a refusal must not cost.
    private func refuse(_ channel: any Channel, _ peer: SocketAddress, _ refusal: ConnectionRefusal) throws {
        self.log.info(
            "connection refused",
            metadata: .init([
                .listener: self.options.name, .peer: PeerHost(peer).text, .reason: "\(refusal)",
            ])
        )
        if refusal == .tooManyAltogether { self.noteShortage() }
        let line = self.options.tlsMode == .implicit ? "" : self.service.withLock { $0.refusalLine }(refusal)
        try channel.pipeline.syncOperations.addHandler(RefusalHandler(line: line))
    }
}

/// Tells a client that it is not wanted, and closes.
private final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let line: String

    init(line: String) {
        self.line = line
    }

    func channelActive(context: ChannelHandlerContext) {
        if !self.line.isEmpty {
            context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(string: self.line)), promise: nil)
        }
        context.close(promise: nil)
    }
}

/// How busy a listener is and was.
package struct ListenerCounters: Hashable, Sendable {
    package var open: Int
    package var accepted: Int
    package var refused: Int
    package var acceptFailures: Int
}
