import MIME
import Testing

@Suite("header text")
struct HeaderTextTests {
    private static func decode(_ text: String) -> String {
        HeaderText.decode(message(text).span)
    }

    @Test(
        "is decoded as RFC 2047 says",
        arguments: [
            ("plain", "plain"), ("=?ISO-8859-1?Q?a?=", "a"), ("=?ISO-8859-1?Q?a?= b", "a b"),
            ("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
            ("=?ISO-8859-1?Q?a?=\n  =?ISO-8859-1?Q?b?=", "ab"), ("=?ISO-8859-1?Q?a_b?=", "a b"),
            ("=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"),
            ("=?iso-8859-1?q?=E4?= x =?utf-8?q?=C3=A4?=", "ä x ä"), ("=?utf-8*de?q?x?=", "x"), ("a\n b", "a b"),
            ("a\n\tb", "a b"),
            ("=?UTF-8?Q?=F0=9F?= =?UTF-8?Q?=98=80?=", "😀"), ("=?utf-8?q?a?= =?iso-8859-1?q?=E4?=", "aä"),
        ]
    )
    func decodes(text: String, expected: String) {
        #expect(Self.decode(text) == expected)
    }

    @Test(
        "is decoded in the broken forms real mail has",
        arguments: [
            ("=?iso-8859-1?q?this is some text?=", "this is some text"), ("=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
            ("x=?utf-8?Q?a?=y", "xay"),
            ("=?utf-8?B?R3LDvMOfZQ?=", "Grüße"), ("=?utf-8?Q?what?!?=", "what?!"), ("=?utf-8?Q?cut=C3=BC", "cutü"),
            ("=?x?z?a?=", "=?x?z?a?="),
            ("=?", "=?"), ("=?utf-8?Q", "=?utf-8?Q"), ("=?utf-8?Q?", "=?utf-8?Q?"), ("=?no-such?q?a?=", "a"),
            ("caf\u{C3}\u{A9}", "café"),
            ("caf\u{E9}", "café"), ("=?utf-8?Q?a=0D=0AX-Evil:=20b?=", "a  X-Evil: b"), ("=?utf-8?Q?=E9?=", "é"),
            ("a = b", "a = b"),
        ]
    )
    func broken(text: String, expected: String) {
        #expect(Self.decode(text) == expected)
    }

    @Test("parameters decode from RFC 2231 and from encoded words")
    func parameters() {
        let extended = MIMEParameter(name: Array("n*".utf8), value: Array("iso-8859-1'de'gr%FC%n".utf8))
        #expect(HeaderText.decode(extended) == "grü%n")
        let word = MIMEParameter(name: Array("n".utf8), value: Array("=?utf-8?q?gr=C3=BCn?=".utf8))
        #expect(HeaderText.decode(word) == "grün")
        #expect(HeaderText.decode(MIMEParameter(name: Array("n*".utf8), value: Array("x".utf8))) == "x")
    }

    @Test("cut short at every byte it never traps")
    func everySplit() {
        let bytes = message("a =?utf-8?q?=C3=BC_b?= \n =?iso-2022-jp?b?GyRCRnxLXBsoQg==?= c =?x?q??= \u{E9}")
        for end in 0...bytes.count {
            for start in 0...end {
                let part = Array(bytes[start..<end])
                _ = HeaderText.decode(part.span)
            }
        }
    }

    @Test(
        "what is encoded decodes to itself, in lines of at most 78 octets",
        arguments: [
            "plain", "Grüße aus München", String(repeating: "ünïcödé ", count: 30), "=?utf-8?q?already?=", "a  b",
            "日本語の件名です",
            String(repeating: "word ", count: 60) + "end", "😀😀😀",
        ]
    )
    func roundTrip(text: String) {
        let field = HeaderEncoder.field("Subject", text)
        #expect(field.allSatisfy { $0 < 0x80 })
        for line in latin(field).split(separator: "\r\n") { #expect(line.utf8.count <= HeaderEncoder.lineOctetsMax) }
        let found = HeaderScanner.first("Subject", in: field.span)
        #expect(found.map { HeaderText.decode($0.value, in: field.span) } == text)
    }

    @Test("a text with line ends in it stays one field")
    func injection() {
        let field = HeaderEncoder.field("Subject", "a\r\nBcc: x@y")
        #expect(latin(field) == "Subject: a  Bcc: x@y\r\n")
        #expect(HeaderEncoder.mailbox(name: "a\"b\r\nc", address: "x@y") == "\"a\\\"b  c\" <x@y>")
        #expect(HeaderEncoder.mailbox(name: "Jörg", address: "x@y") == "=?utf-8?q?J=C3=B6rg?= <x@y>")
        #expect(HeaderEncoder.mailbox(name: nil, address: "x@y") == "x@y")
        // A mark that joins the quote before it does not hide it.
        let marked = HeaderEncoder.mailbox(name: "\"\u{301}<b@c>,\\\u{301}", address: "x@y", isInternationalized: true)
        #expect(marked == "\"\\\"\u{301}<b@c>,\\\\\u{301}\" <x@y>")
    }
}
