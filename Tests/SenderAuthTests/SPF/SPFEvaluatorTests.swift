import MailTypes
import SenderAuth
import Testing

@Suite("SPF: evaluation")
struct SPFEvaluatorTests {
    /// The zone of RFC 7208 §A.
    static var appendixZone: TestZone {
        var zone = TestZone()
        zone.mx("example.com", "mail-a.example.com", 10)
        zone.mx("example.com", "mail-b.example.com", 20)
        for (name, address) in [
            ("example.com", "192.0.2.10"), ("example.com", "192.0.2.11"), ("amy.example.com", "192.0.2.65"),
            ("bob.example.com", "192.0.2.66"), ("mail-a.example.com", "192.0.2.129"),
            ("mail-b.example.com", "192.0.2.130"),
            ("www.example.com", "192.0.2.10"), ("www.example.com", "192.0.2.11"), ("mail-c.example.org", "192.0.2.140"),
        ] {
            zone.address(name, address)
        }
        zone.mx("example.org", "mail-c.example.org")
        for (address, name) in [
            ("192.0.2.10", "example.com"), ("192.0.2.11", "example.com"), ("192.0.2.65", "amy.example.com"),
            ("192.0.2.66", "bob.example.com"), ("192.0.2.129", "mail-a.example.com"),
            ("192.0.2.130", "mail-b.example.com"),
            ("192.0.2.140", "mail-c.example.org"), ("10.0.0.4", "bob.example.com"),
        ] {
            zone.ptr(address, name)
        }
        return zone
    }

    /// Which of the addresses pass: all others of the list fail. RFC 7208 §A.1.
    @Test(
        "the examples of RFC 7208 §A.1",
        arguments: [
            ("+all", ["192.0.2.10", "192.0.2.65", "192.0.2.129", "192.0.2.140", "10.0.0.4", "2001:db8::1"]),
            ("a -all", ["192.0.2.10", "192.0.2.11"]), ("a:example.org -all", []),
            ("mx -all", ["192.0.2.129", "192.0.2.130"]), ("mx:example.org -all", ["192.0.2.140"]),
            ("mx mx:example.org -all", ["192.0.2.129", "192.0.2.130", "192.0.2.140"]),
            (
                "mx/30 mx:example.org/30 -all",
                ["192.0.2.128", "192.0.2.129", "192.0.2.130", "192.0.2.131", "192.0.2.140", "192.0.2.143"]
            ),
            ("ptr -all", ["192.0.2.10", "192.0.2.11", "192.0.2.65", "192.0.2.66", "192.0.2.129", "192.0.2.130"]),
            (
                "ip4:192.0.2.128/28 -all",
                ["192.0.2.128", "192.0.2.129", "192.0.2.130", "192.0.2.131", "192.0.2.140", "192.0.2.143"]
            ),
        ]
    )
    func appendix(_ terms: String, _ passing: [String]) {
        var zone = Self.appendixZone
        zone.txt("example.com", "v=spf1 \(terms)")
        let clients = [
            "192.0.2.10", "192.0.2.11", "192.0.2.65", "192.0.2.66", "192.0.2.128", "192.0.2.129", "192.0.2.130",
            "192.0.2.131",
            "192.0.2.140", "192.0.2.143", "192.0.2.200", "10.0.0.4", "2001:db8::1",
        ]
        for client in clients {
            let verdict = checkSPF(&zone, client: client, mailFrom: "x@example.com").verdict
            let passes = terms == "+all" || passing.contains(client)
            #expect(verdict == (passes ? .pass : .fail), "\(client)")
        }
    }

    @Test("a forged name of an address does not count as its name")
    func forgedPointer() {
        var zone = Self.appendixZone
        zone.txt("example.com", "v=spf1 ptr -all")
        #expect(checkSPF(&zone, client: "10.0.0.4", mailFrom: "x@example.com").verdict == .fail)
    }

