internal import MailBytes
package import NIOCore

extension ByteBuffer {
    /// `astring`: as an atom where the text allows it, else as a string. RFC 9051 §9.
    package mutating func writeAString(_ text: String) {
        if !text.isEmpty, text.utf8.allSatisfy(IMAPByteClass.isAtom), text.utf8.count != 3 || text.uppercased() != "NIL"
        {
            self.writeString(text)
        } else {
            self.writeIMAPString(text)
        }
    }

    /// A mailbox's name: modified UTF-7, as an atom or a string. RFC 3501 §5.1.3.
    package mutating func writeMailbox(_ name: String) {
        let isPlain = name.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "&") }
        self.writeAString(isPlain ? name : String(decoding: ModifiedUTF7.encode(name), as: UTF8.self))
    }

    /// `string`: quoted where the text allows it, else a literal. RFC 9051 §9.
    package mutating func writeIMAPString(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            unsafe self.writeIMAPString(bytes.span)
        }
    }

    /// `string`: quoted where the bytes are few, ASCII and on one line; else a literal.
    package mutating func writeIMAPString(_ bytes: Span<UInt8>) {
        guard bytes.count <= Self.quotedOctetsMax, Self.canBeQuoted(bytes) else {
            self.writeLiteral(bytes)
            return
        }
        self.writeInteger(ASCII.quote)
        for index in bytes.indices {
            if bytes[index] == ASCII.quote || bytes[index] == ASCII.backslash { self.writeInteger(ASCII.backslash) }
            self.writeInteger(bytes[index])
        }
        self.writeInteger(ASCII.quote)
    }

    /// `nstring = string / nil` (RFC 9051 §9).
    package mutating func writeNString(_ text: String?) {
        if let text { self.writeIMAPString(text) } else { self.writeStaticString("NIL") }
    }

    /// `{n}` CRLF and the bytes. RFC 9051 §4.3.
    package mutating func writeLiteral(_ bytes: Span<UInt8>) {
        self.writeLiteralHead(octets: bytes.count)
        self.writeSpan(bytes)
    }

    /// `{n}` CRLF; exactly so many bytes must follow.
    package mutating func writeLiteralHead(octets: Int) {
        self.writeInteger(UInt8(ascii: "{"))
        self.writeDecimal(octets)
        self.writeStaticString("}\r\n")
    }

    /// The bytes as they are. A span of bytes seen as raw bytes is safe; the compiler only warns of it in general.
    mutating func writeSpan(_ bytes: Span<UInt8>) {
        unsafe self.writeBytes(bytes.bytes)
    }

    /// Longer strings are literals: some clients read lines into small buffers.
    private static let quotedOctetsMax = 1_024

    private static func canBeQuoted(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices {
            let byte = bytes[index]
            if byte == 0 || byte == ASCII.lineFeed || byte == ASCII.carriageReturn || byte >= 0x80 { return false }
        }
        return true
    }
}
