internal import MailBytes
package import NIOCore

/// A message's ENVELOPE as it stands in a FETCH answer, parentheses included.
///
/// It is written as Dovecot writes it, octet for octet where the standards leave a choice, so that a client that
/// moves between the two sees nothing change. RFC 9051 §7.5.2.
package enum IMAPEnvelope {
    /// Appends the envelope of a message, or of what there is of one.
    package static func write(of message: Span<UInt8>, into buffer: inout ByteBuffer) {
        var text = WireText()
        Self.write(ofHeaderAt: 0, before: message.count, in: message, into: &text)
        buffer.writeBytes(text.bytes)
    }

    static func write(ofHeaderAt start: Int, before end: Int, in bytes: Span<UInt8>, into text: inout WireText) {
        Self.write(EnvelopeFields(ofHeaderAt: start, before: end, in: bytes), in: bytes, into: &text)
    }

    static func write(_ fields: EnvelopeFields, in bytes: Span<UInt8>, into text: inout WireText) {
        text.append(UInt8(ascii: "("))
        Self.writeLine(fields.date, in: bytes, into: &text)
        if let subject = fields.subject {
            text.appendTidied(subject, in: bytes)
        } else {
            text.appendNil()
        }
        text.append(ASCII.space)
        let fromStart = text.bytes.count
        Self.writeAddresses(fields.from, in: bytes, into: &text)
        let from = fromStart..<text.bytes.count
        Self.writeAddresses(fields.sender, orSameAs: from, in: bytes, into: &text)
        Self.writeAddresses(fields.replyTo, orSameAs: from, in: bytes, into: &text)
        Self.writeAddresses(fields.to, in: bytes, into: &text)
        Self.writeAddresses(fields.cc, in: bytes, into: &text)
        Self.writeAddresses(fields.bcc, in: bytes, into: &text)
        Self.writeLine(fields.inReplyTo, in: bytes, into: &text)
        Self.writeLine(fields.messageID, in: bytes, into: &text)
        text.bytes[text.bytes.count - 1] = UInt8(ascii: ")")
    }

    /// A string and a space.
    private static func writeLine(_ value: Range<Int>?, in bytes: Span<UInt8>, into text: inout WireText) {
        if let value {
            text.appendUnfolded(value, in: bytes)
        } else {
            text.appendNil()
        }
        text.append(ASCII.space)
    }

    /// A Sender or Reply-To that is missing or empty is the From. RFC 9051 §7.5.2.
    private static func writeAddresses(
        _ values: [Range<Int>],
        orSameAs from: Range<Int>,
        in bytes: Span<UInt8>,
        into text: inout WireText
    ) {
        let start = text.bytes.count
        Self.writeAddresses(values, in: bytes, into: &text)
        guard text.bytes.count == start + 4 else { return }
        text.bytes.removeLast(4)
        text.bytes.append(contentsOf: text.bytes[from])
    }

    /// A list of addresses and a space.
    private static func writeAddresses(_ values: [Range<Int>], in bytes: Span<UInt8>, into text: inout WireText) {
        var addresses: [HeaderAddress] = []
        for value in values where addresses.count < MIMELimits.addressesMax {
            addresses.append(contentsOf: AddressList.parse(value, in: bytes))
        }
        guard !addresses.isEmpty else {
            text.append("NIL ")
            return
        }
        let fieldOctets = values.reduce(0) { $0 + $1.count }
        let end = text.bytes.count + MIMELimits.addressOctetsMax(ofFields: fieldOctets)
        text.append(UInt8(ascii: "("))
        for address in addresses where text.bytes.count < end {
            text.append(UInt8(ascii: "("))
            if let name = address.name {
                text.appendTidied(name)
            } else {
                text.appendNil()
            }
            text.append(ASCII.space)
            text.appendUnfolded(address.route)
            text.append(ASCII.space)
            text.appendUnfolded(address.mailbox)
            text.append(ASCII.space)
            text.appendUnfolded(address.domain)
            text.append(UInt8(ascii: ")"))
        }
        text.append(") ")
    }
}
