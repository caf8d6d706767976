package import Directory
package import Listener
package import Logging
package import MailStore
package import ManageSieveWire
internal import NIOCore
internal import Sessions
package import SieveLanguage
package import Trace

/// The ManageSieve server: what all its connections share, and the way a new one begins.
///
/// Reading on: ``ManageSieveSessionStateMachine`` (what may be done), ``ManageSieveConnection`` (how it is driven),
/// `Commands/`.
///
/// Invariants:
/// 1. A script that does not compile is never kept.
/// 2. A change is told as done only when the store has answered.
/// 3. Answers go out in the order of the commands.
///
/// RFC 5804.
package final class ManageSieveService: Sendable {
    package struct Configuration: Sendable {
        package var wire = ManageSieveLimits()
        package var session = ManageSieveSessionLimits()
        /// How much an account may keep.
        package var quota = ScriptQuota()
        /// Passwords may be sent without TLS on this connection.
        package var allowsPlaintextLogin: @Sendable (ConnectionInfo) -> Bool = { _ in false }
        /// Checks scripts, and says what they may ask for.
        package var compiler = SieveCompiler()
        /// URI schemes of lists that scripts can ask. RFC 6134.
        package var listSchemes: [String] = []
        /// What IMPLEMENTATION tells of the program.
        package var version: String

        package init(version: String) {
            self.version = version
        }

        /// Octets of one script at most.
        package var scriptOctetsMax: Int { self.compiler.limits.scriptOctetsMax }

        /// Lets one script have so many octets, on the wire and for the compiler.
        package mutating func setScriptOctetsMax(_ octets: Int) {
            self.compiler.limits.scriptOctetsMax = octets
            self.wire.literalOctetsMax = octets + ManageSieveScriptName.octetsMax
        }
    }

    let store: MailStore
    let directory: Directory
    let trace: TraceJournal
    let configuration: Configuration
    let checker: ScriptChecker
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
        self.checker = ScriptChecker(configuration.compiler, waitingMax: configuration.session.checksWaitingMax)
        self.logger = logger
    }

    /// Puts a ManageSieve session at the end of a new connection's pipeline. On its event loop; a listener's `setUp`.
    package func attach(_ accepted: AcceptedConnection) throws {
        let connection = ManageSieveConnection(service: self, opening: SessionOpening(accepted))
        let handler = SessionChannelHandler(connection: connection, timers: accepted.timers)
        try accepted.channel.pipeline.syncOperations.addHandler(handler)
    }

    /// What a client is told that the listener turns away. Give it to the listener's options.
    package static func refusalLine(_ refusal: ConnectionRefusal) -> String {
        switch refusal {
        case .tooManyConnections, .tooManyAltogether:
            "BYE (TRYLATER) \"Too many connections; try again later\"\r\n"
        case .tooManyFromPeer: "BYE (TRYLATER) \"Too many connections from your address\"\r\n"
        case .stopping: "BYE (TRYLATER) \"Shutting down\"\r\n"
        }
    }
}
