package import NIOCore

/// Carries one connection of a protocol in which a client asks and is answered, from greeting to close.
///
/// What all such protocols share is here: reading and writing, back-pressure, time limits, shutdown, the task that runs
/// commands, and logging in (``LoginSession``). A protocol adds its framer, its state machine and its commands.
///
/// Everything runs on the channel's event loop, which is the actor's executor. Commands that need nothing from the disk
/// are answered as their bytes arrive; when one does, a single task runs it and everything that arrived meanwhile, in
/// order, and ends when nothing is waiting. So a connection that is idle holds no task and no buffer, and pipelined
/// commands never overtake each other. Output is collected and leaves in one write.
///
///     SessionChannelHandler ──bytesArrived──► receive ─► proceed ─► nextWork ─┬─► rest (nothing left to do)
///                                                                            └─► task: perform, nextWork, …
package protocol Session: Actor {
    /// What has to wait for the disk, the directory or the socket, and so runs in a task.
    associatedtype Work: Sendable

    nonisolated var eventLoop: any EventLoop { get }
    var transport: SessionTransport { get }
    /// Answers not yet given to the channel.
    var output: ByteBuffer { get set }
    /// The session has ended, for whatever reason; what is still written leaves before the connection closes.
    var isOver: Bool { get }
    /// Whether the channel should go on reading: not while much is waiting to be looked at.
    var wantsBytes: Bool { get }
    /// Somebody has logged in.
    var isAuthenticated: Bool { get }
    /// How long the client may be silent now. Before it has logged in it has three times as long in all.
    var silenceMax: TimeAmount { get }
    /// How long the client may take nothing of what it asked for.
    var stallMax: TimeAmount { get }

    /// Writes the greeting.
    func greet()
    /// Puts bytes behind those that wait to be looked at.
    func receive(_ bytes: ByteBuffer)
    /// Handles what is waiting, in order, until something needs a task; `nil` when nothing is left to do for now.
    func nextWork() -> Work?
    func perform(_ work: Work) async
    /// Writes the last words to the client.
    func writeFarewell(_ reason: SessionFarewell)
    /// Ends the session: nothing more is read or carried out.
    func end()
    /// Lets go of memory that an idle connection does not need.
    func releaseBuffers()
    /// Gives back what the session held of the services. May come more than once.
    func release()
    /// The time limit set last has passed.
    ///
    /// - Returns: how long to wait before looking again; `nil` when the connection has been closed.
    func timeLimitReached() -> TimeAmount?
}

/// Why the server ends a session.
package enum SessionFarewell: Hashable, Sendable {
    case shuttingDown
    case silence
}

extension Session {
    package var channel: any Channel { self.transport.channel }

    /// Whether nobody reads any more what we write.
    package var isLost: Bool { !self.channel.isActive || self.isOver }

    package func timeLimitReached() -> TimeAmount? { self.judgeSilence() }
}
