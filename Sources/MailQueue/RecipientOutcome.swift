package import MailTypes

/// How an attempt ended for one recipient, and so what the queue records of it.
package enum RecipientOutcome: Hashable, Sendable {
    /// The next host has taken it.
    case relayed
    /// It is in a mailbox here.
    case delivered
    /// It failed for good; a notice about it is in the same ``Settlement`` where one is due.
    case bounced
    /// Removed by a named rule without a notice.
    case discarded
    /// To be tried again.
    case deferred(for: Duration, reply: String)
    /// To be looked at again without an attempt having been made.
    case postponed(for: Duration, reason: String)
    /// Nothing was done; it waits for what it waited for.
    case kept
    /// Set aside for the postmaster.
    case parked(reason: String)
    /// An alias was followed: these take its place, each with a number of its own.
    case expanded([ExpandedRecipient])

    /// Whether the recipient leaves the queue by this.
    var isFinal: Bool {
        switch self {
        case .relayed, .delivered, .bounced, .discarded, .expanded: true
        case .deferred, .postponed, .kept, .parked: false
        }
    }
}

/// One of several recipients an alias leads to.
package struct ExpandedRecipient: Hashable, Sendable {
    package var path: ForwardPath
    /// The account, for one that is here.
    package var account: AccountID?
    package var detail: String?
    /// What stands as its ORCPT when the sender gave none.
    package var originalRecipient: String?

    package init(
        path: ForwardPath,
        account: AccountID? = nil,
        detail: String? = nil,
        originalRecipient: String? = nil
    ) {
        self.path = path
        self.account = account
        self.detail = detail
        self.originalRecipient = originalRecipient
    }
}

/// What became of some recipients of a message, recorded in one transaction together with the notices about it.
package struct Settlement: Sendable {
    package var message: QueuedMessage
    package var outcomes: [(ordinal: Int, outcome: RecipientOutcome)]
    /// Notices to the sender. They are queued only if the recipients were still there to be settled.
    package var notices: [NewQueuedMessage]
    /// Recipients of whose delay the sender is told by one of the notices.
    package var delayNotified: [Int]

    package init(
        _ message: QueuedMessage,
        _ outcomes: [(ordinal: Int, outcome: RecipientOutcome)],
        notices: [NewQueuedMessage] = [],
        delayNotified: [Int] = []
    ) {
        self.message = message
        self.outcomes = outcomes
        self.notices = notices
        self.delayNotified = delayNotified
    }
}
