package import MailTypes

/// The beginning of an APPEND: who asks and where the messages go. RFC 9051 §6.3.12, RFC 3502.
package struct AppendRequest: Hashable, Sendable {
    package var tag: String
    package var mailbox: WireMailbox

    package init(tag: String, mailbox: WireMailbox) {
        self.tag = tag
        self.mailbox = mailbox
    }
}

/// What an APPEND says of one message before its bytes.
package struct AppendMessage: Hashable, Sendable {
    package var flags: FlagSelection
    /// `nil`: now.
    package var internalDate: Instant?
    /// Octets that follow, at most ``IMAPLimits/appendMessageOctetsMax``.
    package var octets: Int

    package init(flags: FlagSelection = .init(), internalDate: Instant? = nil, octets: Int) {
        self.flags = flags
        self.internalDate = internalDate
        self.octets = octets
    }
}
