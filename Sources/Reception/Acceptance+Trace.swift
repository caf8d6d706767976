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
        self.noteRefused(message, .messageRefused, message.recipients, reply)
    }

    /// Recipients that were refused when the whole message was here, each with its own answer. RFC 2033 §4.2.
    ///
    /// - Parameter replies: one for each recipient, in their order.
    func noteRefused(_ message: IncomingMessage, _ replies: [SMTPReply]) {
        guard replies.contains(where: { !$0.isCompletion }) else { return }
        if Set(replies).count == 1, let reply = replies.first {
            return self.noteRefused(message, reply)
        }
        for (recipient, reply) in zip(message.recipients, replies) where !reply.isCompletion {
            self.noteRefused(message, .recipientRefused, [recipient], reply)
        }
    }

    private func noteRefused(
        _ message: IncomingMessage,
        _ event: TraceEvent,
        _ recipients: [AcceptedRecipient],
        _ reply: SMTPReply
    ) {
        self.reception.journal.record(
            message.front.id,
            event,
            (.session, message.client.session.description),
            (.reversePath, message.sender.reversePath.description),
            (.recipient, recipients.traceText),
            (.reply, reply.description)
        )
    }
}

extension [AcceptedRecipient] {
    /// For a line of the trace: as many as it has room for, and how many more there are.
    package var traceText: String {
        var text = ""
        for (index, recipient) in self.enumerated() {
            let path = recipient.recipient.path.description
            guard text.utf8.count + path.utf8.count < Self.traceOctetsMax else {
                return text + ", \(self.count - index) more"
            }
            text += index == 0 ? path : ", " + path
        }
        return text
    }

    /// Less than a value of the trace may have, and more than the longest address.
    private static var traceOctetsMax: Int { 900 }
}
