internal import MIME
internal import MailStore
internal import MailTypes
internal import SieveLanguage

/// Why a script failed, or cannot be run.
struct ScriptFailure: Hashable, Sendable {
    /// For its owner: it may quote what the script made of the message.
    var text: String
    /// With the script's name, its line and its own words alone, for the log and the trace, and to tell whether the
    /// owner knows of it already.
    var plainText: String

    init(_ text: String) {
        (self.text, self.plainText) = (text, text)
    }

    init(_ error: SieveRunError) {
        (self.text, self.plainText) = (error.description, error.plainDescription)
    }

    /// Of a script that cannot be compiled; `nil` when it can.
    init?(_ compilation: SieveCompilation, of name: String) {
        guard compilation.program == nil else { return nil }
        self.init("\(name):" + (compilation.errors.first?.description ?? " cannot be compiled"))
    }

    /// That the owner was told, for a day; another failure is told, too.
    func mark(_ handle: String, at now: Instant) -> AccountMark {
        AccountMark(handle: handle, identity: Array(self.plainText.utf8), until: now + .seconds(86_400))
    }
}

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

            \(left) You are told of this error once a day
            until the script is changed.

            """
        bytes += Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
        return bytes
    }
}
