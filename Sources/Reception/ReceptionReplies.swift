package import MailTypes
package import SMTPWire
internal import Storage

/// What reception tells clients: the only place where refusals and failures become replies.
package enum ReceptionReplies {
    package static let unknownUser = SMTPReply(550, "5.1.1", "No such user here")
    package static let relayDenied = SMTPReply(550, "5.7.1", "Relay access denied")
    package static let noRoute = SMTPReply(550, "5.4.4", "There is no route to this domain")
    package static let suspended = SMTPReply(450, "4.2.1", "Mailbox takes no mail at present")
    package static let mailboxFull = SMTPReply(552, "5.2.2", "Mailbox is full")
    package static let mailboxFullForNow = SMTPReply(452, "4.2.2", "Mailbox is full")
    package static let senderNotOwned = SMTPReply(553, "5.7.1", "Sender address is not yours to use")
    package static let fromNotOwned = SMTPReply(553, "5.7.1", "From address is not yours to use")
    package static let noAuthor = SMTPReply(550, "5.7.1", "From names no author; it must hold an address of yours")
    package static let mailLoop = SMTPReply(554, "5.4.6", "Message has gone through too many hosts; mail loop")

    /// RFC 7489 §10.3.
    package static func failsPolicy(of domain: String) -> SMTPReply {
        SMTPReply(550, EnhancedStatus(5, 7, 26), lines: ["Message fails the policy (DMARC) of \(domain)"])
    }

    package static let rejectedByAll = SMTPReply(550, "5.7.1", "Message is not wanted by its recipients")

    /// A recipient's own words, as its script has them. RFC 5429 §2.1.1.
    package static func rejected(_ reason: String) -> SMTPReply {
        SMTPReply(550, EnhancedStatus(5, 7, 1), lines: RejectionText.lines(reason))
    }

    package static func accepted(_ id: TimeSortedID) -> SMTPReply { SMTPReply(250, "2.0.0", "OK \(id)") }

    /// What a failure of disk or database is to the client: always temporary. Lesson 28.
    static func failure(_ error: any Error) -> SMTPReply {
        (error as? StorageError)?.code == .diskFull ? .insufficientStorage : .localError
    }
}
