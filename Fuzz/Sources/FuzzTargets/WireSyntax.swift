import MailBytes
import NIOCore

/// Whether bytes of ours are what an IMAP client can read: quotes closed, literals as long as they say, parentheses
/// matched, lines whole. RFC 9051 §9.
enum WireSyntax {
    /// One response line with its literals and the CRLF that ends it.
    static func isResponse(_ buffer: ByteBuffer) -> Bool {
        let bytes = Array(buffer.readableBytesView)
        guard bytes.suffix(2) == [13, 10] else { return false }
        // Text for people stands behind a status and is no list; its parentheses need not match.
        let words = bytes.prefix(160).split(separator: ASCII.space, maxSplits: 2, omittingEmptySubsequences: false)
        let isStatus =
            words.count > 1 && ["OK", "NO", "BAD", "BYE"].contains(String(decoding: words[1], as: UTF8.self))
        if isStatus { return !bytes.dropLast(2).contains { $0 == 13 || $0 == 10 } }
        return Self.end(ofLine: bytes) == bytes.count - 2
    }

    /// One list, parentheses included, and nothing else.
    static func isList(_ buffer: ByteBuffer) -> Bool {
        let bytes = Array(buffer.readableBytesView)
        guard bytes.first == UInt8(ascii: "("), bytes.last == UInt8(ascii: ")") else { return false }
        return Self.end(ofLine: bytes) == bytes.count
    }

    /// Where the line ends, all parentheses being closed there; `nil` where it breaks off before.
    private static func end(ofLine bytes: [UInt8]) -> Int? {
        var depth = 0
        var index = 0
        while index < bytes.count, bytes[index] != 13 {
            switch bytes[index] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"):
                depth -= 1
                guard depth >= 0 else { return nil }
            case ASCII.quote:
                guard let end = Self.end(ofQuoted: bytes, from: index) else { return nil }
                index = end
                continue
            case UInt8(ascii: "{"):
                guard let end = Self.end(ofLiteral: bytes, from: index) else { return nil }
                index = end
                continue
            case 0, 10, 0x80...: return nil
            default: break
            }
            index += 1
        }
        return depth == 0 ? index : nil
    }

    private static func end(ofQuoted bytes: [UInt8], from start: Int) -> Int? {
        var index = start + 1
        while index < bytes.count {
            switch bytes[index] {
            case ASCII.quote: return index + 1
            case ASCII.backslash:
                guard index + 1 < bytes.count, [ASCII.quote, ASCII.backslash].contains(bytes[index + 1]) else {
                    return nil
                }
                index += 1
            case 0, 10, 13, 0x80...: return nil
            default: break
            }
            index += 1
        }
        return nil
    }

    private static func end(ofLiteral bytes: [UInt8], from start: Int) -> Int? {
        var octets = 0
        var index = start + 1
        while index < bytes.count, ASCII.isDigit(bytes[index]), octets <= bytes.count {
            octets = octets * 10 + Int(bytes[index] - 0x30)
            index += 1
        }
        guard index > start + 1, bytes[index...].starts(with: [UInt8(ascii: "}"), 13, 10]) else { return nil }
        let end = index + 3 + octets
        return end <= bytes.count ? end : nil
    }
}
