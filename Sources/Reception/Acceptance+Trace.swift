internal import MailStore
internal import MailTypes
internal import SMTPWire
internal import Storage
internal import Telemetry
internal import Trace

/// What the trace is told of a message on its way in.
extension Acceptance {
    /// The message and where each copy is; called before the client is told.
    func noteAccepted(_ settled: Settled, queued: [EnvelopeRecipient]) {
        let message = settled.message
        let journal = self.reception.journal
        let id = message.front.id
        journal.record(
            id,
            .messageAccepted,
            (.session, message.client.session.description),
            (.reversePath, message.sender.reversePath.description),
            (.size, String(message.content.octets)),
            (.messageID, settled.messageID ?? "")
        )
        for (index, outcome) in settled.outcomes.enumerated() {
            guard case .stored(let mailbox, let uid) = outcome else { continue }
            let name = settled.plan.locals[index].name
            journal.record(id, .stored, (.recipient, name), (.mailbox, mailbox.text), (.uid, String(uid.rawValue)))
        }
        for recipient in queued { journal.record(id, .queued, (.recipient, recipient.path.description)) }
    }

    func noteRefused(_ message: IncomingMessage, _ reply: SMTPReply) {
        self.reception.journal.record(
            message.front.id,
            .messageRefused,
            (.session, message.client.session.description),
            (.reversePath, message.sender.reversePath.description),
            (.reply, reply.description)
        )
    }
}
