internal import MailBytes
package import NIOCore

/// A name that a script may have: Net-Unicode without controls, in normal form C however it was typed. RFC 5804 §1.6,
/// RFC 5198.
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
            text.unicodeScalars.allSatisfy(NetUnicode.isAllowedInNames)
        else { return nil }
        let normalized = NetUnicode.normalized(text)
        // Some compatibility characters grow when they are taken apart.
        guard normalized.utf8.count <= Self.octetsMax else { return nil }
        self.text = normalized
    }

    /// RFC 5198 §3: never at the beginning.
    private static let byteOrderMark: UInt32 = 0xFEFF
}
