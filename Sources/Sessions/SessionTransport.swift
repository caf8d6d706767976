package import Listener
package import Logging
package import NIOCore

/// What every session keeps of its connection, whatever its protocol. To be used on the connection's event loop only.
package final class SessionTransport {
    package let info: ConnectionInfo
    package let channel: any Channel
    /// The contexts for STARTTLS; `nil` when the listener offers no TLS.
    package let tlsContexts: TLSContexts?
    /// What the connection is encrypted with.
    package internal(set) var tls: TLSContext?
    let tasks: ConnectionTasks
    /// The protocol's.
    let log: Logger
    /// Commands run in a task at the moment.
    package internal(set) var isRunning = false
    /// What is waiting is being looked at.
    var isDeciding = false
    var isShuttingDown = false
    /// Since when it is not known who the client is.
    package var anonymousSince = NIODeadline.now()
    /// When the client last sent or took something.
    var lastActivity = NIODeadline.now()
    /// Since when the socket takes no more; `nil` while it does.
    var stalledSince: NIODeadline?
    var writabilityWaiter: CheckedContinuation<Void, Never>?

    package init(_ opening: SessionOpening, log: Logger) {
        self.log = log
        self.info = opening.info
        self.channel = opening.channel
        self.tlsContexts = opening.tlsContexts
        self.tls = opening.implicitTLS
        self.tasks = opening.tasks
    }

    /// Pieces of an answer up to this size are copied together; larger ones are cheaper as a write of their own.
    static let copiedOctetsMax = 8 * 1_024
    /// Octets of answers made before they are given to the socket.
    package static let outputOctetsMax = 256 * 1_024
    /// How often the silence allowed before a login fits into all the time there is for it.
    static let loginTimeouts = Int64(3)
    /// How long a goodbye may take to leave.
    static let farewellTimeout = TimeAmount.seconds(10)
    /// When to look again at a session that is busy.
    static let busyTimeout = TimeAmount.seconds(10)
}

/// What a session takes over of an accepted connection: what may be handed to its actor.
package struct SessionOpening: Sendable {
    package let info: ConnectionInfo
    package let channel: any Channel
    package let tlsContexts: TLSContexts?
    package let implicitTLS: TLSContext?
    let tasks: ConnectionTasks

    package init(_ accepted: AcceptedConnection) {
        self.info = accepted.info
        self.channel = accepted.channel
        self.tlsContexts = accepted.tlsContexts
        self.implicitTLS = accepted.implicitTLS
        self.tasks = accepted.tasks
    }
}
