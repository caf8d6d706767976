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

    /// A property's value: also a domain or address stands without quotes.
    ///
    ///     pvalue = [CFWS] ( ( value / [ [ local-part ] "@" ] domain-name ) [CFWS] )
    static func propertyValue(_ text: String) -> String {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].isEmpty || self.isToken(String(parts[0])), self.isToken(String(parts[1]))
        else {
            return self.quoted(text)
        }
        return text
    }

    /// The name of a method, result or property: what does not belong in one is left out.
    ///
    ///     Keyword = Ldh-str
    static func keyword(_ text: String) -> String {
        let bytes = text.utf8.filter { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        return bytes.isEmpty ? "x" : String(decoding: bytes, as: UTF8.self)
    }

    ///     token = 1*<any CHAR except SPACE, CTLs, or tspecials>
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(self.isTokenByte)
    }

    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x7F: false
        case 0x22, 0x28, 0x29, 0x2C, 0x2F, 0x3A...0x40, 0x5B...0x5D: false
        default: true
        }
    }
}
