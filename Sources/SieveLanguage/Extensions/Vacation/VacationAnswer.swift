internal import MIME
internal import MailBytes
package import MailTypes

extension SieveVacation {
    /// Writes the answer as a message. RFC 5230 §5; RFC 3834 §3.1.
    ///
    /// - Parameter messageID: the answer's own, angle brackets included.
    package func message(messageID: String, now: Instant) -> [UInt8] {
        var message = OutgoingMessage()
        message.add("Message-ID", messageID)
        message.add("Date", RFC5322Date.format(now))
        message.add(mailbox: self.from ?? "<\(self.owner)>", as: "From")
        message.add(mailbox: self.to, as: "To")
        message.add("Subject", self.subject)
        if let original = self.messageID {
            message.add("In-Reply-To", original)
            message.add("References", self.references.map { "\($0) \(original)" } ?? original)
        }
        message.add("Auto-Submitted", "auto-replied (vacation)")
        message.add("Precedence", "bulk")
        message.add("X-Auto-Response-Suppress", "All")
        message.add("MIME-Version", "1.0")
        if self.isMIME {
            message.append(part: Array(self.reason.utf8))
        } else {
            message.append(text: Array(self.reason.utf8))
        }
        return message.bytes
    }
}

/// A message that a script sends, as it is written.
struct OutgoingMessage {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ name: String, _ value: String) {
        self.bytes += HeaderEncoder.field(name, value)
    }

    /// A field with addresses, one a line; none when there are none.
    mutating func add(mailboxes: [String], as name: String) {
        guard !mailboxes.isEmpty else { return }
        let texts = mailboxes.map { text in
            var field = OutgoingMessage()
            field.add(mailbox: text, as: name)
            return String(decoding: field.bytes.dropFirst(name.utf8.count + 2).dropLast(2), as: UTF8.self)
        }
        self.bytes += Array("\(name): \(texts.joined(separator: ",\r\n "))\r\n".utf8)
    }

    /// A field with one address, whose display name may be of any characters.
    mutating func add(mailbox text: String, as name: String) {
        let bytes = Array(text.utf8)
        if bytes.allSatisfy({ $0 < 0x80 }), !text.contains("=?") { return self.add(name, text) }
        let found = AddressList.parse(0..<bytes.count, in: bytes.span).first
        guard let found, let address = SieveAddress.single(bytes) else { return self.add(name, "<\(text)>") }
        let display = found.name.map { HeaderText.decode($0.span) }
        let addressText = String(decoding: address.all, as: UTF8.self)
        guard let display, !display.isEmpty else { return self.add(name, "<\(addressText)>") }
        self.bytes += Array("\(name): \(HeaderEncoder.mailbox(name: display, address: addressText))\r\n".utf8)
    }

    /// A body of plain text, and the fields that say so.
    mutating func append(text: [UInt8]) {
        self.add("Content-Type", "text/plain; charset=utf-8")
        let isPlain = text.allSatisfy { $0 < 0x80 && $0 != 0 } && Self.hasShortLines(text) && !Self.hasBareCR(text)
        self.add("Content-Transfer-Encoding", isPlain ? "7bit" : "quoted-printable")
        self.bytes += [ASCII.carriageReturn, ASCII.lineFeed]
        if isPlain {
            self.bytes += Self.withCRLF(text)
        } else {
            QuotedPrintable.encode(text.span, into: &self.bytes)
        }
        if self.bytes.last != ASCII.lineFeed { self.bytes += [ASCII.carriageReturn, ASCII.lineFeed] }
    }

    /// A MIME part with its own header. Where it has a bare CR or a NUL, which may not be sent, there is a line end or
    /// nothing. RFC 5321 §2.3.8, RFC 5322 §4.
    mutating func append(entity: [UInt8]) {
        self.bytes += Self.withCRLF(entity.filter { $0 != 0 })
        if self.bytes.last != ASCII.lineFeed { self.bytes += [ASCII.carriageReturn, ASCII.lineFeed] }
    }

    /// A MIME part as the body. Of its header there are the fields that describe the content and no others, so that it
    /// adds no author and no recipients to the message's. RFC 2045 §3.
    mutating func append(part: [UInt8]) {
        var entity: [UInt8] = []
        var scanner = HeaderScanner()
        var bodyStart: Int?
        while let field = scanner.next(in: part.span) {
            guard !field.name.isEmpty else {
                bodyStart = field.whole.lowerBound
                break
            }
            guard ASCIIFold.folded(Array(part[field.name])).starts(with: "content-".utf8) else { continue }
            entity += part[field.whole]
        }
        entity += [ASCII.carriageReturn, ASCII.lineFeed]
        entity += part[(bodyStart ?? scanner.position)...]
        self.append(entity: entity)
    }

    mutating func append(_ bytes: [UInt8]) {
        self.bytes += bytes
    }

    private static func hasShortLines(_ text: [UInt8]) -> Bool {
        var column = 0
        for byte in text {
            column = byte == ASCII.lineFeed ? 0 : column + 1
            if column > 990 { return false }
        }
        return true
    }

    private static func hasBareCR(_ text: [UInt8]) -> Bool {
        text.indices.contains { index in
            text[index] == ASCII.carriageReturn && (index + 1 == text.count || text[index + 1] != ASCII.lineFeed)
        }
    }

    /// Every line end, bare ones included, as CRLF.
    private static func withCRLF(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        for (index, byte) in text.enumerated() {
            switch byte {
            case ASCII.lineFeed where index > 0 && text[index - 1] == ASCII.carriageReturn: continue
            case ASCII.lineFeed, ASCII.carriageReturn: result += [ASCII.carriageReturn, ASCII.lineFeed]
            default: result.append(byte)
            }
        }
        return result
    }
}
