package import MailStore
package import MailTypes

/// Something a client did to messages of a mailbox, which its owner's script may look at afterwards. RFC 6785 §2.
package struct MailboxEvent: Sendable {
    package enum Cause: Sendable {
        case append
        /// COPY, and MOVE likewise: where the messages came to.
        case copy
        /// What of its flags changed, a message.
        case flags([FlagsChanged])
    }

    package var cause: Cause
    package var mailbox: MailboxID
    /// The messages, ascending.
    package var uids: [UID]
    package var account: AccountID
    /// Who did it; the full name of the account whose mailbox it is.
    package var user: String

    package init(_ cause: Cause, in mailbox: MailboxID, _ uids: [UID], of account: AccountID, by user: String) {
        self.cause = cause
        self.mailbox = mailbox
        self.uids = uids
        self.account = account
        self.user = user
    }
}

/// One run of a script because of an event: what it may ask, and with whose means it sends.
struct EventOccasion: Sendable {
    let event: MailboxEvent
    let filing: Filing
    let options: FilingOptions
    let owner: StoredFiling.Owner
    /// By message; empty where no flags changed.
    private let changed: [UID: FlagSet]

    init(_ event: MailboxEvent, _ filing: Filing, _ options: FilingOptions, _ owner: StoredFiling.Owner) {
        self.event = event
        self.filing = filing
        self.options = options
        self.owner = owner
        var changed: [UID: FlagSet] = [:]
        if case .flags(let changes) = event.cause {
            for change in changes { changed[change.uid] = change.before.symmetricDifference(change.after) }
        }
        self.changed = changed
    }

    /// Items that are empty, and not unknown, where nothing is to be said. RFC 6785 §4.2, §4.5.
    static let otherwise = ["imap.user": "", "imap.email": "", "imap.changedflags": ""]

    /// The items of the environment that such a run has besides the usual ones. RFC 6785 §4.
    func items(of uid: UID, in mailbox: MailboxName, _ keywords: KeywordTable) -> [String: String] {
        var items = [
            "imap.user": self.event.user, "imap.email": self.owner.name, "imap.mailbox": mailbox.text,
            "imap.cause": "APPEND",
        ]
        switch self.event.cause {
        case .append: break
        case .copy: items["imap.cause"] = "COPY"
        case .flags:
            items["imap.cause"] = "FLAG"
            items["imap.changedflags"] = (self.changed[uid] ?? []).names(keywords).joined(separator: " ")
        }
        return items
    }
}
