internal import MailBytes

/// Values as structured header fields hold them, cut to what fits in a line.
enum HeaderToken {
    /// The text itself where it is a token, else in quotes; control characters become question marks. RFC 2045 §5.1.
    static func quoted(_ text: String) -> String {
        self.isToken(text) ? self.cut(text) : self.quotedString(text)
    }

    static func quotedString(_ text: String) -> String {
        let text = self.cut(text)
        if !text.utf8.contains(where: { ASCII.isControl($0) || $0 == ASCII.quote || $0 == ASCII.backslash }) {
            return "\"\(text)\""
        }
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
        self.isAddressOrToken(text) ? self.cut(text) : self.quoted(text)
    }

    /// The text, or its start and three dots: a word cannot be folded, and strangers choose how long it is.
    /// RFC 5322 §2.1.1.
    static func cut(_ text: String) -> String {
        let (octetsMax, dots) = (SenderAuthLimits.wordOctetsMax, "...")
        guard text.utf8.count > octetsMax else { return text }
        // With the dots it is short enough: what was cut is not cut again by who hands it on.
        var end = text.utf8.index(text.startIndex, offsetBy: octetsMax - dots.utf8.count)
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return text[..<end] + dots
    }

    /// One `@` may stand in it, though not at the end.
    static func isAddressOrToken(_ text: String) -> Bool {
        var signs = 0
        var last: UInt8 = UInt8(ascii: "@")
        for byte in text.utf8 {
            if byte == UInt8(ascii: "@") { signs += 1 } else if !self.isTokenByte(byte) { return false }
            last = byte
        }
        return signs <= 1 && last != UInt8(ascii: "@")
    }

    /// The name of a method, result or property: what does not belong in one is left out.
    ///
    ///     Keyword = Ldh-str
    static func keyword(_ text: String) -> String {
        if self.isKeyword(text) { return text }
        let bytes = text.utf8.filter(self.isKeywordByte)
        return bytes.isEmpty ? "x" : String(decoding: bytes, as: UTF8.self)
    }

    private static func isKeyword(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(self.isKeywordByte)
    }

    private static func isKeywordByte(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
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

extension FoldedField {
    mutating func putKeyword(_ text: String) { self.put(HeaderToken.keyword(text)) }
    mutating func putQuoted(_ text: String) { self.put(HeaderToken.quoted(text)) }
    mutating func putQuotedString(_ text: String) { self.put(HeaderToken.quotedString(text)) }
    mutating func putPropertyValue(_ text: String) { self.put(HeaderToken.propertyValue(text)) }
}
