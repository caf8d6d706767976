internal import MailBytes

/// Header fields written so that every mail system can read them: folded, and encoded where they are not ASCII.
package enum HeaderEncoder {
    /// Octets a line should not exceed, its end not counted. RFC 5322 §2.1.1.
    package static let lineOctetsMax = 78

    /// Octets of an encoded word. RFC 2047 §2.
    private static let wordOctetsMax = 75

    /// Octets of a display name's first encoded word, so that the field's name fits before it.
    private static let phraseOctetsMax = 60

    private static let hexDigits: [UInt8] = Array("0123456789ABCDEF".utf8)

    /// A whole field with its line end: `Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=`.
    ///
    /// - Parameters:
    ///   - text: free text; line ends and controls in it become spaces, so that it cannot start another field.
    ///   - isInternationalized: whether UTF-8 may stand in the header as it is. RFC 6532 §3.
    package static func field(_ name: String, _ text: String, isInternationalized: Bool = false) -> [UInt8] {
        let safe = Self.singleLine(text)
        let isPlain = isInternationalized || safe.utf8.allSatisfy { $0 < 0x80 } && !safe.contains("=?")
        let words =
            isPlain
            ? safe.split(separator: " ", omittingEmptySubsequences: false).map { Array($0.utf8) }
            : Self.encodedWords(safe, firstOctetsMax: Self.lineOctetsMax - name.utf8.count - 2)
        return Self.folded(Array("\(name):".utf8), words)
    }

    /// A display name as a phrase: as it is, quoted, or as encoded words. RFC 5322 §3.2.5.
    package static func phrase(_ name: String, isInternationalized: Bool = false) -> String {
        let safe = Self.singleLine(name)
        let isASCII = safe.utf8.allSatisfy { $0 < 0x80 }
        if !isASCII && !isInternationalized || safe.contains("=?") {
            return Self.encodedWords(safe, firstOctetsMax: Self.phraseOctetsMax).map {
                String(decoding: $0, as: UTF8.self)
            }.joined(separator: " ")
        }
        if !safe.isEmpty, safe.utf8.allSatisfy({ ByteClass.isAtomByte($0) || $0 == ASCII.space }) { return safe }
        var quoted = "\""
        // By scalar: a quote and a mark joined to it are one `Character`, which would not be seen to be a quote.
        for scalar in safe.unicodeScalars {
            if scalar == "\\" || scalar == "\"" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    /// `Name <local@domain>`, or the address alone where there is no name.
    package static func mailbox(name: String?, address: String, isInternationalized: Bool = false) -> String {
        guard let name, !name.isEmpty else { return Self.singleLine(address) }
        return "\(Self.phrase(name, isInternationalized: isInternationalized)) <\(Self.singleLine(address))>"
    }

    /// The text with each control character made a space.
    package static func singleLine(_ text: String) -> String {
        guard text.utf8.contains(where: ASCII.isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { Self.isControl($0) ? " " : $0 }))
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || scalar.value == 0x7F
    }

    /// Breaks the line before the word that would make it too long; a word alone is never broken.
    private static func folded(_ start: [UInt8], _ words: [[UInt8]]) -> [UInt8] {
        var text = start
        var column = start.count
        for word in words {
            if column + 1 + word.count > Self.lineOctetsMax, column > 1, !word.isEmpty, column > start.count {
                text.append(contentsOf: [ASCII.carriageReturn, ASCII.lineFeed])
                column = 0
            }
            text.append(ASCII.space)
            text.append(contentsOf: word)
            column += 1 + word.count
        }
        text.append(contentsOf: [ASCII.carriageReturn, ASCII.lineFeed])
        return text
    }

    /// `=?utf-8?q?…?=` words that hold whole characters each. RFC 2047 §4.2, §5.
    ///
    /// - Parameter firstOctetsMax: what the first line still has room for.
    private static func encodedWords(_ text: String, firstOctetsMax: Int) -> [[UInt8]] {
        let prefix = Array("=?utf-8?q?".utf8)
        var words: [[UInt8]] = []
        var word = prefix
        for scalar in text.unicodeScalars {
            var encoded: [UInt8] = []
            for byte in String(scalar).utf8 {
                if ASCII.isAlphanumeric(byte) {
                    encoded.append(byte)
                } else if byte == ASCII.space {
                    encoded.append(UInt8(ascii: "_"))
                } else {
                    let digits = [Self.hexDigits[Int(byte >> 4)], Self.hexDigits[Int(byte & 15)]]
                    encoded.append(contentsOf: [UInt8(ascii: "=")] + digits)
                }
            }
            let octetsMax = words.isEmpty ? min(Self.wordOctetsMax, firstOctetsMax) : Self.wordOctetsMax
            if word.count + encoded.count + 2 > octetsMax, word.count > prefix.count {
                words.append(word + Array("?=".utf8))
                word = prefix
            }
            word.append(contentsOf: encoded)
        }
        words.append(word + Array("?=".utf8))
        return words
    }
}
