import MailTypes
import SenderAuth
import Testing

@Suite("names in Unicode")
struct InternationalNameTests {
    /// Labels of RFC 3492 §7.1 and of names in use.
    @Test(
        "a label in Unicode gets its ASCII form",
        arguments: [
            ("example.org", "example.org"), ("b\u{FC}cher.example", "xn--bcher-kva.example"),
            ("M\u{DC}NCHEN.de", "xn--mnchen-3ya.de"),
            (
                "\u{4ED6}\u{4EEC}\u{4E3A}\u{4EC0}\u{4E48}\u{4E0D}\u{8BF4}\u{4E2D}\u{6587}",
                "xn--ihqwcrb4cv8a8dqg056pqjye"
            ),
            ("Pro\u{10D}prost\u{11B}nemluv\u{ED}\u{10D}esky", "xn--proprostnemluvesky-uyb24dma41a"),
            ("3\u{5E74}B\u{7D44}\u{91D1}\u{516B}\u{5148}\u{751F}", "xn--3b-ww4c5e180e575a65lsy2b"),
            ("\u{4F8B}\u{3002}\u{516C}\u{53F8}", "xn--fsq.xn--55qx5d"), ("\u{1F4A9}.la", "xn--ls8h.la"),
            ("stra\u{DF}e.example", "xn--strae-oqa.example"),
        ]
    )
    func labels(_ text: String, _ expected: String) {
        #expect(DNSName(international: text)?.text == expected)
    }

    @Test(
        "what would not fit in the DNS is no name",
        arguments: ["", "\u{FC}..de", String(repeating: "\u{FC}", count: 64), String(repeating: "\u{FC}.", count: 600)]
    )
    func refused(_ text: String) {
        #expect(DNSName(international: text) == nil)
    }
}
