internal import MailBytes
package import NIOCore

/// A name that a script may have: Net-Unicode without controls. RFC 5804 §1.6, RFC 5198.
///
/// It departs from RFC 5198 §3 in one thing: the standard library offers no normal form, so a name is kept as it was
/// typed, and names that differ only in their normal form are two.
package struct ManageSieveScriptName: Hashable, Sendable {
    /// Octets of a name: the 128 characters that RFC 5804 §1.6 asks for at their longest.
    package static let octetsMax = 512

    package let text: String

    /// `nil` when the octets are not UTF-8 or not a name.
    package init?(_ octets: ByteBuffer) {
        guard (1...Self.octetsMax).contains(octets.readableBytes),
            let text = String(validating: octets.readableBytesUInt8Span, 0..<octets.readableBytes)
        else { return nil }
        self.init(text)
    }

    package init?(_ text: String) {
        guard (1...Self.octetsMax).contains(text.utf8.count), text.unicodeScalars.first?.value != Self.byteOrderMark,
            text.unicodeScalars.allSatisfy(Self.isAllowed)
        else { return nil }
        self.text = text
    }

    /// RFC 5198 §3: never at the beginning.
    private static let byteOrderMark: UInt32 = 0xFEFF

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029: false
        default: !scalar.properties.isNoncharacterCodePoint
        }
    }
}
