internal import MailQueue
internal import MailTypes
internal import SMTPWire

/// How an attempt ended for one recipient, before it is decided what follows from it.
struct AttemptOutcome: Sendable {
    enum Kind: Sendable {
        /// Another host has taken it. `hasPromisedNotices`: it knows DSN and tells the sender itself. RFC 3461 §5.2.2.
        /// `tellsSender`: that is to be told because of the time set for delivery. RFC 2852 §4.1, §4.2.
        case relayed(hasPromisedNotices: Bool, tellsSender: Bool = false)
        /// It is in a mailbox here.
        case stored(mailbox: String, uid: UInt32)
        /// Its recipient's script has sent it elsewhere or thrown it away.
        case filed(discarded: Bool)
        /// A failure; permanent or not is the reply's to say.
        case failed
        /// Not attempted: the sender's time is over, and it hears of that first.
        case late
    }

    var recipient: QueuedRecipient
    var kind: Kind
    /// What the host said, or our own words.
    var reply: SMTPReply
    /// What a reply cannot carry, for the notice to the sender: words that are not ASCII.
    var remark: String?
    /// Who was asked, with the port; `nil` when nobody was.
    var host: String?
    /// The name of the host whose words the reply is; `nil` when they are our own.
    var speaker: String?
    /// Whether delivery was tried; otherwise time alone decided.
    var wasTried = true

    init(
        _ recipient: QueuedRecipient,
        _ kind: Kind,
        _ reply: SMTPReply,
        remark: String? = nil,
        host: String? = nil,
        speaker: String? = nil
    ) {
        self.recipient = recipient
        self.kind = kind
        self.reply = reply
        self.remark = remark
        self.host = host
        self.speaker = speaker
    }

    /// The status of the reply, made up from its class where it has none. RFC 3463 §2.
    var status: EnhancedStatus {
        if let status = self.reply.enhanced { return status }
        return switch self.reply.code / 100 {
        case 2: EnhancedStatus(2, 0, 0)
        case 4: EnhancedStatus(4, 0, 0)
        default: EnhancedStatus(5, 0, 0)
        }
    }
}
