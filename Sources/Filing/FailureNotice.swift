internal import MIME
internal import MailTypes

/// Tells a script's owner that it failed. RFC 5228 §2.10.6.
struct FailureNotice {
    let owner: String
    let site: String
    let messageID: String
    /// May quote the script, which is the owner's.
    let reason: String
    let now: Instant
    var occasion = Occasion.delivery

    enum Occasion {
        case delivery
        case mailboxEvent
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        let fields = [
            ("Message-ID", self.messageID), ("Date", RFC5322Date.format(self.now)),
            ("From", "Mail filter <\(self.site)>"), ("To", "<\(self.owner)>"),
            ("Subject", "Your mail filter script failed"), ("Auto-Submitted", "auto-generated"),
            ("MIME-Version", "1.0"), ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]
        for (name, value) in fields { bytes += HeaderEncoder.field(name, value) }
        bytes += Array("\r\n".utf8)
        let (happened, left) =
            switch self.occasion {
            case .delivery: ("A message came for you", "The message is in your INBOX; no mail was lost.")
            case .mailboxEvent: ("You changed a mailbox", "The mailbox is as you left it.")
            }
        let text = """
            \(happened), and your Sieve script ended with an error:

                \(HeaderEncoder.singleLine(self.reason))

            \(left) You are told of this once a day
            until the script is changed.

            """
        bytes += Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
        return bytes
    }
}
