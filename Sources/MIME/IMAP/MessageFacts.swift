internal import MailBytes
package import MailTypes
package import NIOCore

/// What is worth keeping beside a stored message so that clients' usual questions need not read it again.
package struct MessageFacts: Sendable {
    /// The ENVELOPE as FETCH answers it.
    package var envelope: ByteBuffer
    /// The BODYSTRUCTURE as FETCH answers it.
    package var bodyStructure: ByteBuffer
    /// The Message-ID without the blanks around it, angle brackets included; `nil` when there is none.
    package var messageID: [UInt8]?
    /// Octets of the header, the empty line included.
    package var headerOctets: Int
    /// How many hosts say they received it.
    package var receivedCount: Int
    /// The Date field as a moment; `nil` when there is none that can be read.
    package var sentAt: Instant?

    /// Octets of what is kept.
    package var octets: Int {
        self.envelope.readableBytes + self.bodyStructure.readableBytes + (self.messageID?.count ?? 0)
    }

    /// Reads the message once for its structure, and its header once more for the envelope.
    package static func compute(of message: Span<UInt8>) -> MessageFacts {
        let structure = MIMEStructure.parse(message)
        return Self.compute(of: message, structure: structure)
    }

    /// The same for a message that is parsed already.
    package static func compute(of message: Span<UInt8>, structure: MIMEStructure) -> MessageFacts {
        let header = structure.root.header
        var envelope = WireText()
        envelope.bytes.reserveCapacity(512)
        let fields = EnvelopeFields(ofHeaderAt: 0, before: header.upperBound, in: message)
        IMAPEnvelope.write(fields, in: message, into: &envelope)
        var writer = BodyStructureWriter(structure: structure, isExtended: true)
        writer.text.bytes.reserveCapacity(256)
        writer.write(0, of: message)
        return MessageFacts(
            envelope: ByteBuffer(bytes: envelope.bytes),
            bodyStructure: ByteBuffer(bytes: writer.text.bytes),
            messageID: fields.messageID.flatMap { Self.trimmed($0, in: message) },
            headerOctets: header.upperBound,
            receivedCount: fields.receivedCount,
            sentAt: fields.date.flatMap { RFC5322Date.parse($0, in: message)?.instant }
        )
    }

    private static func trimmed(_ value: Range<Int>, in bytes: Span<UInt8>) -> [UInt8]? {
        var range = value.prefix(MIMELimits.fieldOctetsMax)
        while let first = range.first, bytes[first] <= ASCII.space { range = range.dropFirst() }
        while let last = range.last, bytes[last] <= ASCII.space { range = range.dropLast() }
        guard !range.isEmpty else { return nil }
        var text: [UInt8] = []
        text.append(bytes, range)
        return text
    }
}