    @Test("RFC 7208 §A.2: several domains share a policy by include and redirect")
    func sharedPolicies() {
        var zone = Self.appendixZone
        zone.txt("example.org", "v=spf1 include:example.com include:example.net -all")
        zone.txt("example.com", "v=spf1 ip4:192.0.2.10 -all")
        zone.txt("example.net", "v=spf1 ip4:192.0.2.20 ~all")
        zone.txt("la.example.org", "v=spf1 redirect=example.org")
        for (client, verdict) in [("192.0.2.10", AuthVerdict.pass), ("192.0.2.20", .pass), ("192.0.2.30", .fail)] {
            #expect(checkSPF(&zone, client: client).verdict == verdict)
            let redirected = checkSPF(&zone, client: client, mailFrom: "x@la.example.org")
            #expect(redirected.verdict == verdict)
            #expect(redirected.recordDomain?.text == "example.org")
        }
    }

    @Test("RFC 7208 §A.3: names made of the client's address are looked up like a block list")
    func exists() {
        var zone = TestZone()
        zone.txt("example.org", "v=spf1 -include:ip4._spf.%{d} -include:ptr._spf.%{d} +all")
        zone.txt("ip4._spf.example.org", "v=spf1 -ip4:192.0.2.0/24 +all")
        zone.txt("ptr._spf.example.org", "v=spf1 -ptr:example.org +all")
        #expect(checkSPF(&zone, client: "192.0.2.1").verdict == .fail)
        zone.txt("mobile.example.org", "v=spf1 exists:%{l1r+}.%{d} -all")
        zone.address("mary.mobile.example.org", "127.0.0.2")
        #expect(checkSPF(&zone, mailFrom: "mary@mobile.example.org").verdict == .pass)
        #expect(checkSPF(&zone, mailFrom: "mary+list@mobile.example.org").verdict == .pass)
        #expect(checkSPF(&zone, mailFrom: "eve@mobile.example.org").verdict == .fail)
        #expect(zone.asked.last == DNSQuestion(TestZone.name("eve.mobile.example.org"), .a))
    }

    @Test(
        "an included policy that passes matches, and nothing else of it does",
        arguments: [
            ("+all", AuthVerdict.softfail), ("-all", .fail), ("~all", .fail), ("?all", .fail), ("", .fail),
            ("redirect=other.example", .softfail), ("foo", .permerror), ("include:none.example", .permerror),
        ]
    )
    func include(_ included: String, _ verdict: AuthVerdict) {
        var zone = TestZone()
        zone.txt("example.org", "v=spf1 ~include:inc.example -all")
        zone.txt("inc.example", "v=spf1 \(included)")
        zone.txt("other.example", "v=spf1 +all")
        #expect(checkSPF(&zone).verdict == verdict)
    }

    @Test(
        "a redirect takes the place of a policy that matches nothing",
        arguments: [
            ("redirect=r.example", AuthVerdict.softfail), ("?all redirect=r.example", .neutral),
            ("redirect=r.example -all", .fail),
            ("redirect=none.example", .permerror), ("redirect=broken.example", .permerror),
            ("ip4:10.0.0.1 redirect=r.example", .softfail),
            ("redirect=slow.example", .temperror), ("redirect=%{p}.example", .permerror), ("redirect=%{l}", .permerror),
        ]
    )
    func redirect(_ terms: String, _ verdict: AuthVerdict) {
        var zone = TestZone()
        zone.txt("example.org", "v=spf1 \(terms)")
        zone.txt("r.example", "v=spf1 ~all")
        zone.txt("broken.example", "v=spf1 x:y")
        zone.fail("slow.example", .txt)
        #expect(checkSPF(&zone).verdict == verdict)
    }

