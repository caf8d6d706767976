internal import MailBytes

/// ESMTP's way to write an address or identifier in one word. RFC 3461 §4.
package enum XText {
    ///     xtext = *( xchar / hexchar )   hexchar = "+" 2(HEXDIG)
    package static func decode(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "+") {
                guard index + 2 < bytes.count, let high = QuotedPrintable.value(of: bytes[index + 1]),
                    let low = QuotedPrintable.value(of: bytes[index + 2])
                else { return nil }
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }
}
