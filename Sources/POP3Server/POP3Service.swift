package import Directory
package import Listener
package import Logging
package import MailStore
internal import NIOCore
package import POP3Wire
internal import Sessions
package import Trace

/// The POP3 server: what all its connections share, and the way a new one begins.
///
/// Reading on: ``POP3SessionStateMachine`` (what may be done), ``POP3Connection`` (how it is driven), `Commands/`.
///
/// Invariants:
/// 1. A maildrop is held by one session at a time, and given back however that session ends.
/// 2. Messages keep their numbers and are all there as long as the session lasts, whatever happens to the mailbox.
/// 3. Nothing is deleted before QUIT, and QUIT says so only when the store has answered. RFC 1939 §6.
/// 4. Answers go out in the order of the commands.
package final class POP3Service: Sendable {
    package struct Configuration: Sendable {
        package var wire = POP3Limits()
        package var session = POP3SessionLimits()
        /// Passwords may be sent without TLS on this connection.
        package var allowsPlaintextLogin: @Sendable (ConnectionInfo) -> Bool = { _ in false }
        /// Messages that were fetched whole are `\Seen` for IMAP after QUIT.
        package var marksRetrievedSeen = true

        package init() {}
    }

    let store: MailStore
    let directory: Directory
    let trace: TraceJournal
    let configuration: Configuration
    let logger: Logger

    package init(
        store: MailStore,
        directory: Directory,
        trace: TraceJournal,
        configuration: Configuration,
        logger: Logger
    ) {
        self.store = store
        self.directory = directory
        self.trace = trace
        self.configuration = configuration
        self.logger = logger
    }

    /// Puts a POP3 session at the end of a new connection's pipeline. On its event loop; a listener's `setUp`.
    package func attach(_ accepted: AcceptedConnection) throws {
        let connection = POP3Connection(service: self, opening: SessionOpening(accepted))
        let handler = SessionChannelHandler(connection: connection, timers: accepted.timers)
        try accepted.channel.pipeline.syncOperations.addHandler(handler)
    }

    /// What a client is told that the listener turns away. Give it to the listener's options.
    package static func refusalLine(_ refusal: ConnectionRefusal) -> String {
        switch refusal {
        case .tooManyConnections, .tooManyAltogether:
            "-ERR [SYS/TEMP] Too many connections; try again later\r\n"
        case .tooManyFromPeer: "-ERR [SYS/TEMP] Too many connections from your address\r\n"
        case .stopping: "-ERR [SYS/TEMP] Shutting down\r\n"
        }
    }
}
