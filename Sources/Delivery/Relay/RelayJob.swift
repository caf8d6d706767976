internal import MailQueue
internal import MailTypes
internal import SMTPWire
internal import Storage
internal import Trace

/// A message on its way to one next hop, with those of its recipients that go there.
struct RelayJob: Sendable {
    let message: QueuedMessage
    let recipients: [QueuedRecipient]
    let hop: NextHop
    /// Times it came back untried, because the connection it was given had died.
    var returns = 0
    var slot: FlightSlot?

    init(message: QueuedMessage, recipients: [QueuedRecipient], hop: NextHop) {
        self.message = message
        self.recipients = recipients
        self.hop = hop
    }

    /// Some of its recipients, which are being attempted.
    func part(_ recipients: [QueuedRecipient]) -> Self {
        var part = Self(message: self.message, recipients: recipients, hop: self.hop)
        (part.returns, part.slot) = (self.returns, self.slot)
        return part
    }

    /// Others of its recipients, to be attempted after those.
    func rest(_ recipients: [QueuedRecipient]) -> Self {
        Self(message: self.message, recipients: recipients, hop: self.hop)
    }

    var ordinals: [Int] { self.recipients.map(\.ordinal) }

    /// - Parameter deliverBy: the time that is left now.
    func transaction(deliverBy: DeliverByRequest?) -> SMTPTransaction {
        SMTPTransaction(
            sender: self.message.sender,
            recipients: self.recipients.map {
                EnvelopeRecipient(path: $0.path, notify: $0.notify, originalRecipient: $0.originalRecipient)
            },
            octets: self.message.content.octets,
            deliverBy: deliverBy
        )
    }
}
