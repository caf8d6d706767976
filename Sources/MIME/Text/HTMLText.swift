internal import MailBytes

/// The words of an HTML text, without tags, scripts, style sheets and comments: enough to search and preview by.
///
/// It is no HTML parser and shows nothing to anybody as HTML.
package enum HTMLText {
    /// Elements whose content is not text.
    private static let hidden = ["script", "style", "head", "title", "noscript", "template"].map { Array($0.utf8) }

    /// The entities that mail really uses; numeric ones are all known.
    private static let entities: [String: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "copy": "©", "reg": "®",
        "trade": "™", "hellip": "…", "mdash": "—", "ndash": "–", "lsquo": "‘", "rsquo": "’", "ldquo": "“",
        "rdquo": "”", "bull": "•", "middot": "·", "euro": "€", "pound": "£", "cent": "¢", "deg": "°", "auml": "ä",
        "ouml": "ö", "uuml": "ü", "Auml": "Ä", "Ouml": "Ö", "Uuml": "Ü", "szlig": "ß", "eacute": "é", "egrave": "è",
        "agrave": "à", "ccedil": "ç", "zwnj": "", "zwj": "", "shy": "", "laquo": "«", "raquo": "»",
    ]

    /// Octets of the longest entity that is looked for.
    private static let entityOctetsMax = 10

    /// - Complexity: O(octets).
    package static func plain(from html: String) -> String {
        let source = Array(html.utf8)
        let bytes = source.span
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count / 2)
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "<"):
                index = Self.skipTag(bytes, at: index)
                if text.last != ASCII.space { text.append(ASCII.space) }
            case UInt8(ascii: "&"):
                index = Self.takeEntity(bytes, at: index, into: &text)
            default:
                text.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Skips a tag, a comment, or an element whose content is hidden; a `<` that starts none of them is skipped alone.
    private static func skipTag(_ bytes: Span<UInt8>, at start: Int) -> Int {
        if bytes.hasBytes(Array("<!--".utf8), at: start) {
            return Self.find(Array("-->".utf8), in: bytes, from: start + 4) ?? bytes.count
        }
        let next = start + 1 < bytes.count ? bytes[start + 1] : 0
        guard ASCII.isLetter(next) || next == UInt8(ascii: "/") || next == UInt8(ascii: "!") else { return start + 1 }
        guard let end = bytes.firstIndex(of: UInt8(ascii: ">"), from: start, to: bytes.count) else {
            return bytes.count
        }
        for name in Self.hidden where Self.isTag(name, bytes, at: start + 1) {
            return Self.endOfElement(name, in: bytes, from: end + 1)
        }
        return end + 1
    }

    private static func isTag(_ name: [UInt8], _ bytes: Span<UInt8>, at start: Int) -> Bool {
        guard start + name.count < bytes.count else { return false }
        for index in 0..<name.count where ASCII.lowercased(bytes[start + index]) != name[index] {
            return false
        }
        return !ASCII.isAlphanumeric(bytes[start + name.count])
    }

    private static func endOfElement(_ name: [UInt8], in bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while let found = bytes.firstIndex(of: UInt8(ascii: "<"), from: index, to: bytes.count) {
            index = found + 1
            guard index < bytes.count, bytes[index] == UInt8(ascii: "/"), Self.isTag(name, bytes, at: index + 1) else {
                continue
            }
            return (bytes.firstIndex(of: UInt8(ascii: ">"), from: index, to: bytes.count) ?? bytes.count - 1) + 1
        }
        return bytes.count
    }

    private static func find(_ text: [UInt8], in bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while let found = bytes.firstIndex(of: text[0], from: index, to: bytes.count) {
            if bytes.hasBytes(text, at: found) { return found + text.count }
            index = found + 1
        }
        return nil
    }

    private static func takeEntity(_ bytes: Span<UInt8>, at start: Int, into text: inout [UInt8]) -> Int {
        let limit = min(bytes.count, start + 1 + Self.entityOctetsMax)
        guard let end = bytes.firstIndex(of: UInt8(ascii: ";"), from: start + 1, to: limit), end > start + 1 else {
            text.append(UInt8(ascii: "&"))
            return start + 1
        }
        var name: [UInt8] = []
        name.append(bytes, (start + 1)..<end)
        if let known = Self.entities[String(decoding: name, as: UTF8.self)] {
            text.append(contentsOf: known.utf8)
        } else if let scalar = Self.numericEntity(name) {
            text.append(contentsOf: String(Character(scalar)).utf8)
        } else {
            text.append(UInt8(ascii: "&"))
            return start + 1
        }
        return end + 1
    }

    private static func numericEntity(_ name: [UInt8]) -> Unicode.Scalar? {
        guard name.count > 1, name[0] == UInt8(ascii: "#") else { return nil }
        let isHexadecimal = name[1] | 0x20 == UInt8(ascii: "x")
        let digits = String(decoding: name.dropFirst(isHexadecimal ? 2 : 1), as: UTF8.self)
        guard let value = UInt32(digits, radix: isHexadecimal ? 16 : 10), value >= 0x20 else { return nil }
        return Unicode.Scalar(value)
    }
}
