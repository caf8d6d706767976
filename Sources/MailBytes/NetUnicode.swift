// The tables are those by which the standard library compares text; it offers the form itself to its friends only.
@_spi(_Unicode) internal import Swift

/// Text as the network writes it: UTF-8 in one normal form. RFC 5198.
package enum NetUnicode {
    /// The text in normal form C, in which what looks the same is the same octet by octet. RFC 5198 §3.
    ///
    /// - Complexity: O(n); text of ASCII is returned as it is.
    package static func normalized(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 >= 0x80 }) else { return text }
        var scalars = String.UnicodeScalarView()
        for scalar in text._nfc { scalars.append(scalar) }
        return String(scalars)
    }

    /// Whether a scalar may stand in a name: no control, no line or paragraph separator, no code point that will never
    /// be a character. RFC 5804 §1.6, RFC 5198 §2.
    package static func isAllowedInNames(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029: false
        default: !scalar.properties.isNoncharacterCodePoint
        }
    }
}
