internal import IMAPWire
internal import NIOCore
internal import Sessions
internal import Telemetry

/// What the client says, told to the log at its level `trace`.
extension IMAPConnection {
    /// Commands whose lines carry no secret, however they are spelled.
    private static let plainVerbs: Set<String> = [
        "CAPABILITY", "NOOP", "CHECK", "LOGOUT", "STARTTLS", "ENABLE", "NAMESPACE", "SELECT", "EXAMINE", "UNSELECT",
        "CLOSE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "LIST", "LSUB", "STATUS", "EXPUNGE",
        "SEARCH", "FETCH", "STORE", "COPY", "MOVE", "UID", "IDLE", "ID", "GETMETADATA",
    ]

    func noteReceived(_ request: IMAPRequest, _ bytes: ByteBuffer) {
        switch request.command {
        case .login: self.noteReceived("\(request.tag) LOGIN (left out)")
        case .authenticate: self.noteReceived("\(request.tag) AUTHENTICATE (left out)")
        default: self.noteReceived(String(buffer: bytes))
        }
    }

    func noteMisunderstood(_ bytes: ByteBuffer) {
        self.noteReceived(LogText.misunderstood(String(buffer: bytes), verbAt: 1, verbs: Self.plainVerbs))
    }
}
