internal import MailBytes

/// Values as structured header fields hold them.
enum HeaderToken {
    /// The text itself where it is a token, else in quotes; control characters become question marks. RFC 2045 §5.1.
    static func quoted(_ text: String) -> String {
        self.isToken(text) ? text : self.quotedString(text)
    }

    static func quotedString(_ text: String) -> String {
        var bytes: [UInt8] = [ASCII.quote]
        for byte in text.utf8 {
            if byte == ASCII.quote || byte == ASCII.backslash { bytes.append(ASCII.backslash) }
            bytes.append(ASCII.isControl(byte) ? UInt8(ascii: "?") : byte)
        }
        return String(decoding: bytes + [ASCII.quote], as: UTF8.self)
    }

    ///     token = 1*<any CHAR except SPACE, CTLs, or tspecials>
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(self.isTokenByte)
    }

    static func isTokenByte(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7F && !Array("()<>@,;:\\\"/[]?=".utf8).contains(byte)
    }
}
