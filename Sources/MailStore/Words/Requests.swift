package import MailTypes
package import Storage

/// A message to be put into a mailbox by its owner.
package struct NewMessage: Sendable {
    package var content: MessageContent
    package var flags: FlagSet
    /// Keywords by name; new ones are added to the account, and left out when it can have no more.
    package var keywords: [String]
    package var internalDate: Instant

    package init(content: MessageContent, flags: FlagSet = [], keywords: [String] = [], internalDate: Instant) {
        self.content = content
        self.flags = flags
        self.keywords = keywords
        self.internalDate = internalDate
    }
}

/// One message for recipients whose mailboxes are here.
package struct LocalDelivery: Sendable {
    package struct Recipient: Sendable, Hashable {
        package var account: AccountID
        /// Where it goes; INBOX when there is no such mailbox.
        package var mailbox: MailboxName

        package init(account: AccountID, mailbox: MailboxName = .inbox) {
            self.account = account
            self.mailbox = mailbox
        }
    }

    /// Who answered for the recipients before.
    package enum Custody: Sendable {
        /// Nobody: each one stored is counted as accepted and delivered.
        case direct
        /// The queue, which counts them; `ordinals` are its numbers of the recipients, in their order. A recipient is
        /// stored once however often its delivery is repeated.
        case fromQueue(ordinals: [Int])
    }

    package var content: MessageContent
    package var internalDate: Instant
    package var traceID: TimeSortedID
    package var recipients: [Recipient]
    package var custody: Custody
    /// More contents, which ``filings`` name from 1 on.
    package var editions: [MessageContent] = []
    /// What scripts decided, by the recipient's index; a recipient without an entry gets the message in its mailbox.
    package var filings: [Int: FilingPlan] = [:]

    package init(
        content: MessageContent,
        internalDate: Instant,
        traceID: TimeSortedID,
        recipients: [Recipient],
        custody: Custody
    ) {
        self.content = content
        self.internalDate = internalDate
        self.traceID = traceID
        self.recipients = recipients
        self.custody = custody
    }
}

/// What became of one recipient.
package enum DeliveryOutcome: Sendable {
    case stored(mailbox: MailboxName, uid: UID)
    /// By a script: nothing is stored, something is sent to others.
    case sentOn
    /// By a script: nothing is stored and nobody is told.
    case discarded
    /// By a script, which gives this reason. Nothing was done.
    case rejected(String)
    case overQuota
    case noSuchAccount
    /// Not stored; to be tried again.
    case failed(any Error)

    /// Whether nothing is left to be done for the recipient.
    package var isDone: Bool {
        switch self {
        case .stored, .sentOn, .discarded: true
        case .rejected, .overQuota, .noSuchAccount, .failed: false
        }
    }
}

/// What STORE does to flags.
package struct FlagChange: Sendable {
    package enum Kind: Sendable {
        case add
        case remove
        case replace
    }

    package var kind: Kind
    package var flags: FlagSet
    /// Keywords by name; adding or replacing adds new ones to the account.
    package var keywords: [String]

    package init(_ kind: Kind, flags: FlagSet, keywords: [String] = []) {
        self.kind = kind
        self.flags = flags
        self.keywords = keywords
    }
}

package struct FlagChangeResult: Sendable {
    /// Messages left alone because they changed after `unchangedSince`. RFC 7162 §3.1.3.
    package var modified: [UID]
    /// What changed of the others, by UID; only where it was asked for.
    package var changes: [FlagsChanged] = []
    /// The modification sequence of the change, or of the mailbox if nothing changed.
    package var modSeq: ModSeq
}

/// A message's flags before a change and after it.
package struct FlagsChanged: Sendable, Hashable {
    package var uid: UID
    package var before: FlagSet
    package var after: FlagSet
}

/// What UIDPLUS tells: which message became which. RFC 4315 §3.
package struct CopyResult: Sendable {
    package var uidValidity: UIDValidity
    package var source: [UID]
    package var destination: [UID]
}

package struct AppendResult: Sendable {
    package var uidValidity: UIDValidity
    package var uids: [UID]
}