    @Test(
        "failures of the DNS are temporary errors where the answer matters, a forged answer as well",
        arguments: [
            ("a -all", "example.org", DNSRecordType.a), ("mx -all", "example.org", .mx),
            ("mx:m.example -all", "host.example", .a),
            ("exists:e.example -all", "e.example", .a), ("include:i.example -all", "i.example", .txt),
        ]
    )
    func temporary(_ terms: String, _ name: String, _ type: DNSRecordType) {
        for failure in [DNSFailure.temporary(reason: "timeout"), .bogus(reason: "expired")] {
            var zone = TestZone()
            zone.txt("example.org", "v=spf1 \(terms)")
            zone.mx("m.example", "host.example")
            zone.fail(name, type, failure)
            #expect(checkSPF(&zone).verdict == .temperror)
        }
        var zone = TestZone()
        zone.fail("example.org", .txt)
        #expect(checkSPF(&zone).verdict == .temperror)
    }

    @Test("a failure to look up the client's name is no error: there is none")
    func pointerFailure() {
        var zone = TestZone()
        zone.txt("example.org", "v=spf1 ptr -all")
        zone.fail("1.2.0.192.in-addr.arpa", .ptr)
        #expect(checkSPF(&zone).verdict == .fail)
    }

    @Test("ten lookups are allowed, over all policies together", arguments: [(9, AuthVerdict.fail), (10, .permerror)])
    func lookupLimit(_ more: Int, _ verdict: AuthVerdict) {
        var zone = TestZone()
        zone.txt("example.org", "v=spf1 include:i.example -all")
        zone.txt("i.example", "v=spf1 " + (0..<more).map { "a:h\($0).example" }.joined(separator: " ") + " -all")
        for number in 0..<more { zone.address("h\(number).example", "198.51.100.1") }
        #expect(checkSPF(&zone).verdict == verdict)
    }

    @Test("a policy that includes or redirects to itself ends at the limit")
    func loops() {
        for terms in ["include:example.org", "redirect=example.org", "include:a.%{d}"] {
            var zone = TestZone()
            zone.txt("example.org", "v=spf1 \(terms)")
            var name = "a.example.org"
            for _ in 0..<30 {
                zone.txt(name, "v=spf1 \(terms)")
                name = "a.\(name)"
            }
            #expect(checkSPF(&zone).verdict == .permerror)
            #expect(zone.asked.count == 11)
        }
    }

    @Test("two lookups may find nothing, a third may not", arguments: [(2, AuthVerdict.fail), (3, .permerror)])
    func voidLimit(_ count: Int, _ verdict: AuthVerdict) {
        var zone = TestZone()
        let terms = ["a:none0.example", "mx:none1.example", "exists:none2.example"].prefix(count).joined(separator: " ")
        zone.txt("example.org", "v=spf1 \(terms) -all")
        #expect(checkSPF(&zone).verdict == verdict)
    }

    @Test("ten hosts of an MX are asked for, more are an error", arguments: [(10, AuthVerdict.pass), (11, .permerror)])
    func exchangeLimit(_ count: Int, _ verdict: AuthVerdict) {
        var zone = TestZone()
        zone.txt("example.org", "v=spf1 mx -all")
        for number in 1...count {
            zone.mx("example.org", "h\(number).example.org")
            zone.address("h\(number).example.org", number == 10 ? "192.0.2.1" : "198.51.100.1")
        }
        #expect(checkSPF(&zone).verdict == verdict)
    }

    @Test("of a client's names ten are looked up, more are ignored", arguments: [(10, AuthVerdict.pass), (11, .fail)])
    func pointerLimit(_ place: Int, _ verdict: AuthVerdict) {
        var zone = TestZone()
        zone.txt("example.org", "v=spf1 ptr -all")
        for number in 1..<place { zone.ptr("192.0.2.1", "h\(number).example.net") }
        zone.ptr("192.0.2.1", "mail.example.org")
        zone.address("mail.example.org", "192.0.2.1")
        #expect(checkSPF(&zone).verdict == verdict)
    }

