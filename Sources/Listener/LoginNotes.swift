package import Logging
internal import MailTypes
internal import Telemetry
package import Trace

/// Tells trace and log who logged in, and who tried.
///
/// Each attempt is told once, so what bounds logins on a connection bounds these lines. Passwords are never in them.
package struct LoginNotes: Sendable {
    /// Characters of a name that somebody claims to have.
    static let nameLengthMax = 128

    private let info: ConnectionInfo
    private let journal: TraceJournal
    private let log: Logger

    package init(_ info: ConnectionInfo, _ journal: TraceJournal, _ log: Logger) {
        self.info = info
        self.journal = journal
        self.log = log
    }

    package func accepted(_ user: String, mechanism: String) {
        self.journal.record(
            self.info.id,
            .authenticated,
            (.user, user),
            (.peer, self.info.peerText),
            (.listener, self.info.listener),
            (.mechanism, mechanism)
        )
    }

    /// - Parameter claimedName: who the client said it was, if it came to that.
    package func failed(_ claimedName: String?, mechanism: String, reason: String) {
        let name = LogText.printable(claimedName ?? "", lengthMax: Self.nameLengthMax)
        self.journal.record(
            self.info.id,
            .authenticationFailed,
            (.user, name),
            (.peer, self.info.peerText),
            (.listener, self.info.listener),
            (.mechanism, mechanism),
            (.reason, reason)
        )
        self.log.notice(
            "login failed",
            metadata: .init([
                .session: self.info.id.description, .user: name, .peer: self.info.peerText,
                .listener: self.info.listener, .mechanism: mechanism, .reason: reason,
            ])
        )
    }
}
