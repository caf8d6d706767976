internal import MIME
internal import MailStore
internal import MailTypes
internal import NIOCore

/// What a script did with a stored message, or would do.
package struct RefiledMessage: Codable, Sendable {
    package enum State: String, Codable, Sendable {
        /// The script leaves it as it is.
        case left
        /// What the script wants is done, or would be.
        case done
        /// It has `\Deleted`, so that the script did not look at it.
        case deleted
        /// The script ended in an error; nothing is done.
        case failed
        /// It is gone meanwhile.
        case gone
        /// It changed again and again meanwhile; nothing is done.
        case busy
        /// There is no room for what would be added; nothing is done.
        case overQuota
    }

    package struct Step: Codable, Sendable, Hashable {
        package enum Kind: String, Codable, Sendable {
            case move, copy, flags, edit, expunge
        }

        package var kind: Kind
        /// Where it goes, or is; `nil` for what is removed.
        package var mailbox: String?
        /// Those it has then.
        package var flags: [String]

        package init(_ kind: Kind, mailbox: String?, flags: [String] = []) {
            self.kind = kind
            self.mailbox = mailbox
            self.flags = flags
        }

        package var text: String {
            let flags = self.flags.isEmpty ? "" : " with flags \(self.flags.joined(separator: " "))"
            return switch self.kind {
            case .move: "move to \"\(self.mailbox ?? "")\"\(flags)"
            case .copy: "copy to \"\(self.mailbox ?? "")\"\(flags)"
            case .flags:
                self.flags.isEmpty ? "take all flags away" : "set the flags to \(self.flags.joined(separator: " "))"
            case .edit: "put the edited message in its place\(flags)"
            case .expunge: "remove for good"
            }
        }
    }

    package var uid: UInt32
    /// Readable, and cut where it is long.
    package var subject: String
    package var state: State
    package var steps: [Step] = []
    /// What is not done, and why; why the script failed.
    package var notes: [String] = []

    static let subjectCharactersMax = 100

    init(_ uid: UID, _ state: State, subject: String = "") {
        self.uid = uid.rawValue
        self.state = state
        self.subject = subject
    }

    /// Takes over what the store says.
    mutating func settle(_ outcome: RefilingOutcome) {
        switch outcome {
        case .done: return
        case .doneWithout(let mailboxes):
            self.notes += mailboxes.map { "there is no mailbox \"\($0)\" any more; the message stays" }
            return
        case .gone: self.state = .gone
        case .changed: self.state = .busy
        case .overQuota: self.state = .overQuota
        }
        self.steps = []
    }

    /// The message's Subject, as people read it.
    static func subject(of message: ByteBuffer) -> String {
        let bytes = message.readableBytesUInt8Span
        var scanner = HeaderScanner()
        while let field = scanner.next(in: bytes) {
            let name = message.getString(at: message.readerIndex + field.name.lowerBound, length: field.name.count)
            guard name?.lowercased() == "subject" else { continue }
            let text = HeaderText.decode(field.value, in: bytes)
            let clean = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) }
            return String(clean.prefix(Self.subjectCharactersMax))
        }
        return ""
    }
}

/// What is to be done with a message, and how it is told.
struct StoredJudgement: Sendable {
    let uid: UID
    /// `nil` when nothing is to be done.
    var refiling: Refiling?
    /// What ``refiling`` names from 1 on.
    var contents: [NewMessage] = []
    var report: RefiledMessage
    /// Where the message is, by name; empty when it is gone.
    var mailbox = ""
    var messageID = ""
    /// Why the script failed on it.
    var failure: ScriptFailure?
    /// What is sent, and under which name it is found in the trace.
    var sent: [String] = []

    init(_ uid: UID, state: RefiledMessage.State) {
        self.uid = uid
        self.report = RefiledMessage(uid, state)
    }
}
