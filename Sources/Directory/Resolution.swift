package import MailTypes

/// An account that a message goes to.
package struct LocalTarget: Hashable, Sendable {
    package let account: AccountID
    /// The account's full name, `alice@example.org`.
    package let name: String
    /// What stood behind the separator of a sub-address (`list` in `alice+list`), in the sender's case.
    package let detail: String?

    package init(account: AccountID, name: String, detail: String?) {
        self.account = account
        self.name = name
        self.detail = detail
    }
}

/// What the directory knows about a recipient.
package enum Resolution: Hashable, Sendable {
    /// Where its mail goes, aliases followed: accounts here, and addresses for the queue: those elsewhere, and those of
    /// an alias's accounts that take no mail at present. Never empty, never one twice.
    case local([LocalTarget], remote: [EmailAddress])
    /// The domain is ours and has nobody of this name.
    case unknownUser
    /// The domain is not ours.
    case notLocal
    /// The name is ours but takes no mail at present.
    case suspended
}
