internal import Directory
internal import Listener
internal import MailStore
internal import NIOCore
internal import POP3Wire
internal import SASL

/// Carries one POP3 connection from greeting to close.
///
/// What may be done is decided by ``POP3SessionStateMachine``; what the bytes mean, by `POP3Wire`. Everything here
/// runs on the channel's event loop. Commands that need nothing from the disk are answered as their bytes arrive;
/// when one does,
/// a single task runs it and everything that arrived meanwhile, in order, and ends when nothing is waiting. So a
/// connection that is idle holds no task and no buffer, and pipelined commands never overtake each other.
///
/// Output is collected and leaves in one write; fetching waits until the socket took what came before.
actor POP3Connection {
    nonisolated let eventLoop: any EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe self.eventLoop.executor.asUnownedSerialExecutor()
    }

    nonisolated let service: POP3Service
    nonisolated let info: ConnectionInfo
    let channel: any Channel
    let tlsContexts: TLSContexts?
    /// What the connection is encrypted with.
    var tls: TLSContext?
    private let tasks: ConnectionTasks

    var framer: POP3Framer
    var machine: POP3SessionStateMachine
    /// A frame that was taken to see whether it belongs to the one before, and does not.
    var waitingFrame: POP3Framer.Frame?
    /// The AUTH exchange under way.
    var exchange: SASLServer?
    /// What the session holds of the store; `nil` before login.
    var maildrop: Maildrop?
    var readAhead = ReadAhead()

    /// Answers not yet given to the channel.
    var output = ByteBuffer()
    /// Commands run in a task at the moment.
    private var isRunning = false
    private var isShuttingDown = false
    private var lastActivity: NIODeadline
    private var writabilityWaiter: CheckedContinuation<Void, Never>?

    init(
        service: POP3Service,
        info: ConnectionInfo,
        channel: any Channel,
        tlsContexts: TLSContexts?,
        implicitTLS: TLSContext?,
        tasks: ConnectionTasks
    ) {
        self.service = service
        self.info = info
        self.channel = channel
        self.eventLoop = channel.eventLoop
        self.tlsContexts = tlsContexts
        self.tls = implicitTLS
        self.tasks = tasks
        self.framer = POP3Framer(limits: service.configuration.wire)
        self.machine = POP3SessionStateMachine(
            isEncrypted: implicitTLS != nil,
            offersTLS: tlsContexts != nil,
            allowsPlaintextLogin: service.configuration.allowsPlaintextLogin(info),
            limits: service.configuration.session
        )
        self.lastActivity = .now()
    }

    // MARK: - Events from the channel

    /// The connection is ready: greet.
    func started() {
        self.output.writePOP3Reply(.greeting)
        self.flush()
    }

    func bytesArrived(_ bytes: ByteBuffer) {
        guard !self.machine.isClosed else { return }
        self.lastActivity = .now()
        self.framer.append(bytes)
        self.proceed()
    }

    /// Whether the channel should go on reading.
    var wantsBytes: Bool { self.framer.octetsWaiting < self.service.configuration.session.bufferedOctetsMax }

    func writabilityChanged() {
        guard self.channel.isWritable, let waiter = self.writabilityWaiter else { return }
        self.writabilityWaiter = nil
        self.lastActivity = .now()
        waiter.resume()
    }

    /// The channel is gone: let go of everything. Nothing is deleted. RFC 1939 §6.
    func ended() {
        self.machine.closed()
        self.writabilityWaiter?.resume()
        self.writabilityWaiter = nil
        if !self.isRunning { self.release() }
    }

    /// The service ends: finish the running command, then hang up.
    func shutDown() {
        self.isShuttingDown = true
        if !self.isRunning { self.hangUp(.shuttingDown) }
    }

    // MARK: - Running

    /// Does what can be done at once, and starts a task for the rest if there is one.
    private func proceed() {
        guard !self.isRunning else { return }
        guard let work = self.nextWork() else { return self.rest() }
        self.isRunning = true
        self.tasks.start(on: self, self.eventLoop) { await $0.run(work) }
    }

    private func run(_ first: POP3Work) async {
        var next: POP3Work? = first
        while let work = next {
            await self.perform(work)
            await self.untilWritable()
            if self.isShuttingDown { break }
            next = self.nextWork()
        }
        self.isRunning = false
        if self.isShuttingDown, !self.machine.isClosed { return self.hangUp(.shuttingDown) }
        self.rest()
        if self.wantsBytes, self.channel.isActive { self.channel.read() }
    }

    /// Nothing is left to do for now.
    private func rest() {
        self.flush()
        self.framer.releaseIfEmpty()
        guard self.machine.isClosed else { return }
        self.release()
        self.channel.close(promise: nil)
    }

    /// Gives back what the session held of the store.
    private func release() {
        self.exchange = nil
        self.readAhead.drop()
        self.maildrop?.release()
        self.maildrop = nil
    }

    // MARK: - Output

    /// Gives the channel what has been collected.
    func flush() {
        guard self.output.readableBytes > 0 else { return }
        let bytes = self.output
        self.output = ByteBuffer()
        self.channel.writeAndFlush(bytes, promise: nil)
    }

    /// Adds a piece of an answer; a large one goes to the channel without being copied.
    func emit(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > Self.copiedOctetsMax else {
            self.output.writeImmutableBuffer(bytes)
            return
        }
        if self.output.readableBytes > 0 {
            let earlier = self.output
            self.output = ByteBuffer()
            self.channel.write(earlier, promise: nil)
        }
        self.channel.writeAndFlush(bytes, promise: nil)
    }

    /// Pieces of an answer up to this size are copied together; larger ones are cheaper as a write of their own.
    private static let copiedOctetsMax = 8 * 1_024

    /// Whether no more should be made before the socket has taken what it has.
    var mustDrain: Bool {
        if self.output.readableBytes > POP3SessionLimits.batchOctetsMax { self.flush() }
        return !self.channel.isWritable
    }

    /// Waits until the socket has taken most of what it was given.
    func untilWritable() async {
        guard self.mustDrain, self.channel.isActive, !self.machine.isClosed else { return }
        self.flush()
        await withCheckedContinuation { self.writabilityWaiter = $0 }
    }

    /// Whether nobody reads any more what we write.
    var isLost: Bool { !self.channel.isActive || self.machine.isClosed }

    /// Ends the connection with a word.
    func hangUp(_ reply: POP3Reply) {
        guard !self.machine.isClosed else { return }
        self.output.writePOP3Reply(reply)
        self.machine.closed()
        self.rest()
    }

    // MARK: - Time

    /// How long the client may be silent before we look at the connection.
    var silenceMax: TimeAmount {
        let session = self.service.configuration.session
        if !self.readAhead.isEmpty { return TimeAmount(POP3SessionLimits.aheadTimeout) }
        return TimeAmount(self.machine.isInTransaction ? session.autologout : session.loginTimeout)
    }

    /// The time limit set last has passed.
    ///
    /// - Returns: how long to wait before looking again; `nil` when the session is over.
    func timeLimitReached() -> TimeAmount? {
        guard !self.machine.isClosed else { return nil }
        self.readAhead.drop()
        let rest = self.lastActivity + self.silenceMax - .now()
        if rest > .zero { return rest }
        if self.writabilityWaiter != nil {
            // The client asked for mail and takes none of it.
            self.channel.close(promise: nil)
            return nil
        }
        if self.isRunning { return .seconds(10) }
        self.hangUp(.autologout)
        return nil
    }

    /// Waits without holding a thread.
    func pause(for duration: Duration) async {
        guard duration > .zero else { return }
        _ = try? await self.eventLoop.scheduleTask(in: TimeAmount(duration)) {}.futureResult.get()
    }
}
