internal import MIME
internal import MailTypes

/// Dates in the form of RFC 3339 §5.6.
enum ISODate {
    static func read(_ text: [UInt8]) -> Instant? {
        guard text.count >= 19, text[4] == UInt8(ascii: "-"), text[10] | 0x20 == UInt8(ascii: "t") else { return nil }
        var spaced = text
        spaced[10] = 0x20
        return RFC5322Date.parse(spaced.span)?.instant
    }
}
