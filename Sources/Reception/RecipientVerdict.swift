package import Directory
package import MailTypes
package import SMTPWire

/// What the client is told about one recipient.
package enum RecipientVerdict: Hashable, Sendable {
    case accepted(AcceptedRecipient)
    case refused(SMTPReply)
}

/// A recipient we take mail for, and where its mail goes.
package struct AcceptedRecipient: Hashable, Sendable {
    /// As the client named it.
    package let recipient: EnvelopeRecipient
    /// Accounts here, aliases followed.
    package let accounts: [LocalTarget]
    /// Recipients at other hosts: the recipient itself, or what its alias leads to.
    package let others: [EnvelopeRecipient]

    package init(recipient: EnvelopeRecipient, accounts: [LocalTarget], others: [EnvelopeRecipient]) {
        self.recipient = recipient
        self.accounts = accounts
        self.others = others
    }
}
