internal import MailBytes
package import MailTypes
package import NIOCore

/// A report to a sender about what became of a message: what a postmaster calls a bounce. RFC 3464, RFC 6533.
///
/// It goes out with the null reverse-path (the caller's to see to) and says that a machine made it (RFC 3834 §5), so
/// that nothing answers it. Text from other hosts is made one line of ASCII before it stands in it.
package struct DeliveryStatusReport: Sendable {
    /// The host that reports, as `Reporting-MTA`.
    package var reportingHost: String
    /// Who the report goes to: the sender of the message it is about.
    package var sender: EmailAddress
    /// The report's own Message-ID, angle brackets included.
    package var messageID: String
    package var date: Instant
    package var recipients: [ReportedRecipient]
    /// `ENVID` as received, xtext still encoded. RFC 3461 §4.4.
    package var envelopeID: String?
    package var arrivedAt: Instant?
    /// By when the sender wanted the message delivered. RFC 2852 §5.
    package var deliverBy: Instant?
    /// What the message carries of itself back.
    package var returned: DSNReturn = .headers
    /// Whether the reader's side is known to read UTF-8 headers. RFC 6533 §3.
    package var isInternationalized = false

    package init(
        reportingHost: String,
        sender: EmailAddress,
        messageID: String,
        date: Instant,
        recipients: [ReportedRecipient]
    ) {
        self.reportingHost = reportingHost
        self.sender = sender
        self.messageID = messageID
        self.date = date
        self.recipients = recipients
    }

    /// The report as a message, CRLF line ends, ready to be queued.
    ///
    /// - Parameter original: the message it is about; of a large one the header is enough unless `returned` is
    ///   ``DSNReturn/full``.
    package func build(original: Span<UInt8>) -> ByteBuffer {
        let enclosed = self.enclosedRange(of: original)
        let isEightBit = !UTF8Text.isASCII(original.extracting(enclosed))
        let boundary = Self.boundary(avoiding: original.extracting(enclosed), from: self.messageID)
        var buffer = ByteBuffer()
        buffer.reserveCapacity(4_096 + enclosed.count)
        self.writeHeader(boundary: boundary, isEightBit: isEightBit, into: &buffer)
        buffer.writeString("--\(boundary)\r\n")
        self.writeText(into: &buffer)
        buffer.writeString("\r\n--\(boundary)\r\n")
        self.writeStatus(into: &buffer)
        buffer.writeString("\r\n--\(boundary)\r\n")
        self.writeEnclosed(original, enclosed, isEightBit: isEightBit, into: &buffer)
        buffer.writeString("\r\n--\(boundary)--\r\n")
        return buffer
    }

    /// The worst that happened names the report.
    private var action: ReportedRecipient.Action {
        for action in [ReportedRecipient.Action.failed, .delayed, .relayed, .expanded]
        where self.recipients.contains(where: { $0.action == action }) {
            return action
        }
        return .delivered
    }

    // MARK: - Parts

    private func writeHeader(boundary: String, isEightBit: Bool, into buffer: inout ByteBuffer) {
        let subject =
            switch self.action {
            case .failed: "Undelivered Mail Returned to Sender"
            case .delayed: "Delayed Mail (still being retried)"
            case .delivered, .relayed, .expanded: "Successful Mail Delivery Report"
            }
        buffer.writeString("Date: \(RFC5322Date.format(self.date))\r\n")
        buffer.writeString("From: Mail Delivery System <MAILER-DAEMON@\(self.ascii(self.reportingHost))>\r\n")
        buffer.writeBytes(HeaderEncoder.field("To", self.sender.description, isInternationalized: true))
        buffer.writeString("Subject: \(subject)\r\nMessage-ID: \(self.ascii(self.messageID))\r\n")
        buffer.writeString("Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n")
        buffer.writeString(
            "Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"\(boundary)\"\r\n"
        )
        if isEightBit || self.isInternationalized { buffer.writeString("Content-Transfer-Encoding: 8bit\r\n") }
        buffer.writeString("\r\n")
    }

    private func writeText(into buffer: inout ByteBuffer) {
        buffer.writeString("Content-Description: Notification\r\nContent-Type: text/plain; charset=utf-8\r\n")
        buffer.writeString("Content-Transfer-Encoding: quoted-printable\r\n\r\n")
        var text = "This is the mail system at host \(self.reportingHost).\r\n\r\n\(self.explanation)\r\n"
        for recipient in self.recipients {
            text += "\r\n<\(recipient.finalRecipient)>"
            if let original = recipient.original?.address, original != recipient.finalRecipient {
                text += " (expanded from <\(HeaderEncoder.singleLine(original))>)"
            }
            text += ": \(recipient.action.rawValue) (\(recipient.status))"
            if let host = recipient.remoteHost { text += "\r\n    host \(HeaderEncoder.singleLine(host)) said:" }
            if let diagnostic = recipient.diagnostic { text += "\r\n    \(HeaderEncoder.singleLine(diagnostic))" }
            for line in recipient.remark?.split(whereSeparator: \.isNewline) ?? [] {
                text += "\r\n    \(HeaderEncoder.singleLine(String(line)))"
            }
            if let until = recipient.willRetryUntil {
                text += "\r\n    will be retried until \(RFC5322Date.format(until))"
            }
            text += "\r\n"
        }
        var encoded: [UInt8] = []
        QuotedPrintable.encode(Array(text.utf8).span, into: &encoded)
        buffer.writeBytes(encoded)
    }

    private var explanation: String {
        switch self.action {
        case .failed:
            "Your message could not be delivered to one or more recipients. "
                + (self.returned == .full ? "It is\r\nreturned below.\r\n" : "Its\r\nheader is returned below.\r\n")
                + "\r\nFor further help, please write to the postmaster and include this report."
        case .delayed:
            "Your message could not be delivered yet to one or more recipients.\r\n"
                + "You need not send it again: it is still being tried."
        case .delivered, .relayed, .expanded:
            "Your message was delivered to the destinations below, or handed on to\r\n"
                + "a system that does not send such reports."
        }
    }

    ///     delivery-status-content = per-message-fields 1*( CRLF per-recipient-fields )
    private func writeStatus(into buffer: inout ByteBuffer) {
        let type = self.isInternationalized ? "message/global-delivery-status" : "message/delivery-status"
        buffer.writeString("Content-Description: Delivery report\r\nContent-Type: \(type)\r\n")
        if self.isInternationalized { buffer.writeString("Content-Transfer-Encoding: 8bit\r\n") }
        buffer.writeString("\r\n")
        buffer.writeString("Reporting-MTA: dns; \(self.ascii(self.reportingHost))\r\n")
        if let envelopeID = self.envelopeID, let text = XText.decode(envelopeID) {
            buffer.writeString("Original-Envelope-Id: \(self.ascii(text))\r\n")
        }
        if let arrivedAt = self.arrivedAt {
            buffer.writeString("Arrival-Date: \(RFC5322Date.format(arrivedAt))\r\n")
        }
        if let deliverBy = self.deliverBy {
            buffer.writeString("Deliver-By-Date: \(RFC5322Date.format(deliverBy))\r\n")
        }
        for recipient in self.recipients {
            buffer.writeString("\r\n")
            self.writeStatus(of: recipient, into: &buffer)
        }
    }

    private func writeStatus(of recipient: ReportedRecipient, into buffer: inout ByteBuffer) {
        if let (type, address) = recipient.original {
            buffer.writeString("Original-Recipient: \(self.ascii(type));\(self.address(address))\r\n")
        }
        let isASCII = recipient.finalRecipient.utf8.allSatisfy { $0 < 0x80 }
        let type = isASCII ? "rfc822" : "utf-8"
        buffer.writeString("Final-Recipient: \(type);\(self.address(recipient.finalRecipient))\r\n")
        buffer.writeString("Action: \(recipient.action.rawValue)\r\nStatus: \(recipient.status)\r\n")
        if let host = recipient.remoteHost { buffer.writeString("Remote-MTA: dns; \(self.hostName(host))\r\n") }
        if let diagnostic = recipient.diagnostic {
            buffer.writeBytes(HeaderEncoder.field("Diagnostic-Code", "smtp; \(self.ascii(diagnostic))"))
        }
        if let lastAttempt = recipient.lastAttempt {
            buffer.writeString("Last-Attempt-Date: \(RFC5322Date.format(lastAttempt))\r\n")
        }
        if let until = recipient.willRetryUntil {
            buffer.writeString("Will-Retry-Until: \(RFC5322Date.format(until))\r\n")
        }
    }

    private func writeEnclosed(
        _ original: Span<UInt8>,
        _ range: Range<Int>,
        isEightBit: Bool,
        into buffer: inout ByteBuffer
    ) {
        let type =
            switch (self.returned, self.isInternationalized) {
            case (.full, false): "message/rfc822"
            case (.full, true): "message/global"
            case (.headers, false): "text/rfc822-headers"
            case (.headers, true): "message/global-headers"
            }
        buffer.writeString("Content-Description: \(self.enclosedDescription)\r\nContent-Type: \(type)\r\n")
        if isEightBit { buffer.writeString("Content-Transfer-Encoding: 8bit\r\n") }
        buffer.writeString("\r\n")
        var bytes: [UInt8] = []
        bytes.append(original, range)
        buffer.writeBytes(bytes)
    }

    private var enclosedDescription: String {
        let message =
            switch self.action {
            case .failed: "Undelivered Message"
            case .delayed: "Delayed Message"
            case .delivered, .relayed, .expanded: "Message"
            }
        return self.returned == .full ? message : "\(message) Header"
    }

    // MARK: - Pieces

    private func enclosedRange(of original: Span<UInt8>) -> Range<Int> {
        guard self.returned == .headers else { return 0..<original.count }
        let header = HeaderScanner.headerOctets(of: original)
        guard header > MIMELimits.reportedHeaderOctetsMax else { return 0..<header }
        var end = MIMELimits.reportedHeaderOctetsMax
        while end > 0, original[end - 1] != ASCII.lineFeed { end -= 1 }
        return 0..<end
    }

    /// One line of ASCII; what is not ASCII becomes `?`.
    private func ascii(_ text: String) -> String {
        String(HeaderEncoder.singleLine(text).unicodeScalars.map { $0.isASCII ? Character($0) : "?" })
    }

    /// A host's name, or its address as a literal. RFC 3464 §2.1.2.
    private func hostName(_ host: String) -> String {
        let name = self.ascii(host)
        if name.contains(":") { return "[IPv6:\(name)]" }
        return name.utf8.allSatisfy { ASCII.isDigit($0) || $0 == UInt8(ascii: ".") } ? "[\(name)]" : name
    }

    /// An address, as UTF-8 where the report may have it, else in the ASCII form of RFC 6533 §3.
    private func address(_ text: String) -> String {
        let line = HeaderEncoder.singleLine(text)
        if self.isInternationalized { return line }
        return line.unicodeScalars.map { scalar in
            scalar.isASCII ? String(scalar) : "\\x{\(String(scalar.value, radix: 16, uppercase: true))}"
        }.joined()
    }

    /// A boundary made from the Message-ID, lengthened until the enclosed message does not hold it.
    private static func boundary(avoiding bytes: Span<UInt8>, from messageID: String) -> String {
        let letters = messageID.utf8.filter(ASCII.isAlphanumeric).prefix(40)
        var boundary = "=_report_" + String(decoding: letters, as: UTF8.self)
        while Self.holds(bytes, Array("--\(boundary)".utf8)), boundary.utf8.count < 70 {
            boundary += "_"
        }
        return boundary
    }

    private static func holds(_ bytes: Span<UInt8>, _ line: [UInt8]) -> Bool {
        var start = 0
        while start < bytes.count {
            if bytes.hasBytes(line, at: start) { return true }
            guard let lineFeed = bytes.firstIndex(of: ASCII.lineFeed, from: start, to: bytes.count) else {
                return false
            }
            start = lineFeed + 1
        }
        return false
    }
}
