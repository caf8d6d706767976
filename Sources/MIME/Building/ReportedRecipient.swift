package import MailTypes

/// What became of one recipient, as a report tells it. RFC 3464 §2.3.
package struct ReportedRecipient: Sendable {
    /// RFC 3464 §2.3.3.
    package enum Action: String, Sendable {
        case failed
        case delayed
        case delivered
        case relayed
        case expanded
    }

    /// The address that was tried.
    package var finalRecipient: String
    /// `ORCPT` as received, `addr-type;xtext` with the xtext still encoded. RFC 3461 §4.2.
    package var originalRecipient: String?
    package var action: Action
    package var status: EnhancedStatus
    /// The host that answered.
    package var remoteHost: String?
    /// Its answer: `550 5.1.1 No such user`.
    package var diagnostic: String?
    /// More about it, of any characters and lines, for people to read.
    package var remark: String?
    package var lastAttempt: Instant?
    /// For ``Action/delayed``: until when it is tried.
    package var willRetryUntil: Instant?

    /// The type and the address of ``originalRecipient``, decoded; `nil` when there is none that can be read.
    var original: (type: String, address: String)? {
        guard let original = self.originalRecipient, let separator = original.firstIndex(of: ";"),
            let address = XText.decode(String(original[original.index(after: separator)...]))
        else { return nil }
        return (String(original[..<separator]), address)
    }

    package init(finalRecipient: String, action: Action, status: EnhancedStatus) {
        self.finalRecipient = finalRecipient
        self.action = action
        self.status = status
    }
}
