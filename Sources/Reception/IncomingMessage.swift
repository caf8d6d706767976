package import MailTypes
package import SMTPWire
package import Storage

/// What was written before a message's first byte came: its identifier and the trace header.
package struct MessageFront: Hashable, Sendable {
    /// Names the message in the log, the trace, the queue and its `Received` field.
    package let id: TimeSortedID
    package let receivedAt: Instant
    /// Octets of the `Return-Path` line at the very start; 0 when no recipient is here. RFC 5321 §4.4.
    package let returnPathOctets: Int
    /// Octets of everything that was written before the message.
    package let octets: Int
}

/// A message received whole, with its envelope.
package struct IncomingMessage: Sendable {
    package var sender: EnvelopeSender
    /// At least one.
    package var recipients: [AcceptedRecipient]
    package var client: ReceptionClient
    package var front: MessageFront
    /// The front and then the message. Reception removes a file's spool name when it has answered.
    package var content: MessageContent
    /// What was found of the sender, by method, for scripts.
    var verdicts: [String: String] = [:]

    package init(
        sender: EnvelopeSender,
        recipients: [AcceptedRecipient],
        client: ReceptionClient,
        front: MessageFront,
        content: MessageContent
    ) {
        self.sender = sender
        self.recipients = recipients
        self.client = client
        self.front = front
        self.content = content
    }
}

/// What the client is told about a message.
package enum ReceptionAnswer: Hashable, Sendable {
    /// For all recipients together.
    case whole(SMTPReply)
    /// One for each accepted recipient, in their order. RFC 2033 §4.2.
    case each([SMTPReply])
}
