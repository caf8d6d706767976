import MIME
import MailBytes
import MailTypes
import NIOCore
import SieveLanguage

/// The messages that a script sends: whatever a script or a sender puts into them, they have the fields that we wrote
/// and no other, and lines as SMTP wants them.
enum SieveMessageProperties {
    private static let identifier = "<made@host.example>"
    private static let site = "Postmaster <postmaster@example.org>"

    static func check(_ action: SieveAction, about message: ByteBuffer, _ now: Instant) throws(BrokenProperty) {
        switch action {
        case .vacation(let vacation):
            let bytes = vacation.message(messageID: Self.identifier, now: now)
            // Such an answer is a part with a header of its own, which follows ours.
            try Self.check(bytes, "an answer", fields: vacation.isMIME ? nil : Self.vacationFields)
        case .notify(let notify):
            let bytes = notify.message(messageID: Self.identifier, now: now, site: Self.site, owner: "b@example.org")
            let fields = Self.notifyFields.union(notify.fields.map { $0.name.lowercased() })
            try Self.check(bytes, "a notification", fields: fields)
        case .reject(let reject):
            let bytes = reject.notice(
                of: message,
                to: "a@sender.test",
                by: "b@example.org",
                messageID: Self.identifier,
                now: now,
                site: Self.site
            )
            // The message's own header is returned as it came.
            let original = message.readableBytesView
            guard message.readableBytesUInt8Span.hasOnlyCRLF, !original.contains(0) else { return }
            try Self.check(bytes, "a notice", fields: Self.noticeFields)
        case .keep, .fileInto, .redirect: break
        }
    }

    private static let commonFields: Set<String> = [
        "message-id", "date", "from", "to", "subject", "auto-submitted", "precedence", "mime-version", "content-type",
    ]
    private static let vacationFields = commonFields.union([
        "in-reply-to", "references", "x-auto-response-suppress", "content-transfer-encoding",
    ])
    private static let notifyFields = commonFields.union([
        "cc", "importance", "x-priority", "content-transfer-encoding",
    ])
    private static let noticeFields = commonFields

    private static func check(_ bytes: [UInt8], _ what: String, fields: Set<String>?) throws(BrokenProperty) {
        try require(bytes.span.hasOnlyCRLF && bytes.suffix(2) == [13, 10], "\(what) has lines that end in CRLF")
        try require(!bytes.contains(0), "\(what) has no NUL")
        guard let fields else { return }
        let header = HeaderScanner.headerOctets(of: bytes.span)
        try require(bytes[..<header].allSatisfy { $0 < 0x80 }, "\(what) has a header of ASCII")
        var scanner = HeaderScanner()
        while let field = scanner.next(in: bytes.span) {
            let name = String(decoding: bytes[field.name], as: UTF8.self).lowercased()
            try require(fields.contains(name), "\(what) has the fields that we wrote and not '\(name)'")
        }
        try require(scanner.hasSeenEmptyLine, "\(what) has a header that ends where we ended it")
    }
}
