internal import NIOCore
internal import POP3Wire
internal import Sessions
internal import Telemetry

/// What the client says, told to the log at its level `trace`.
extension POP3Connection {
    /// Commands whose lines carry no secret, however they are spelled.
    private static let plainVerbs: Set<String> = [
        "USER", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET", "QUIT", "CAPA", "STLS",
    ]

    func noteReceived(_ command: POP3Command, _ line: ByteBuffer) {
        switch command {
        case .pass: self.noteReceived("PASS (left out)")
        case .auth(let mechanism, _): self.noteReceived("AUTH \(mechanism ?? "") (left out)")
        default: self.noteReceived(String(buffer: line))
        }
    }

    func noteMisunderstood(_ line: ByteBuffer) {
        self.noteReceived(LogText.misunderstood(String(buffer: line), verbAt: 0, verbs: Self.plainVerbs))
    }
}
