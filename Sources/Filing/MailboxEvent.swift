package import MailStore
package import MailTypes
internal import Telemetry
internal import Trace

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

    /// What the script did stands in the trace, a line a message, under a name of its own: a message that a client has
    /// stored has none. It is found by the message's Message-ID, and by the account.
    func note(_ judgements: [StoredJudgement]) {
        let journal = self.filing.journal
        for judgement in judgements {
            guard let summary = judgement.summary else { continue }
            journal.record(
                journal.makeID(),
                .filed,
                (.messageID, judgement.messageID),
                (.recipient, self.owner.name),
                (.mailbox, judgement.mailbox),
                (.uid, String(judgement.uid.rawValue)),
                (.reason, summary)
            )
        }
    }
}

extension StoredJudgement {
    /// `nil` when the script had nothing to do with the message. Mailboxes, flags and addresses are no message text.
    fileprivate var summary: String? {
        switch self.report.state {
        case .done: (self.report.steps.map(\.text) + self.sent).joined(separator: ", ")
        case .failed: "script failed: \(self.failure?.plainText ?? "")"
        case .busy: "nothing, as the message went on changing"
        case .overQuota: "nothing, as there is no room"
        case .left, .deleted, .gone: nil
        }
    }
}
