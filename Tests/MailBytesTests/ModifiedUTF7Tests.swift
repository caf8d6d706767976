import MailBytes
import Testing

@Suite("modified UTF-7 (RFC 3501 §5.1.3)")
struct ModifiedUTF7Tests {
    @Test(
        "text and bytes stand for each other",
        arguments: [
            ("", ""), ("INBOX", "INBOX"), ("a b~", "a b~"), ("R&D", "R&-D"), ("&&", "&-&-"), ("\u{e9}", "&AOk-"),
            ("\u{e9}&", "&AOk-&-"), ("&\u{e9}", "&-&AOk-"), ("Entw\u{fc}rfe", "Entw&APw-rfe"),
            ("~peter/mail/\u{53f0}\u{5317}/\u{65e5}\u{672c}\u{8a9e}", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("\u{1f4e7}", "&2D3c5w-"), ("a\u{1f4e7}\u{1f4e7}b", "a&2D3c59g93Oc-b"), ("\0", "&AAA-"),
            ("\u{7f}", "&AH8-"),
            ("\r\n", "&AA0ACg-"), ("\u{ffff}", "&,,8-"),
        ]
    )
    func pairs(_ text: String, _ bytes: String) {
        #expect(ModifiedUTF7.encode(text) == Array(bytes.utf8))
        #expect(ModifiedUTF7.decode(Array(bytes.utf8)).map { Array($0.utf8) } == Array(text.utf8))
    }

    @Test(
        "any other spelling is refused",
        arguments: [
            "&", "a&", "&AOk", "&A-", "&AO-", "&AOl-", "&AOkA-", "&AOkAA-", "&AGE-", "&AOkAYQ-", "&ACY-",
            "&2D0-", "&3Oc-", "&3OfYPQ-", "&AOk-&AOk-", "&A!k-", "&A/k-", "&AOk=-", "\u{e9}", "\u{7f}", "a\rb", "\0",
        ]
    )
    func others(_ bytes: String) {
        #expect(ModifiedUTF7.decode(Array(bytes.utf8)) == nil)
    }

    @Test("every scalar survives, alone and between letters")
    func allScalars() {
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), value < 0x3000 || value % 37 == 0 else { continue }
            let text = "a\(Character(scalar))b\(Character(scalar))\(Character(scalar))"
            let bytes = ModifiedUTF7.encode(text)
            if ModifiedUTF7.decode(bytes).map({ Array($0.utf8) }) != Array(text.utf8) { Issue.record("U+\(value)") }
            if bytes.contains(where: { $0 < 0x20 || $0 > 0x7E }) { Issue.record("U+\(value) is not printable") }
        }
    }

    @Test("what decodes encodes to the same bytes: 20,000 random spellings")
    func canonical() {
        let alphabet = Array("&-AOkaz,+/09 g".utf8)
        var state: UInt64 = 42
        for _ in 0..<20_000 {
            var bytes: [UInt8] = []
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let length = Int(state >> 60)
            for _ in 0..<length {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int(state >> 33) % alphabet.count])
            }
            if let text = ModifiedUTF7.decode(bytes) { #expect(ModifiedUTF7.encode(text) == bytes) }
        }
    }
}
