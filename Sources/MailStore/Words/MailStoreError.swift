/// A request the store understood and declines.
package enum MailStoreError: Error, Sendable, Hashable {
    case noSuchAccount
    case noSuchMailbox
    case mailboxExists
    /// INBOX cannot be deleted; a mailbox cannot be moved below itself.
    case cannotDelete
    case cannotRename
    /// The name holds only other mailboxes and cannot itself hold messages.
    case notSelectable
    /// A name without messages that has mailboxes below it cannot be deleted.
    case hasChildren
    case invalidName
    /// Another mailbox has this special use already.
    case specialUseTaken
    case overQuota
    /// The account has ``FlagSet/keywordsMax`` keywords already.
    case tooManyKeywords
    case invalidKeyword
    case messageTooLarge
    /// More mailboxes than ``MailStoreLimits/mailboxesMax``.
    case tooManyMailboxes
    /// More subscribed names than ``MailStoreLimits/subscriptionsMax``.
    case tooManySubscriptions
    /// The mailbox has given out every UID there is.
    case uidsExhausted
    /// The mailbox or account was removed meanwhile.
    case gone
}

/// Bounds of the store.
package enum MailStoreLimits {
    /// Mailboxes of one account: a list of all is one answer in memory.
    package static let mailboxesMax = 20_000
    /// Subscribed names of one account, which need not be mailboxes: as many as there can be of these, and as much in
    /// memory for a list.
    package static let subscriptionsMax = 20_000
    /// The last identifier of a mailbox: 31 bits, as the keys of its messages hold it beside a UID of 32.
    static let mailboxIDMax: Int64 = 1 << 31 - 1
    /// Octets of a keyword; clients use short ones, and all of an account's are kept in memory.
    package static let keywordOctetsMax = 128
    /// Octets of one message; SQLite's and the wire's numbers hold more, no mail system does.
    package static let messageOctetsMax = 1 << 31
    /// Octets of envelopes and structures of one APPEND's messages, which are held in memory until all are stored. A
    /// thousand messages of real mail have less than two MiB.
    static let factsOctetsMax = 64 * 1_024 * 1_024
    /// How far identifiers jump past anything a client may have been told.
    struct Jump {
        let modSeqs: Int
        let uids: Int
        /// They are seconds, and run ahead of the clock only where mailboxes are made faster than one a second.
        let uidValidities: Int

        /// The machine went down: a tenth of a second may be lost.
        static let afterCrash = Jump(modSeqs: 1_000_000, uids: 1_000, uidValidities: 1_000)
        /// A backup was put back: more than a mailbox gets in the years between, and there is room for a thousand of
        /// them. What clients keep of the mailbox stays true, which it would not with a new UIDVALIDITY.
        static let afterCopy = Jump(modSeqs: 1_000_000_000_000, uids: 4_000_000, uidValidities: 100_000)
    }
    /// Seconds an entry of an account's history is kept: a device that was away for a season still learns in a few
    /// lines what went; one that was away longer compares its lists, which works without a history.
    static let historyAgeMax: Int64 = 90 * 24 * 3_600
    /// Entries of one account's history; some 100 octets each, so that it stays small beside the mail. Somebody who
    /// removes a hundred messages a day one by one has all of the season in it.
    static let historyMax = 10_000
    /// Seconds for which an entry is kept even if there are more: longer than a session may sleep that knows of a
    /// mailbox no more than its counters and needs the history to find out the rest.
    static let historyAgeMin: Int64 = 3_600
    /// Entries forgotten in one transaction, about: a few milliseconds in which nobody else writes.
    static let historyBatch = 500
}
