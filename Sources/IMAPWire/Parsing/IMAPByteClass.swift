internal import MailBytes

/// The grammar's classes of bytes. RFC 9051 §9.
enum IMAPByteClass {
    /// `ATOM-CHAR = <any CHAR except atom-specials>`
    static func isAtom(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x7F...: false
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"), UInt8(ascii: "%"), UInt8(ascii: "*"): false
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "]"): false
        default: true
        }
    }

    /// `ASTRING-CHAR = ATOM-CHAR / resp-specials`
    static func isAString(_ byte: UInt8) -> Bool {
        Self.isAtom(byte) || byte == UInt8(ascii: "]")
    }

    /// `tag = 1*<any ASTRING-CHAR except "+">`
    static func isTag(_ byte: UInt8) -> Bool {
        Self.isAString(byte) && byte != UInt8(ascii: "+")
    }

    /// `list-char = ATOM-CHAR / list-wildcards / resp-specials`
    static func isList(_ byte: UInt8) -> Bool {
        Self.isAString(byte) || byte == UInt8(ascii: "%") || byte == UInt8(ascii: "*")
    }

    /// Letters, digits, dot and hyphen: the names of commands, items, keys and options.
    static func isName(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }

    /// What a header field's name may hold: `ftext` of RFC 5322 §3.6.8.
    static func isFieldName(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: ":")
    }

    /// `base64-char` and the padding, wherever it stands; SASL decodes it.
    static func isBase64(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
            || byte == UInt8(ascii: "=")
    }
}
