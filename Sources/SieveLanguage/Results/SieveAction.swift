/// One thing that a script wants done with its message.
package enum SieveAction: Hashable, Sendable {
    case keep(SieveKeep)
    case fileInto(SieveFileInto)
    case redirect(SieveRedirect)
    case reject(SieveReject)
    case vacation(SieveVacation)
    case notify(SieveNotify)

    /// The action's name as results are listed; the test language knows them under these.
    package var name: String {
        switch self {
        case .keep: "keep"
        case .fileInto: "store"
        case .redirect: "redirect"
        case .reject(let reject): reject.isAtProtocolLevel ? "ereject" : "reject"
        case .vacation: "vacation"
        case .notify: "notify"
        }
    }

    /// Whether it puts the message somewhere, so that a refusal of it would be a lie. RFC 5429 §2.2.
    var isDelivery: Bool {
        switch self {
        case .keep, .fileInto, .redirect: true
        case .reject, .vacation, .notify: false
        }
    }
}

/// Files into the owner's main mailbox, or leaves the message where it is. RFC 5228 §4.3.
package struct SieveKeep: Hashable, Sendable {
    /// `nil` when the script said nothing about flags.
    package var flags: [String]?

    package init(flags: [String]? = nil) {
        self.flags = flags
    }
}

/// Files into a mailbox. RFC 5228 §4.1.
package struct SieveFileInto: Hashable, Sendable {
    package var mailbox: String
    package var flags: [String]?
    /// Whether a missing mailbox is to be made. RFC 5490 §3.2.
    package var createsMailbox = false
    /// To be preferred where one has that special use. RFC 8579 §4.
    package var specialUse: String?
    /// To be preferred where one has that object identifier. RFC 9042 §3.
    package var mailboxID: String?
    /// Whether it leaves the implicit keep in force. RFC 3894 §3.
    package var isCopy = false

    package init(mailbox: String, flags: [String]? = nil) {
        self.mailbox = mailbox
        self.flags = flags
    }
}

/// Sends the message on. RFC 5228 §4.2.
package struct SieveRedirect: Hashable, Sendable {
    /// `local@domain`.
    package var address: String
    /// Who it comes from on the wire; empty for the null sender.
    package var sender: String
    package var isCopy = false
    /// Whether ``address`` is the name of an external list whose members it goes to. RFC 6134 §2.4.
    package var isList = false
    /// The owner's address, which the sent message is marked with so that it is not redirected a second time.
    package var loopMark: String
    /// `NOTIFY=` words and `RET=`, as given. RFC 6009 §5.
    package var notify: [String]?
    package var returns: String?
    /// RFC 6009 §7.
    package var deliverBy: SieveDeliverBy?

    /// The field that marks a redirected message.
    package static let loopField = "X-Sieve-Redirected-From"
}

/// By when a redirected message must have arrived. RFC 2852; RFC 6009 §7.
package struct SieveDeliverBy: Hashable, Sendable {
    /// From now; negative for a time in the past.
    package var seconds: Int64
    /// `true`: give up then; `false`: tell the sender then.
    package var returns: Bool
    package var traces: Bool
}

/// Refuses the message. RFC 5429.
package struct SieveReject: Hashable, Sendable {
    package var reason: String
    /// `ereject`: never by a message of its own where the refusal can be given in the protocol.
    package var isAtProtocolLevel: Bool
}

/// An action and what belongs to it.
package struct SievePlannedAction: Hashable, Sendable {
    package var action: SieveAction
    /// The message it takes, by its place in ``SieveResult/editions``.
    package var edition: Int
    package var position: SievePosition
    /// Whether a script before this one asked for it, so that this one can neither contradict nor undo it.
    package var isSettled = false
}
