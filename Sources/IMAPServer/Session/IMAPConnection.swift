internal import Directory
internal import IMAPWire
internal import Listener
internal import MailStore
internal import MailTypes
internal import NIOCore

/// Carries one IMAP connection from greeting to close.
///
/// What may be done is decided by ``IMAPSessionStateMachine``; what the bytes mean, by `IMAPWire`. Everything here
/// runs on the channel's event loop. Commands that need nothing from the disk are answered as their bytes arrive; when
/// one does, a single task runs it and everything that arrived meanwhile, in order, and ends when nothing is waiting.
/// So a connection that is idle holds no task and no buffer, and pipelined commands never overtake each other.
///
/// Output is collected and leaves in one write; a command with much to say waits until the socket took what came
/// before.
actor IMAPConnection {
    nonisolated let eventLoop: any EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe self.eventLoop.executor.asUnownedSerialExecutor()
    }

    nonisolated let service: IMAPService
    nonisolated let info: ConnectionInfo
    let channel: any Channel
    let tlsContexts: TLSContexts?
    /// What the connection is encrypted with.
    var tls: TLSContext?
    private let tasks: ConnectionTasks

    var framer: IMAPFramer
    var machine: IMAPSessionStateMachine
    /// Whose mail this is; `nil` before login.
    var user: AuthenticatedUser?
    /// Flags by name for the account; replaced when the account gets new keywords.
    var flagNames = FlagNames()
    var keywords = KeywordTable()
    var selected: SelectedMailbox?
    /// The client has shown that it understands modification sequences. RFC 7162 §3.1.
    var isCondstoreEnabled = false
    var login: LoginInProgress?
    var append: AppendInProgress?
    /// The tag of the IDLE under way.
    var idleTag: String?
    var idleSubscription: IdleSubscription?

    /// Answers not yet given to the channel.
    var output = ByteBuffer()
    /// Commands run in a task at the moment.
    private var isRunning = false
    /// The mailbox changed while a task ran.
    var hasNews = false
    var isShuttingDown = false
    private var lastActivity: NIODeadline
    /// Since when the socket takes no more; `nil` while it does.
    private var stalledSince: NIODeadline?
    private var writabilityWaiter: CheckedContinuation<Void, Never>?

    init(
        service: IMAPService,
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
        self.framer = IMAPFramer(limits: service.configuration.wire)
        self.machine = IMAPSessionStateMachine(
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
        self.output.writeUntagged(.ok, code: .capability(self.capabilities), "Martlet is ready")
        self.flush()
    }

    func bytesArrived(_ bytes: ByteBuffer) {
        guard !self.machine.isClosed else { return }
        self.lastActivity = .now()
        self.framer.append(bytes)
        self.proceed()
    }

    /// Whether the channel should go on reading: not while much is waiting to be looked at, nor while the client does
    /// not take the answers it has asked for.
    var wantsBytes: Bool {
        self.channel.isWritable
            && self.framer.bufferedOctets < self.service.configuration.session.bufferedOctetsMax
    }

    func writabilityChanged() {
        guard self.channel.isWritable else {
            self.stalledSince = .now()
            return
        }
        self.stalledSince = nil
        if let waiter = self.writabilityWaiter {
            self.writabilityWaiter = nil
            waiter.resume()
        } else {
            if self.hasNews { self.proceed() }
            self.resumeReading()
        }
    }

    /// The channel is gone: let go of everything.
    func ended() {
        self.machine.closed()
        self.stopWatching()
        self.writabilityWaiter?.resume()
        self.writabilityWaiter = nil
        if !self.isRunning { self.release() }
    }

    /// The service ends: finish the running command, then say BYE.
    func shutDown() {
        self.isShuttingDown = true
        if !self.isRunning { self.sayBye("Martlet is shutting down") }
    }

    /// The mailbox that an IDLE watches has changed.
    func mailboxChanged() {
        guard self.machine.isIdling else { return }
        self.hasNews = true
        self.proceed()
    }

    // MARK: - Running

    /// Does what can be done at once, and starts a task for the rest if there is one.
    private func proceed() {
        guard !self.isRunning else { return }
        guard let work = self.nextWork() else {
            self.flush()
            self.closeIfOver()
            return
        }
        self.isRunning = true
        self.startTask { await $0.run(work) }
    }

    private func run(_ first: IMAPWork) async {
        var next: IMAPWork? = first
        while let work = next {
            await self.perform(work)
            await self.untilWritable()
            if self.isShuttingDown { break }
            next = self.nextWork()
        }
        self.isRunning = false
        if self.isShuttingDown, !self.machine.isClosed {
            self.sayBye("Martlet is shutting down")
            return
        }
        self.flush()
        self.closeIfOver()
        self.resumeReading()
    }

    func startTask(_ body: @escaping @Sendable (isolated IMAPConnection) async -> Void) {
        self.tasks.start(on: self, self.eventLoop, body)
    }

    /// Closes when everything written has left; a client that does not read is given until the next time limit.
    private func closeIfOver() {
        guard self.machine.isClosed else { return }
        self.release()
        let channel = self.channel
        channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(promise: nil) }
    }

    /// Gives back what the session held of the store.
    private func release() {
        self.stopWatching()
        self.abandonAppend()
        self.login = nil
        self.leaveMailbox()
    }

    private func resumeReading() {
        if self.wantsBytes, self.channel.isActive { self.channel.read() }
    }

    // MARK: - Output

    /// Gives the channel what has been collected.
    func flush() {
        guard self.output.readableBytes > 0 else { return }
        let bytes = self.output
        self.output = ByteBuffer()
        self.channel.writeAndFlush(bytes, promise: nil)
    }

    /// Sends a large piece of an answer without copying it behind what has been collected.
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

    /// Waits until the socket has taken most of what it was given.
    func untilWritable() async {
        if self.output.readableBytes > IMAPSessionLimits.batchOctetsMax || !self.channel.isWritable { self.flush() }
        // Looked at after the flush: it may itself have made room, and then nobody would wake us.
        guard !self.channel.isWritable, self.channel.isActive, !self.machine.isClosed else { return }
        await withCheckedContinuation { self.writabilityWaiter = $0 }
    }

    /// Whether anybody still reads what we write.
    var isLost: Bool { !self.channel.isActive || self.machine.isClosed }

    /// Ends the connection with a word.
    func sayBye(_ text: StaticString) {
        guard !self.machine.isClosed else { return }
        self.output.writeUntagged(.bye, text)
        self.machine.closed()
        self.flush()
        self.closeIfOver()
    }

    // MARK: - Time

    /// How long to leave the client alone before looking at the connection.
    var patience: TimeAmount {
        self.stalledSince == nil ? self.silenceMax : TimeAmount(self.service.configuration.session.writeTimeout)
    }

    /// How long the client may be silent.
    private var silenceMax: TimeAmount {
        let session = self.service.configuration.session
        return TimeAmount(self.machine.isAuthenticated ? session.autologout : session.loginTimeout)
    }

    /// The time limit set last has passed.
    ///
    /// - Returns: how long to wait before looking again; `nil` when the session is over.
    func timeLimitReached() -> TimeAmount? {
        if let stalledSince, stalledSince + self.patience > .now() { return stalledSince + self.patience - .now() }
        if self.stalledSince != nil || self.machine.isClosed {
            self.machine.closed()
            self.channel.close(promise: nil)
            return nil
        }
        let rest = self.lastActivity + self.silenceMax - .now()
        if self.isRunning { return max(rest, .seconds(10)) }
        if rest > .zero { return rest }
        self.sayBye("Autologout after long silence")
        return TimeAmount(IMAPSessionLimits.farewellTimeout)
    }

    /// Waits without holding a thread.
    func pause(for duration: Duration) async {
        guard duration > .zero else { return }
        _ = try? await self.eventLoop.scheduleTask(in: TimeAmount(duration)) {}.futureResult.get()
    }
}
