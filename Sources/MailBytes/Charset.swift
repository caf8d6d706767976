/// Text in the charsets that mail has, made Unicode.
///
/// UTF-8, ASCII, ISO 8859-1 and Windows-1252 are read here; everything else by iconv(3) of the C library. It never
/// fails: what cannot be read becomes U+FFFD, what is in no known charset is taken for UTF-8, else Windows-1252.
package enum Charset {
    /// Octets of a charset's name; the longest that IANA registers has 45. What is longer is unknown.
    package static let nameOctetsMax = 64

    /// - Parameter name: as a MIME header has it, in any case; `nil` where none is given.
    package static func decode(_ bytes: Span<UInt8>, named name: String?) -> String {
        guard !bytes.isEmpty else { return "" }
        switch Self.canonicalName(name) {
        case nil, "utf-8", "us-ascii", "unknown-8bit", "x-unknown", "8bit":
            return Self.decodeUnlabelled(bytes)
        case "iso-8859-1", "windows-1252":
            return CharsetLatin.decode(bytes)
        case .some(let name):
            return CharsetConverter.decode(bytes, from: name) ?? Self.decodeUnlabelled(bytes)
        }
    }

    /// UTF-8 when it is that, but for less than its half (text that was cut off, or a few broken octets); else
    /// Windows-1252, which gives every byte some meaning.
    package static func decodeUnlabelled(_ bytes: Span<UInt8>) -> String {
        if let valid = try? UTF8Span(validating: bytes) { return String(copying: valid) }
        let text = UTF8Text.repaired(bytes)
        var (characters, broken) = (0, 0)
        for scalar in text.unicodeScalars where scalar.value >= 0x80 {
            if scalar == "\u{FFFD}" { broken += 1 } else { characters += 1 }
        }
        return characters >= broken ? text : CharsetLatin.decode(bytes)
    }

    /// The name iconv(3) knows it by; `nil` for no name or one that cannot be a charset's.
    static func canonicalName(_ name: String?) -> String? {
        guard let name, !name.isEmpty, name.utf8.count <= Self.nameOctetsMax,
            name.utf8.allSatisfy({ ASCII.isAlphanumeric($0) || "-_.:+".utf8.contains($0) })
        else { return nil }
        let lower = name.lowercased()
        return Self.otherNames[lower] ?? lower
    }

    /// Names that mail uses and iconv(3) does not, or that promise less than is sent under them.
    private static let otherNames: [String: String] = [
        "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8", "unicode-1-1-utf-7": "utf-7", "x-utf-8": "utf-8",
        "ascii": "us-ascii", "ansi_x3.4-1968": "us-ascii", "iso646-us": "us-ascii", "us": "us-ascii",
        "latin1": "iso-8859-1", "iso8859-1": "iso-8859-1", "iso_8859-1": "iso-8859-1", "l1": "iso-8859-1",
        "cp1252": "windows-1252", "x-cp1252": "windows-1252", "x-ansi": "windows-1252", "ansi": "windows-1252",
        "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030", "cp936": "gb18030",
        "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "euc-kr": "cp949", "korean": "cp949",
        "shift-jis": "cp932", "shift_jis": "cp932", "x-sjis": "cp932", "sjis": "cp932", "ms_kanji": "cp932",
        "x-euc-jp": "euc-jp", "x-mac-roman": "macintosh", "x-mac-ce": "mac-centraleurope",
        "x-mac-cyrillic": "mac-cyrillic", "iso-8859-8-i": "iso-8859-8", "iso-8859-6-i": "iso-8859-6",
        "big5": "big5-hkscs", "x-big5": "big5-hkscs", "x-windows-949": "cp949", "cp-850": "cp850",
    ]
}
