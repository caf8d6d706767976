import MailBytes
import Testing

@Suite("quoted-printable")
struct QuotedPrintableTests {
    private static func decode(_ text: String) -> String {
        var bytes: [UInt8] = []
        QuotedPrintable.decode(Array(text.utf8).span, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        QuotedPrintable.encode(Array(text.utf8).span, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        "decodes what it should and keeps what it cannot read",
        arguments: [
            ("", ""), ("plain", "plain"), ("a=3Db", "a=b"), ("=c3=bc", "ü"), ("soft=\r\nbreak", "softbreak"),
            ("soft= \t\r\nbreak", "softbreak"), ("soft=\nbreak", "softbreak"), ("blank \t\r\nend", "blank\r\nend"),
            ("blank \nend", "blank\nend"), ("kept =20\r\nend", "kept  \r\nend"), ("bad =XY", "bad =XY"),
            ("cut =", "cut "), ("cut =4", "cut =4"), ("==41", "=A"), ("a\rb", "a\rb"), ("last ", "last "),
        ]
    )
    func decodes(text: String, expected: String) {
        #expect(Self.decode(text) == expected)
    }

    @Test(
        "what is encoded decodes to itself in lines of at most 76 octets",
        arguments: [
            "", "plain", "a = b", "grün", "blank at the end \r\nnext\t\r\n", "lone\rreturn",
            String(repeating: "long line ", count: 40), String(repeating: "ü", count: 100), ".\r\n..\r\n",
        ]
    )
    func encodes(text: String) {
        let encoded = Self.encode(text)
        #expect(Self.decode(encoded) == text)
        for line in encoded.split(separator: "\r\n") { #expect(line.utf8.count <= QuotedPrintable.lineOctetsMax) }
        #expect(encoded.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test("a line end of LF alone becomes CRLF")
    func lineEnds() {
        #expect(Self.encode("a\nb") == "a\r\nb")
    }
}
