package import NIOCore

/// A connection as the listener hands it to a protocol, on its event loop.
package struct AcceptedConnection {
    package let info: ConnectionInfo
    package let channel: any Channel
    /// The contexts for STARTTLS; `nil` when the listener offers no TLS.
    package let tlsContexts: TLSContexts?
    /// The context the connection is encrypted with from its first octet; `nil` when it begins in the clear.
    package let implicitTLS: TLSContext?
    package let timers: ConnectionTimers
    package let tasks: ConnectionTasks

    package init(
        info: ConnectionInfo,
        channel: any Channel,
        tlsContexts: TLSContexts? = nil,
        implicitTLS: TLSContext? = nil,
        timers: ConnectionTimers,
        tasks: ConnectionTasks
    ) {
        self.info = info
        self.channel = channel
        self.tlsContexts = tlsContexts
        self.implicitTLS = implicitTLS
        self.timers = timers
        self.tasks = tasks
    }
}
