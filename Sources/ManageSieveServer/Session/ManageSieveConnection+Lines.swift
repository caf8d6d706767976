internal import ManageSieveWire
internal import NIOCore
internal import Sessions
internal import Telemetry

/// What the client says, told to the log at its level `trace`.
extension ManageSieveConnection {
    /// Commands whose lines carry no secret, however they are spelled.
    private static let plainVerbs: Set<String> = [
        "CAPABILITY", "NOOP", "LOGOUT", "STARTTLS", "UNAUTHENTICATE", "HAVESPACE", "LISTSCRIPTS", "SETACTIVE",
        "GETSCRIPT", "DELETESCRIPT", "RENAMESCRIPT",
    ]

    /// Scripts are left out for their length.
    func noteReceived(_ command: ManageSieveCommand, _ bytes: ByteBuffer) {
        switch command {
        case .authenticate(let mechanism, _): self.noteReceived("AUTHENTICATE \"\(mechanism)\" (left out)")
        case .putScript(let name, let text):
            self.noteReceived("PUTSCRIPT \"\(name.text)\" (\(text.readableBytes) octets)")
        case .checkScript(let text): self.noteReceived("CHECKSCRIPT (\(text.readableBytes) octets)")
        default: self.noteReceived(String(buffer: bytes))
        }
    }

    func noteMisunderstood(_ bytes: ByteBuffer) {
        self.noteReceived(LogText.misunderstood(String(buffer: bytes), verbAt: 0, verbs: Self.plainVerbs))
    }
}
