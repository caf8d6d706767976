package import Directory
package import Filing
package import IMAPWire
package import Listener
package import Logging
package import MailStore
package import MailTypes
internal import NIOCore
internal import Sessions
package import Storage
internal import Telemetry
package import Trace

/// The IMAP server: what all its connections share, and the way a new one begins.
///
/// Reading on: ``IMAPSessionStateMachine`` (what may be done), ``IMAPConnection`` (how it is driven), `Commands/`.
///
/// Invariants:
/// 1. Everything a command has to say is written before its tagged answer.
/// 2. Commands are carried out in the order they came.
/// 3. What the client was told of the selected mailbox, and nothing else, gives its sequence numbers their meaning
///    (``MailboxView``); EXPUNGE is told only where RFC 9051 §7.5.1 allows.
/// 4. A change is told as done only when the store has answered.
package final class IMAPService: Sendable {
    package struct Configuration: Sendable {
        package var wire = IMAPLimits()
        package var session = IMAPSessionLimits()
        /// Passwords may be sent without TLS on this connection.
        package var allowsPlaintextLogin: @Sendable (ConnectionInfo) -> Bool = { _ in false }
        /// Where whoever runs the server can be reached, as a URI: what the annotation `/shared/admin` of the server
        /// tells; `nil` when it is not there. RFC 5464 §6.2.1.
        package var administrator: String?
        /// Where scripts for changes of a mailbox are kept by ManageSieve, as a URI; `nil` when nowhere.
        /// RFC 6785, RFC 5804 §3.
        package var scriptsURI: String?
        /// What ID tells of the program.
        package var version: String

        package init(version: String) {
            self.version = version
        }
    }

    let store: MailStore
    let directory: Directory
    /// Runs scripts for changes of a mailbox; `nil` where none are run.
    let filing: Filing?
    /// Where large messages lie while they come in; on the store's file system.
    let spool: Spool
    let trace: TraceJournal
    let configuration: Configuration
    let clock: any WallClock
    let logger: Logger

    package init(
        store: MailStore,
        directory: Directory,
        spool: Spool,
        trace: TraceJournal,
        configuration: Configuration,
        clock: any WallClock,
        filing: Filing? = nil,
        logger: Logger? = nil
    ) {
        self.filing = filing
        self.store = store
        self.directory = directory
        self.spool = spool
        self.trace = trace
        self.configuration = configuration
        self.clock = clock
        self.logger = logger ?? Logger(label: Component.imap.label)
    }

    /// Puts an IMAP session at the end of a new connection's pipeline. On its event loop; a listener's `setUp`.
    package func attach(_ accepted: AcceptedConnection) throws {
        let connection = IMAPConnection(service: self, opening: SessionOpening(accepted))
        let handler = SessionChannelHandler(connection: connection, timers: accepted.timers)
        try accepted.channel.pipeline.syncOperations.addHandler(handler)
    }

    /// What a client is told that the listener turns away. Give it to the listener's options.
    package static func refusalLine(_ refusal: ConnectionRefusal) -> String {
        switch refusal {
        case .tooManyConnections, .tooManyAltogether:
            "* BYE [UNAVAILABLE] Too many connections; try again later\r\n"
        case .tooManyFromPeer: "* BYE [LIMIT] Too many connections from your address\r\n"
        case .stopping: "* BYE [UNAVAILABLE] Shutting down\r\n"
        }
    }
}
