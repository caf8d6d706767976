package import MailTypes
internal import NIOCore
package import Storage
internal import Synchronization

/// Where a queued message came from, for the trace and for notices about it.
package struct MessageOrigin: Hashable, Sendable {
    /// The login it was submitted under; `nil` for mail from outside.
    package var authenticatedUser: String?
    /// The address of the client that handed it over, as text; empty for what the program wrote itself.
    package var peer: String
    /// The connection it came by.
    package var session: TimeSortedID?

    package init(authenticatedUser: String? = nil, peer: String = "", session: TimeSortedID? = nil) {
        self.authenticatedUser = authenticatedUser
        self.peer = peer
        self.session = session
    }
}

/// A message with its envelope, ready to be taken into custody.
package struct NewQueuedMessage: Sendable {
    package var id: TimeSortedID
    package var sender: EnvelopeSender
    package var recipients: [EnvelopeRecipient]
    package var content: MessageContent
    package var receivedAt: Instant
    package var origin: MessageOrigin
    /// Taken in, but not sent before the postmaster releases it.
    package var isHeld: Bool
    /// The number of the first recipient. Reception counts on from the recipients it has stored itself, so that each
    /// recipient of a message has one number wherever it went.
    package var firstOrdinal: Int
    /// Of ``recipients``, by their position, those whose mail goes to the Junk mailbox because its sender could not be
    /// who it seems to be.
    package var quarantined: Set<Int> = []
    /// One message of this identifier is taken, and a second one passed over, until
    /// ``MailQueue/forgetTaken(_:)`` is told that nobody will offer it again.
    package var isTakenOnce = false

    package init(
        id: TimeSortedID,
        sender: EnvelopeSender,
        recipients: [EnvelopeRecipient],
        content: MessageContent,
        receivedAt: Instant,
        origin: MessageOrigin = MessageOrigin(),
        isHeld: Bool = false,
        firstOrdinal: Int = 0
    ) {
        self.id = id
        self.sender = sender
        self.recipients = recipients
        self.content = content
        self.receivedAt = receivedAt
        self.origin = origin
        self.isHeld = isHeld
        self.firstOrdinal = firstOrdinal
    }
}

/// A message that is in the queue and in memory: what all its recipients share. Immutable but for its withdrawal.
package final class QueuedMessage: Sendable {
    package let id: TimeSortedID
    package let sender: EnvelopeSender
    package let content: MessageContent
    package let receivedAt: Instant
    /// Its age when it was read, and when that was on the clock nobody sets (``MailQueue/age(of:)``).
    let ageWhenRead: Duration
    let readAt: Int64
    /// What was left until its deadline then (``MailQueue/timeLeft(of:)``); `nil` without one.
    let timeLeftWhenRead: Duration?
    package let origin: MessageOrigin
    /// The name of the body's file in the shard; `nil` when the body is a row's.
    let bodyName: String?
    private let withdrawn = Atomic<Bool>(false)

    init(
        id: TimeSortedID,
        sender: EnvelopeSender,
        content: MessageContent,
        receivedAt: Instant,
        ageWhenRead: Duration,
        readAt: Int64,
        timeLeftWhenRead: Duration?,
        origin: MessageOrigin,
        bodyName: String?
    ) {
        self.id = id
        self.sender = sender
        self.content = content
        self.receivedAt = receivedAt
        self.ageWhenRead = ageWhenRead
        self.readAt = readAt
        self.timeLeftWhenRead = timeLeftWhenRead
        self.origin = origin
        self.bodyName = bodyName
    }

    /// A message that has just been accepted.
    convenience init(_ new: NewQueuedMessage, bodyName: String?, readAt moment: ScheduleClock.Moment) {
        self.init(
            id: new.id,
            sender: new.sender,
            content: new.content,
            receivedAt: new.receivedAt,
            ageWhenRead: .zero,
            readAt: moment.steady,
            timeLeftWhenRead: new.sender.deliverBy.map { $0.deadline - moment.wall },
            origin: new.origin,
            bodyName: bodyName
        )
    }

    /// The postmaster has changed it since it was handed out: whoever holds it gives it back
    /// (``MailQueue/putBack(_:_:)``) instead of beginning another attempt.
    package var isWithdrawn: Bool { self.withdrawn.load(ordering: .relaxed) }

    func withdraw() {
        self.withdrawn.store(true, ordering: .relaxed)
    }

    /// Octets it holds in memory.
    var octetsInMemory: Int {
        if case .inline(let buffer) = self.content { buffer.readableBytes } else { 0 }
    }
}

/// One recipient of a queued message.
package struct QueuedRecipient: Hashable, Sendable {
    /// Its number within the message; never used again for another.
    package var ordinal: Int
    package var path: ForwardPath
    /// The account it is for, when an alias has been followed already; then `path` is not looked up again.
    package var account: AccountID?
    /// The sub-address, when `account` is given.
    package var detail: String?
    package var notify: DSNNotify?
    package var originalRecipient: String?
    /// Its mail goes to the Junk mailbox because its sender could not be who it seems to be.
    package var isQuarantined = false
    /// Failed attempts so far.
    package var attempts: Int
    /// The sender has been told of the delay.
    package var isDelayNotified: Bool
    /// What the next host said last; empty before the first attempt.
    package var lastReply: String
    /// Whose share of the memory it counts against while it is in hand; `nil` for nobody's.
    var destination: QueueDestination?

    /// A recipient of a message that has just been accepted.
    ///
    /// - Parameter index: its position among them.
    init(_ index: Int, of message: NewQueuedMessage) {
        let recipient = message.recipients[index]
        self.init(
            ordinal: message.firstOrdinal + index,
            path: recipient.path,
            notify: recipient.notify,
            originalRecipient: recipient.originalRecipient
        )
        self.isQuarantined = message.quarantined.contains(index)
    }

    package init(
        ordinal: Int,
        path: ForwardPath,
        notify: DSNNotify? = nil,
        originalRecipient: String? = nil,
        account: AccountID? = nil,
        detail: String? = nil
    ) {
        self.ordinal = ordinal
        self.path = path
        self.account = account
        self.detail = detail
        self.notify = notify
        self.originalRecipient = originalRecipient
        self.attempts = 0
        self.isDelayNotified = false
        self.lastReply = ""
    }
}

/// A message and those of its recipients that are to be attempted now.
package struct QueueItem: Sendable {
    package var message: QueuedMessage
    package var recipients: [QueuedRecipient]

    package init(message: QueuedMessage, recipients: [QueuedRecipient]) {
        self.message = message
        self.recipients = recipients
    }
}
