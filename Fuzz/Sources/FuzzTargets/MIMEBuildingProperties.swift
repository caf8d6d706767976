import MIME
import MailBytes
import MailTypes
import NIOCore

/// What we write: fields, names, reports, and changes to a submitted message.
enum MIMEBuildingProperties {
    /// Octets of an input that are used as words in what is written.
    private static let wordOctetsMax = 400

    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        try Self.checkSubmission(input)
        let text = String(decoding: input.prefix(Self.wordOctetsMax), as: UTF8.self)
        try Self.checkField(text)
        try Self.checkName(text)
        // Reports cost more than all the rest, so an input is tried with one of their four kinds.
        let kind = input.reduce(0, ^)
        try Self.checkReport(about: input, text, kind & 1 == 0 ? .headers : .full, kind & 2 == 0)
    }

    // MARK: - Submission

    /// A submitted message leaves with a date and an identifier, without Bcc, and otherwise as it came.
    private static func checkSubmission(_ input: [UInt8]) throws(BrokenProperty) {
        let edits = SubmissionEdits.plan(for: input.span, now: Instant(secondsSince1970: 1)) { "<made@host.example>" }
        var whole = ByteBuffer()
        edits.write(input.span, into: &whole)
        try requireSameHoweverCut(input, "a submitted message") { pieces throws(BrokenProperty) in
            var buffer = ByteBuffer()
            var offset = 0
            for piece in pieces {
                edits.write(piece.readableBytesUInt8Span, at: offset, into: &buffer)
                offset += piece.readableBytes
            }
            return pieces.isEmpty ? whole : buffer
        }
        let removed = edits.removals.reduce(0) { $0 + $1.count }
        try require(
            whole.readableBytes == input.count + edits.insertion.readableBytes - removed,
            "nothing is added or left out but what was planned"
        )
        let message = whole.readableBytesUInt8Span
        try require(
            HeaderScanner.first(.bcc, in: message) == nil && HeaderScanner.first(.resentBcc, in: message) == nil,
            "a submitted message leaves without its Bcc"
        )
        guard let date = HeaderScanner.first(.date, in: message),
            let identifier = HeaderScanner.first(.messageID, in: message)
        else { throw BrokenProperty("a submitted message leaves with Date and Message-ID") }
        if HeaderScanner.first(.messageID, in: input.span) == nil {
            try require(
                Array(whole.readableBytesView)[identifier.value].elementsEqual("<made@host.example>".utf8),
                "a Message-ID that was made stands alone in its field"
            )
        }
        if HeaderScanner.first(.date, in: input.span) == nil {
            try require(
                RFC5322Date.parse(date.value, in: message)?.instant == Instant(secondsSince1970: 1),
                "a Date that was made says when"
            )
        }
    }

    // MARK: - Fields

    /// A field holds its text and no second field.
    private static func checkField(_ text: String) throws(BrokenProperty) {
        let field = HeaderEncoder.field("Subject", text)
        var scanner = HeaderScanner()
        guard let read = scanner.next(in: field.span), read.whole == 0..<field.count else {
            throw BrokenProperty("a field written is one field")
        }
        try require(field.span.hasOnlyCRLF, "a field written has no bare CR or LF")
        try require(UTF8Text.isASCII(field.span), "a field written is ASCII")
        try require(
            Self.words(HeaderText.decode(read.value, in: field.span)) == Self.words(HeaderEncoder.singleLine(text)),
            "a field's text is read as it was written"
        )
        let isFolded = field.split(separator: 10).allSatisfy { $0.count <= 999 }
        try require(isFolded || text.utf8.contains { $0 > 0x20 }, "a field's lines are short where they can be")
        let international = HeaderEncoder.field("Subject", text, isInternationalized: true)
        var scannerAgain = HeaderScanner()
        try require(
            scannerAgain.next(in: international.span)?.whole == 0..<international.count,
            "an internationalized field written is one field"
        )
    }

    /// A display name is read as it was written, and never reaches the address beside it.
    private static func checkName(_ text: String) throws(BrokenProperty) {
        for isInternationalized in [false, true] {
            let line = HeaderEncoder.mailbox(
                name: text,
                address: "local@host.example",
                isInternationalized: isInternationalized
            )
            let bytes = Array(line.utf8)
            let addresses = AddressList.parse(0..<bytes.count, in: bytes.span)
            try require(addresses.count == 1, "a name and an address are one address")
            let address = addresses[0]
            try require(
                address.mailbox == Array("local".utf8) && address.domain == Array("host.example".utf8)
                    && !address.isBroken,
                "a name does not change the address"
            )
            let name = address.name ?? []
            try require(
                Self.words(HeaderText.decode(name.span)) == Self.words(HeaderEncoder.singleLine(text)),
                "a name is read as it was written"
            )
        }
    }

    /// The words of a text, since blanks may be folded.
    private static func words(_ text: String) -> [[UInt8]] {
        text.utf8.split(separator: ASCII.space).map(Array.init)
    }

    // MARK: - Reports

    /// A report is a report, whatever the message and the words of others in it.
    private static func checkReport(
        about original: [UInt8],
        _ text: String,
        _ returned: DSNReturn,
        _ isInternationalized: Bool
    ) throws(BrokenProperty) {
        var recipient = ReportedRecipient(finalRecipient: text, action: .failed, status: EnhancedStatus(5, 1, 1))
        recipient.originalRecipient = text
        recipient.remoteHost = text
        recipient.diagnostic = text
        var report = DeliveryStatusReport(
            reportingHost: "host.example",
            sender: EmailAddress(localPart: text, domain: Domain("sender.example")),
            messageID: "<report@host.example>",
            date: Instant(secondsSince1970: 1),
            recipients: [recipient, recipient]
        )
        report.envelopeID = text
        report.returned = returned
        report.isInternationalized = isInternationalized
        let bytes = Array(report.build(original: original.span).readableBytesView)
        let structure = MIMEStructure.parse(bytes.span)
        let parts = structure.children(of: 0).map { structure.parts[$0] }
        try require(parts.count == 3 && structure.root.kind == .multipart, "a report has three parts")
        try require((8...9).contains(Self.fieldCount(bytes[structure.root.header])), "a report's header is its own")
        let status = Array(bytes[parts[1].whole])
        try require(status.span.hasOnlyCRLF, "a report's status has no bare CR or LF")
        let enclosed = returned == .full ? original.count : HeaderScanner.headerOctets(of: original.span)
        guard enclosed <= MIMELimits.reportedHeaderOctetsMax || returned == .full else { return }
        // A message that ends within its header is shown with the boundary's line end, as Dovecot shows it.
        let body = bytes[parts[2].body]
        let isSame = body.elementsEqual(original[..<enclosed]) || body.elementsEqual(original[..<enclosed] + [13, 10])
        try require(isSame, "a report returns what it says it does")
    }

    private static func fieldCount(_ header: ArraySlice<UInt8>) -> Int {
        let bytes = Array(header)
        var scanner = HeaderScanner()
        var count = 0
        while scanner.next(in: bytes.span) != nil { count += 1 }
        return count
    }
}
