import MailBytes
import Testing

@Suite("charsets")
struct CharsetTests {
    private static func decode(_ bytes: [UInt8], _ name: String?) -> String {
        Charset.decode(bytes.span, named: name)
    }

    @Test(
        "reads the charsets of mail",
        arguments: [
            ([0x67, 0x72, 0xC3, 0xBC, 0x6E], "utf-8", "grün"), ([0x67, 0x72, 0xFC, 0x6E], "ISO-8859-1", "grün"),
            ([0x80, 0x93], "windows-1252", "€“"), ([0x80], "latin1", "€"), ([0xA4], "iso-8859-15", "€"),
            ([0xCA, 0xD7], "koi8-r", "йв"), ([0xEF, 0xF0], "windows-1251", "пр"), ([0xB1], "iso-8859-2", "ą"),
            ([0x1B, 0x24, 0x42, 0x46, 0x7C, 0x4B, 0x5C, 0x1B, 0x28, 0x42], "ISO-2022-JP", "日本"),
            ([0x93, 0xFA, 0x96, 0x7B], "Shift_JIS", "日本"), ([0xC6, 0xFC, 0xCB, 0xDC], "euc-jp", "日本"),
            ([0xD6, 0xD0, 0xCE, 0xC4], "gb2312", "中文"), ([0xA4, 0xA4, 0xA4, 0xE5], "big5", "中文"),
            ([0xC7, 0xD1], "ks_c_5601-1987", "한"), ([0x2B, 0x41, 0x4F, 0x51, 0x2D], "utf-7", "ä"),
            ([0x41, 0x00, 0xFC, 0x00], "utf-16le", "Aü"), ([0xE4], "macintosh", "‰"), ([0xE1], "iso-8859-7", "α"),
        ] as [([UInt8], String, String)]
    )
    func decodes(bytes: [UInt8], name: String, expected: String) {
        #expect(Self.decode(bytes, name) == expected)
    }

    @Test(
        "never fails: what is no charset or not in it is still readable",
        arguments: [
            ([0x61, 0xFC], nil, "aü"), ([0x61, 0xC3, 0xBC], nil, "aü"), ([0x61, 0xFC], "us-ascii", "aü"),
            ([0x61], "no-such-charset", "a"), ([0x61], "utf-8//TRANSLIT", "a"), ([0x61], "../../etc/x", "a"),
            ([0x61], "", "a"), ([], "utf-8", ""), ([0x61, 0xFF, 0x62], "utf-8", "aÿb"),
            ([0x61, 0xFF, 0x62], "euc-jp", "a\u{FFFD}b"), ([0x61, 0xA4], "euc-jp", "a\u{FFFD}"),
            ([0x1B, 0x24, 0x42, 0x46], "iso-2022-jp", "\u{FFFD}"),
        ] as [([UInt8], String?, String)]
    )
    func survives(bytes: [UInt8], name: String?, expected: String) {
        #expect(Self.decode(bytes, name) == expected)
    }

    @Test(
        "UTF-8 that was cut off or damaged in places stays readable",
        arguments: [
            ([0xC3, 0xBC, 0x62, 0xC3], "utf-8", "üb\u{FFFD}"), ([0xC3, 0xBC, 0x62, 0xE2, 0x82], nil, "üb\u{FFFD}"),
            ([0xC3, 0xA4, 0xFF, 0xC3, 0xB6, 0x61], "utf-8", "ä\u{FFFD}öa"),
            // More broken octets than characters: this is something else.
            ([0xFC, 0x62, 0xE4, 0x62, 0xC3, 0xA4], nil, "übäbÃ¤"), ([0x62, 0xC3], "utf-8", "bÃ"),
        ] as [([UInt8], String?, String)]
    )
    func damaged(bytes: [UInt8], name: String?, expected: String) {
        #expect(Self.decode(bytes, name) == expected)
    }

    @Test("text longer than one conversion's buffer comes out whole")
    func long() {
        let bytes = [UInt8](repeating: 0xCA, count: 100_000)
        #expect(Self.decode(bytes, "koi8-r") == String(repeating: "й", count: 100_000))
    }

    @Test("a name longer than any charset's is unknown")
    func longName() {
        let name = String(repeating: "a", count: Charset.nameOctetsMax + 1)
        #expect(Self.decode([0x61], name) == "a")
    }
}
