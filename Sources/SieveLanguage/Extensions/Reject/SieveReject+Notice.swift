internal import MIME
internal import MailBytes
package import MailTypes
package import NIOCore

extension SieveReject {
    /// Writes the refusal as a message disposition notification, for a message that was accepted already. RFC
    /// 5429 §2.1.2; RFC 8098 §3.
    ///
    /// - Parameters:
    ///   - original: the refused message; its header is returned.
    ///   - sender: who is told; must not be the null sender.
    ///   - site: what the notice comes from.
    package func notice(
        of original: ByteBuffer,
        to sender: String,
        by recipient: String,
        messageID: String,
        now: Instant,
        site: String
    ) -> [UInt8] {
        let boundary = "=_mdn_\(original.readableBytes)_\(now.secondsSince1970)"
        var message = OutgoingMessage()
        message.add("Message-ID", messageID)
        message.add("Date", RFC5322Date.format(now))
        message.add(mailbox: site, as: "From")
        message.add("To", "<\(sender)>")
        message.add("Subject", "Automatically rejected mail")
        message.add("Auto-Submitted", "auto-replied (rejected)")
        message.add("Precedence", "bulk")
        message.add("MIME-Version", "1.0")
        let type = "multipart/report; report-type=disposition-notification; boundary=\"\(boundary)\""
        message.add("Content-Type", type)
        message.append(Array("\r\n--\(boundary)\r\n".utf8))
        let text = "Your message to <\(recipient)> was automatically rejected:\r\n\(self.reason)\r\n"
        message.append(text: Array(text.utf8))
        message.append(Array("\r\n--\(boundary)\r\nContent-Type: message/disposition-notification\r\n\r\n".utf8))
        message.append(Array("Final-Recipient: rfc822; \(recipient)\r\n".utf8))
        let bytes = original.readableBytesUInt8Span
        if let field = HeaderScanner.first(.messageID, in: bytes) {
            let id = HeaderText.decode(field.value, in: bytes)
            message.append(Array("Original-Message-ID: \(HeaderEncoder.singleLine(id))\r\n".utf8))
        }
        message.append(Array("Disposition: automatic-action/MDN-sent-automatically; deleted\r\n".utf8))
        message.append(Array("\r\n--\(boundary)\r\n".utf8))
        let octets = min(HeaderScanner.headerOctets(of: bytes), MIMELimits.reportedHeaderOctetsMax)
        message.append(Self.returned(header: Array(original.readableBytesView.prefix(octets))))
        message.append(Array("\r\n--\(boundary)--\r\n".utf8))
        return message.bytes
    }

    /// The refused message's header as a part: encoded where it is not 7-bit, so that the notice always is.
    /// RFC 6522 §4.
    private static func returned(header: [UInt8]) -> [UInt8] {
        var part = Array("Content-Type: text/rfc822-headers\r\n".utf8)
        let isPlain = header.allSatisfy { $0 < 0x80 && $0 != 0 }
        if !isPlain { part += Array("Content-Transfer-Encoding: quoted-printable\r\n".utf8) }
        part += Array("\r\n".utf8)
        if isPlain { part += header } else { QuotedPrintable.encode(header.span, into: &part) }
        return part
    }
}
