package import Directory
package import Listener
package import Logging
internal import NIOCore
package import Reception
package import Storage
package import Trace

/// One of the three servers that take mail: from other hosts, from users, or from a relay over LMTP.
///
/// It gives each connection a session of its own (``SMTPSessionHandler``) and holds what they share.
package final class SMTPService: Sendable {
    let options: SMTPServerOptions
    let reception: Reception
    let directory: Directory
    let spool: Spool
    let journal: TraceJournal
    let log: Logger

    package init(
        _ options: SMTPServerOptions,
        reception: Reception,
        directory: Directory,
        spool: Spool,
        journal: TraceJournal,
        log: Logger
    ) {
        self.options = options
        self.reception = reception
        self.directory = directory
        self.spool = spool
        self.journal = journal
        self.log = log
    }

    /// Adds the session to a new connection: what a ``Listener`` is given.
    package func setUp(_ connection: AcceptedConnection) throws {
        try connection.channel.pipeline.syncOperations.addHandler(SMTPSessionHandler(self, connection))
    }

    /// How a listener for such a server behaves: limits refused in the protocol's words, and receive buffers that hold
    /// an ordinary message.
    package static func listenerOptions(
        name: String,
        points: [ListenPoint],
        tlsMode: TLSMode,
        hostName: String
    ) -> ListenerOptions {
        var options = ListenerOptions(name: name, points: points, tlsMode: tlsMode) { refusal in
            switch refusal {
            case .tooManyConnections, .tooManyAltogether:
                "421 4.7.0 \(hostName) Too many connections; try again later\r\n"
            case .tooManyFromPeer: "421 4.7.0 \(hostName) Too many connections from your address\r\n"
            case .stopping: "421 4.3.2 \(hostName) Service is closing; try again\r\n"
            }
        }
        options.receiveOctetsMin = 8_192
        return options
    }
}
