internal import MailBytes

/// Text in which any octet can stand in a parameter: `+` and two hexadecimal digits for what could not. RFC 3461 §4.
///
///     xtext = *( %x21-2A / %x2C-3C / %x3E-7E / "+" 2(DIGIT / "A"-"F") )
package enum XText {
    /// The text that xtext stands for; `nil` when it is no xtext, or stands for no UTF-8.
    package static func decode(_ xtext: String) -> String? {
        var bytes: [UInt8] = []
        var input = xtext.utf8.makeIterator()
        while let byte = input.next() {
            guard byte == UInt8(ascii: "+") else {
                guard (0x21...0x7E).contains(byte), byte != UInt8(ascii: "=") else { return nil }
                bytes.append(byte)
                continue
            }
            guard let high = input.next().flatMap(Hex.value), let low = input.next().flatMap(Hex.value) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    package static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "+") && byte != UInt8(ascii: "=") {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "+"))
                bytes.append(Hex.digit(byte >> 4, uppercase: true))
                bytes.append(Hex.digit(byte & 15, uppercase: true))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Checks received xtext and gives it back fit to be passed on: a raw `=`, which senders leave, is encoded.
    ///
    /// - Parameter octetsMax: of what is given back, since the next host has the same limit.
    static func normalized(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        atMost octetsMax: Int,
        allowsUTF8: Bool
    ) throws(SMTPSyntaxError) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(range.count)
        var digitsDue = 0
        for index in range {
            let byte = bytes[index]
            if digitsDue > 0 {
                guard Hex.value(byte) != nil else { throw SMTPSyntaxError(.parameterValue, at: index) }
                digitsDue -= 1
            } else if byte == UInt8(ascii: "+") {
                digitsDue = 2
            } else if byte == UInt8(ascii: "=") {
                text.append(contentsOf: [UInt8(ascii: "+"), UInt8(ascii: "3"), UInt8(ascii: "D")])
                continue
            } else if !(0x21...0x7E).contains(byte) && !(allowsUTF8 && byte >= 0x80) {
                throw SMTPSyntaxError(.parameterValue, at: index)
            }
            text.append(byte)
        }
        guard digitsDue == 0, text.count <= octetsMax, let string = String(validating: text, as: UTF8.self) else {
            throw SMTPSyntaxError(.parameterValue, at: range.lowerBound)
        }
        return string
    }
}
