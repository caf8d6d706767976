import MailTypes
import SenderAuth
import Testing

@Suite("DMARC: the list of public suffixes")
struct PublicSuffixListTests {
    static let list = PublicSuffixList(
        """
        // ===BEGIN ICANN DOMAINS===
        com
        uk
        co.uk\t
        *.ck
        !www.ck
        jp
        *.kawasaki.jp
        !city.kawasaki.jp
        de // trailing words
        \u{4E2D}\u{56FD}
        // ===BEGIN PRIVATE DOMAINS===
        blogspot.com

        a..b
        *
        """.utf8
    )

    @Test("only rules are kept")
    func count() {
        #expect(Self.list.count == 11)
        #expect(PublicSuffixList([]).count == 0)
    }

    @Test(
        "an organisation's domain is one label below the longest suffix",
        arguments: [
            ("com", nil), ("example.com", "example.com"), ("a.b.example.com", "example.com"), ("uk", nil),
            ("co.uk", nil),
            ("example.co.uk", "example.co.uk"), ("a.example.co.uk", "example.co.uk"), ("example.uk", "example.uk"),
            ("ck", nil), ("x.ck", nil), ("a.x.ck", "a.x.ck"), ("www.ck", "www.ck"), ("a.www.ck", "www.ck"),
            ("kawasaki.jp", "kawasaki.jp"), ("x.kawasaki.jp", nil), ("a.x.kawasaki.jp", "a.x.kawasaki.jp"),
            ("city.kawasaki.jp", "city.kawasaki.jp"), ("a.city.kawasaki.jp", "city.kawasaki.jp"),
            ("blogspot.com", nil), ("me.blogspot.com", "me.blogspot.com"), ("unlisted", nil),
            ("a.b.unlisted", "b.unlisted"),
            ("xn--fiqs8s", nil), ("a.b.xn--fiqs8s", "b.xn--fiqs8s"), ("notblogspot.com", "notblogspot.com"),
            ("a.b.de", "b.de"),
        ]
    )
    func organizations(_ name: String, _ expected: String?) {
        let name = TestZone.name(name)
        #expect(Self.list.organizationalDomain(of: name)?.text == expected)
        #expect(Self.list.isPublicSuffix(name) == (expected == nil))
    }

    @Test("without rules every top-level name is a suffix")
    func empty() {
        let list = PublicSuffixList([])
        #expect(list.organizationalDomain(of: TestZone.name("a.co.uk"))?.text == "co.uk")
        #expect(list.organizationalDomain(of: .root) == nil)
    }
}
