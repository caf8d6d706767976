package import MailTypes

/// A mailbox and its counters at one moment.
package struct MailboxSummary: Sendable, Hashable {
    package var id: MailboxID
    package var name: MailboxName
    package var specialUse: SpecialUse?
    package var isSubscribed: Bool
    /// `false` for a name that holds only the mailboxes below it: `\NoSelect`.
    package var isSelectable: Bool
    package var counters: MailboxCounters

    package var uidValidity: UIDValidity { self.counters.uidValidity }
    package var uidNext: UID { self.counters.uidNext }
    package var messages: Int { self.counters.messages }
    /// Messages without `\Seen`.
    package var unseen: Int { self.counters.unseen }
    /// Messages with `\Deleted`.
    package var deleted: Int { self.counters.deleted }
    package var deletedOctets: Int { self.counters.deletedOctets }
    /// Messages no session has been told of as recent.
    package var recent: Int { self.counters.recent }
    package var octets: Int { self.counters.octets }
    package var highestModSeq: ModSeq { self.counters.highestModSeq }
}

/// What a mailbox counts; every change of a message is written with the counters after it.
package struct MailboxCounters: Sendable, Hashable {
    package var uidValidity: UIDValidity
    package var uidNext: UID
    /// The first UID no session has been told of as recent.
    package var firstRecent: UID
    package var highestModSeq: ModSeq
    package var messages: Int
    package var unseen: Int
    package var deleted: Int
    package var deletedOctets: Int
    package var recent: Int
    package var octets: Int
}

/// What an account may use; `nil` means no limit.
package struct AccountLimits: Sendable, Hashable {
    package var octets: Int?
    package var messages: Int?

    package init(octets: Int?, messages: Int?) {
        self.octets = octets
        self.messages = messages
    }
}

/// What an account uses and may use.
package struct AccountUsage: Sendable, Hashable {
    package var octets: Int
    package var messages: Int
    /// `nil` means no limit.
    package var quotaOctets: Int?
    package var quotaMessages: Int?
}
