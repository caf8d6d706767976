internal import MailBytes
package import NIOCore

extension ByteBuffer {
    /// `* METADATA INBOX (/shared/comment "Ours" /private/comment NIL)`; without entries nothing. RFC 5464 §4.4.1.
    ///
    /// - Parameter mailbox: empty for the server.
    package mutating func writeMetadata(_ mailbox: String, _ entries: [MetadataEntry]) {
        guard !entries.isEmpty else { return }
        self.writeStaticString("* METADATA ")
        self.writeMailbox(mailbox)
        self.writeStaticString(" (")
        for (index, entry) in entries.enumerated() {
            if index > 0 { self.writeInteger(ASCII.space) }
            self.writeAString(entry.name)
            self.writeInteger(ASCII.space)
            self.writeMetadataValue(entry.value)
        }
        self.writeStaticString(")\r\n")
    }

    /// Octets that a string cannot hold make it a literal8. RFC 3516 §4.4.
    private mutating func writeMetadataValue(_ value: [UInt8]?) {
        guard let value else { return self.writeNil() }
        guard value.contains(0) else { return self.writeIMAPString(value.span) }
        self.writeInteger(UInt8(ascii: "~"))
        self.writeLiteral(value.span)
    }

    private mutating func writeNil() {
        self.writeStaticString("NIL")
    }
}
