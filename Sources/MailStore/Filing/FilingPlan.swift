package import MailTypes

/// What a recipient's scripts decided about a message: done as a whole in the transaction of its delivery, or not at
/// all.
///
/// Contents are named by number: 0 is the message as it came, others are ``LocalDelivery/editions`` from 1 on.
package struct FilingPlan: Sendable, Hashable {
    package var copies: [FiledCopy] = []
    package var outgoing: [NewOutgoingMessage] = []
    /// What is to be remembered whatever else is done.
    package var marks: [AccountMark] = []

    package init() {}

    /// The same plan where its contents stand elsewhere in ``LocalDelivery/editions``: what was number n is
    /// `numbers[n - 1]`.
    package func renumbered(_ numbers: [Int]) -> FilingPlan {
        func renumber(_ content: inout Int) {
            if content > 0 { content = numbers[content - 1] }
        }
        var plan = self
        for index in plan.copies.indices { renumber(&plan.copies[index].content) }
        for index in plan.outgoing.indices { renumber(&plan.outgoing[index].content) }
        return plan
    }
}

/// A copy in one of the account's mailboxes.
package struct FiledCopy: Sendable, Hashable {
    package var content: Int
    /// Where it goes; INBOX when there is no such mailbox and it cannot be made.
    package var mailbox: MailboxName
    /// To be preferred where the account has a mailbox of that number. RFC 9042 §3.
    package var mailboxID: MailboxID?
    /// To be preferred where the account has a mailbox of that use. RFC 8579 §4.
    package var specialUse: SpecialUse?
    /// A missing mailbox is made. RFC 5490 §3.2.
    package var createsMailbox = false
    package var flags: FlagSet = []
    /// Those that cannot be kept are left out.
    package var keywords: [String] = []
    /// Not stored while the account has this mark; it gets it otherwise.
    package var onlyOnce: AccountMark?
    /// A message of its own beside the one it is about: where there is no room for it, it is left out at delivery, and
    /// it does not take the place of one that is stored already (``Refiling``).
    package var isBeside = false

    package init(content: Int = 0, mailbox: MailboxName = .inbox) {
        self.content = content
        self.mailbox = mailbox
    }
}

/// A message that leaves in consequence of a delivery: kept in the account's shard until the queue has it.
package struct NewOutgoingMessage: Sendable, Hashable {
    /// The queue's name for it; the queue takes one of each name.
    package var id: TimeSortedID
    package var content: Int
    package var sender: EnvelopeSender
    package var recipient: EnvelopeRecipient
    /// The domain in whose name it was written here, which signs it; `nil` for mail of others that is sent on.
    package var author: Domain?
    /// Not sent while the account has this mark; it gets it otherwise.
    package var onlyOnce: AccountMark?

    package init(id: TimeSortedID, content: Int, sender: EnvelopeSender, recipient: EnvelopeRecipient) {
        self.id = id
        self.content = content
        self.sender = sender
        self.recipient = recipient
    }
}

/// Something an account is to be reminded of until it is forgotten: a message seen (RFC 7352), a sender answered
/// (RFC 5230 §4.2).
package struct AccountMark: Sendable, Hashable {
    /// Separates independent uses.
    package var handle: String
    package var identity: [UInt8]
    package var until: Instant

    package init(handle: String, identity: [UInt8], until: Instant) {
        self.handle = handle
        self.identity = identity
        self.until = until
    }
}