    @Test("a host that takes no mail is no host", arguments: ["192.0.2.1"])
    func nullExchange(_ client: String) {
        var zone = TestZone()
        zone.txt("example.org", "v=spf1 mx -all")
        zone.mx("example.org", ".", 0)
        #expect(checkSPF(&zone, client: client).verdict == .fail)
        #expect(zone.asked.count == 2)
    }

    @Test("addresses are asked for in the client's own kind, exists always in IPv4's")
    func addressKinds() {
        var zone = TestZone()
        zone.txt("example.org", "v=spf1 exists:e.example a//64 -all")
        zone.address("example.org", "2001:db8::1")
        zone.address("example.org", "192.0.2.1")
        #expect(checkSPF(&zone, client: "2001:db8::2").verdict == .pass)
        #expect(zone.asked.map(\.type) == [.txt, .a, .aaaa])
    }

    @Test(
        "domains that cannot have a policy have none",
        arguments: [
            "ann@localhost", "ann@[192.0.2.1]", "ann@", "ann@a..b", "ann@\(String(repeating: "a", count: 64)).example",
        ]
    )
    func domains(_ mailFrom: String) {
        var zone = TestZone()
        #expect(checkSPF(&zone, mailFrom: mailFrom).verdict == .none)
        #expect(zone.asked.isEmpty)
    }

    @Test("the null sender stands for the postmaster of the HELO name, and HELO can be checked for itself")
    func identities() {
        var zone = TestZone()
        zone.txt("mail.example.net", "v=spf1 exists:%{l}.%{o} -all")
        zone.address("postmaster.mail.example.net", "127.0.0.1")
        #expect(checkSPF(&zone, mailFrom: nil).verdict == .pass)
        #expect(checkSPF(&zone, mailFrom: nil).domain == "mail.example.net")
        #expect(checkSPF(&zone, identity: .helo).verdict == .pass)
        zone.txt("example.org", "v=spf1 exists:%{l}.%{o} -all")
        zone.address("postmaster.example.org", "127.0.0.1")
        #expect(checkSPF(&zone, mailFrom: "@example.org").verdict == .pass)
        #expect(checkSPF(&zone, identity: .helo).identity == .helo)
    }

    @Test("a result says which mechanism matched, and whether all of it was proven")
    func reasons() {
        var zone = TestZone()
        zone.add("example.org", .txt, [.txt(Array("v=spf1 ip4:192.0.2.0/28 a:h.example ~all".utf8))], secure: true)
        #expect(checkSPF(&zone).reason == "ip4:192.0.2.0/28 matched")
        #expect(checkSPF(&zone).isSecure)
        #expect(checkSPF(&zone, client: "10.0.0.1").reason == "~all matched")
        #expect(!checkSPF(&zone, client: "10.0.0.1").isSecure)
        zone.txt("red.example", "v=spf1 redirect=example.org")
        #expect(checkSPF(&zone, mailFrom: "x@red.example").reason == "ip4:192.0.2.0/28 of example.org matched")
        #expect(checkSPF(&zone, mailFrom: "x@none.example").reason == "no policy")
    }

    @Test("Received-SPF tells it, and nobody's words break out of it")
    func received() {
        var zone = TestZone()
        zone.txt("example.org", "v=spf1 ip4:192.0.2.0/28 ~all")
        let address = EmailAddress(localPart: "a b\"\r\nX: y", domain: Domain("example.org"))
        let request = SPFRequest(
            client: .v4(0xC000_0201),
            helo: "a\r\n(b)",
            mailFrom: address,
            receiver: "mx.example.com",
            now: .testNow
        )
        let text = String(decoding: ReceivedSPF.field(checkSPF(&zone), request), as: UTF8.self)
        #expect(text.hasPrefix("Received-SPF: pass (mx.example.com: ip4:192.0.2.0/28 matched)"))
        #expect(text.contains("client-ip=192.0.2.1;") && text.contains("identity=mailfrom"))
        #expect(text.contains("helo=\"a??(b)\";"))
        let lines = text.split(separator: "\r\n")
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("\t") })
    }
}
