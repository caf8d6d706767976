internal import Listener
internal import Logging
internal import MailTypes
internal import NIOCore
internal import SMTPWire
internal import Telemetry

/// What is said on the connection, told to the log at its level `trace`.
extension SMTPSessionHandler {
    /// Commands whose lines carry no secret, however they are spelled.
    private static let plainVerbs: Set<String> = [
        "HELO", "EHLO", "LHLO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "QUIT", "HELP", "VRFY", "EXPN",
        "STARTTLS",
    ]

    func noteReceived(_ command: SMTPCommand, _ line: ByteBuffer) {
        guard self.service.log.tellsLines else { return }
        let text =
            if case .auth(let mechanism, _) = command { "AUTH \(mechanism) (left out)" } else { String(buffer: line) }
        self.service.log.received(text, .session, self.info.id.description)
    }

    func noteMisunderstood(_ line: ByteBuffer) {
        self.service.log.received(
            LogText.misunderstood(String(buffer: line), verbAt: 0, verbs: Self.plainVerbs),
            .session,
            self.info.id.description
        )
    }

    func noteText(octets: Int) {
        self.service.log.received("(\(octets) octets of text)", .session, self.info.id.description)
    }

    func noteSent(_ reply: SMTPReply) {
        let text = reply.code == 334 ? "334 (left out)" : reply.description
        self.service.log.sent(text, .session, self.info.id.description)
    }
}
