package import MailTypes
internal import Storage

/// Which recipients an operation or a list is about: those to which all that is given applies.
package struct QueueFilter: Hashable, Sendable {
    /// One message. Administration acts on identifiers, never on what is displayed (lesson 19).
    package var message: TimeSortedID?
    package var state: RecipientState?
    /// The recipient's domain: the destination as the postmaster sees it.
    package var domain: Domain?
    /// The recipient's address, upper and lower case alike.
    package var recipient: String?
    /// The sender's address, upper and lower case alike; `""` finds notices.
    package var sender: String?

    package init(
        message: TimeSortedID? = nil,
        state: RecipientState? = nil,
        domain: Domain? = nil,
        recipient: String? = nil,
        sender: String? = nil
    ) {
        self.message = message
        self.state = state
        self.domain = domain
        self.recipient = recipient
        self.sender = sender
    }

    /// Every recipient in the queue.
    package static let all = Self()

    func bind(to statement: Statement) {
        statement.bind(self.message.map { Int64(bitPattern: $0.rawValue) }, at: 1)
        statement.bind(self.state.map { Int64($0.rawValue) }, at: 2)
        statement.bind(self.domain?.name, at: 3)
        statement.bind(self.recipient, at: 4)
        statement.bind(self.sender, at: 5)
    }
}
