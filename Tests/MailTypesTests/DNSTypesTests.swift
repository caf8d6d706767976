import MailTypes
import Testing

@Suite("DNS names and addresses")
struct DNSTypesTests {
    @Test(
        "a name is folded and checked",
        arguments: [
            ("Example.ORG", "example.org"), ("example.org.", "example.org"),
            ("_dmarc.example.org", "_dmarc.example.org"),
            (".", "."), ("a", "a"), ("*.example", "*.example"),
            (String(repeating: "a", count: 63) + ".example", String(repeating: "a", count: 63) + ".example"),
        ]
    )
    func names(_ text: String, _ expected: String) {
        #expect(DNSName(text)?.text == expected)
    }

    @Test(
        "what cannot stand in the DNS is refused",
        arguments: [
            "", "..", ".example", "a..b", "a b", "a\\046b", "exämple.org", "a\u{0}b", "a\tb", "\u{7F}",
            String(repeating: "a", count: 64), String(repeating: "a.", count: 127) + "a",
        ]
    )
    func refusedNames(_ text: String) {
        #expect(DNSName(text) == nil)
    }

    @Test("a name of 253 octets is taken, with or without its last dot")
    func longestName() {
        let longest = String(repeating: "a.", count: 126) + "a"
        #expect(DNSName(longest)?.text == longest)
        #expect(DNSName(longest + ".")?.text == longest)
    }

    @Test("a name knows its labels, its parent and its suffixes")
    func parts() throws {
        let name = try #require(DNSName("a.b.example"))
        #expect(name.labels == ["a", "b", "example"])
        #expect(name.parent?.text == "b.example")
        #expect(DNSName("example")?.parent == .root)
        #expect(DNSName.root.parent == nil)
        #expect(DNSName.root.labels.isEmpty)
        #expect([name, name.suffix(labels: 1), .root].map(\.labelsCount) == [3, 1, 0])
        #expect(name.suffix(labels: 1).text == "example" && DNSName.root.suffix(labels: 1) == .root)
        #expect(name.suffix(labels: 2).text == "b.example")
        #expect(name.suffix(labels: 3) == name)
        #expect(name.suffix(labels: 9) == name)
        #expect(name.prefixed(by: "_dmarc")?.text == "_dmarc.a.b.example")
        #expect(DNSName.root.prefixed(by: "org")?.text == "org")
        #expect(name.prefixed(by: String(repeating: "a", count: 64)) == nil)
    }

    @Test(
        "below means by whole labels",
        arguments: [
            ("example.org", "example.org", true), ("a.example.org", "example.org", true),
            ("notexample.org", "example.org", false), ("example.org", "a.example.org", false),
            ("example.org", ".", true), ("org", "example.org", false),
        ]
    )
    func below(_ name: String, _ ancestor: String, _ expected: Bool) throws {
        #expect(try #require(DNSName(name)).isEqualOrBelow(#require(DNSName(ancestor))) == expected)
    }

    @Test(
        "an address is read and written in its shortest form",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("2001:DB8::1", "2001:db8::1"), ("::", "::"),
            ("::1", "::1"), ("1::", "1::"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("::ffff:192.0.2.1", "192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
            ("::192.0.2.1", "::c000:201"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"),
        ]
    )
    func addresses(_ text: String, _ expected: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == expected)
        #expect(IPAddress(octets: address.octets) == address)
        #expect(IPAddress(expected) == address)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", ".", ":", ":::", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.+4", "1.2.3.", "::1::",
            "1::2::3",
            "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "12345::", "g::", "::1.2.3",
            "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::", "::+1", "1::2:3:4:5:6:7:8", "fe80::1%eth0", "[::1]", "::1/64",
            String(repeating: "1", count: 5_000),
        ]
    )
    func refusedAddresses(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("an address has the name its PTR records stand under")
    func reverseNames() throws {
        #expect(try #require(IPAddress("192.0.2.3")).reverseName.text == "3.2.0.192.in-addr.arpa")
        #expect(
            try #require(IPAddress("2001:db8::cb01")).reverseName.text
                == "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
        )
    }

    @Test(
        "a network is told by its leading bits",
        arguments: [
            ("192.0.2.129", "192.0.2.128", 25, true), ("192.0.2.127", "192.0.2.128", 25, false),
            ("192.0.2.1", "10.0.0.0", 0, true), ("192.0.2.1", "192.0.2.1", 32, true),
            ("192.0.2.1", "192.0.2.0", 32, false),
            ("2001:db8::1", "2001:db8::", 32, true), ("2001:db9::1", "2001:db8::", 32, false),
            ("::1", "::", 128, false),
            ("2001:db8::ff", "2001:db8::fe", 127, true), ("2001:db8::ff", "2001:db8::f0", 64, true),
            ("192.0.2.1", "::", 0, false), ("::1", "0.0.0.0", 0, false),
        ]
    )
    func networks(_ address: String, _ network: String, _ length: Int, _ expected: Bool) throws {
        #expect(try #require(IPAddress(address)).isIn(#require(IPAddress(network)), prefixLength: length) == expected)
    }

    @Test("only the two proofs of absence mean that there is no record")
    func failures() {
        #expect(DNSFailure.nxdomain.meansNoRecord && DNSFailure.noData.meansNoRecord)
        #expect(!DNSFailure.temporary(reason: "timeout").meansNoRecord)
        #expect(!DNSFailure.bogus(reason: "signature expired").meansNoRecord)
    }
}
