import MailTypes
import SenderAuth
import Testing

@Suite("SPF: macros")
struct SPFMacroTests {
    /// What `exists:` asks for when it is given that text.
    static func name(
        _ text: String,
        client: String = "192.0.2.3",
        mailFrom: String = "strong-bad@email.example.com",
        _ prepare: (inout TestZone) -> Void = { _ in }
    ) -> String? {
        var zone = TestZone()
        zone.txt(String(mailFrom.split(separator: "@").last ?? ""), "v=spf1 exists:\(text) -all")
        prepare(&zone)
        _ = checkSPF(&zone, client: client, mailFrom: mailFrom)
        return zone.asked.last { $0.type == .a }?.name.text
    }

    /// RFC 7208 §7.4.
    @Test(
        "the examples of RFC 7208 §7.4",
        arguments: [
            ("%{o}", "email.example.com"), ("%{d}", "email.example.com"), ("%{d4}", "email.example.com"),
            ("%{d3}", "email.example.com"), ("%{d2}", "example.com"), ("%{d1}.x", "com.x"),
            ("%{dr}", "com.example.email"),
            ("%{d2r}", "example.email"), ("%{l}.x", "strong-bad.x"), ("%{l-}.x", "strong.bad.x"),
            ("%{lr}.x", "strong-bad.x"),
            ("%{lr-}.x", "bad.strong.x"), ("%{l1r-}.x", "strong.x"),
            ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
            ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
            ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
            ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
            ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
            ("%{h}", "mail.example.net"), ("%{s}.x", "strong-bad@email.example.com.x"),
            ("%{d999}", "email.example.com"),
            ("%{i}.x", "192.0.2.3.x"), ("%{I}.x", "192.0.2.3.x"), ("%{D2R}", "example.email"),
        ]
    )
    func examples(_ text: String, _ expected: String) {
        #expect(Self.name(text) == expected)
    }

    @Test("an IPv6 address is written in single digits")
    func addressDigits() {
        #expect(
            Self.name("%{ir}.%{v}._spf.%{d2}", client: "2001:db8::cb01")
                == "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"
        )
    }

    @Test(
        "any of the delimiters splits, and a capital escapes",
        arguments: [
            ("%{l+}.x", "a+b-c@example.com", "a.b-c.x"), ("%{l+-}.x", "a+b-c@example.com", "a.b.c.x"),
            ("%{L}.x", "a+b/c@example.com", "a%2bb%2fc.x"), ("%{l2/=_,}.x", "a/b=c_d,e@example.com", "d.e.x"),
            ("%{S}.x", "a~b@example.com", "a~b%40example.com.x"),
        ]
    )
    func delimiters(_ text: String, _ mailFrom: String, _ expected: String) {
        #expect(Self.name(text, mailFrom: mailFrom) == expected)
    }

    @Test("percent signs and blanks can be written, and a name with a blank is not asked for")
    func escapes() {
        #expect(Self.name("a%%b%-c.x") == "a%b%20c.x")
        #expect(Self.name("a%_b.x") == nil)
    }

    @Test("a name that is too long loses labels at its left")
    func longNames() {
        let label = String(repeating: "x", count: 60)
        let long = "\(label).\(label).\(label).\(label)"
        #expect(Self.name("\(label).\(label).\(label).\(label).%{d}") == "\(label).\(label).\(label).email.example.com")
        #expect(
            Self.name("%{l}.\(long).x", mailFrom: "\(String(repeating: "y", count: 70))@example.com") == "\(long).x"
        )
    }

    @Test("p is the client's validated name: the domain itself, one below it, any, or unknown")
    func validatedNames() {
        func name(_ names: [String], validated: [String]) -> String? {
            Self.name("%{p}.x") { zone in
                for name in names { zone.ptr("192.0.2.3", name) }
                for name in validated { zone.address(name, "192.0.2.3") }
            }
        }
        #expect(name([], validated: []) == "unknown.x")
        #expect(name(["a.example.net"], validated: []) == "unknown.x")
        #expect(name(["a.example.net"], validated: ["a.example.net"]) == "a.example.net.x")
        #expect(
            name(["a.example.net", "b.email.example.com"], validated: ["a.example.net", "b.email.example.com"])
                == "b.email.example.com.x"
        )
        #expect(
            name(
                ["b.email.example.com", "email.example.com"],
                validated: ["b.email.example.com", "email.example.com"]
            )
                == "email.example.com.x"
        )
    }

    @Test("p does not count as a lookup, and names are sought once")
    func validatedNamesOnce() {
        var zone = TestZone()
        let terms = (0..<10).map { "exists:%{p}.\($0).example" }.joined(separator: " ")
        zone.txt("example.org", "v=spf1 \(terms) -all")
        zone.ptr("192.0.2.1", "h.example")
        zone.address("h.example", "192.0.2.1")
        for number in 0..<9 {
            zone.txt("h.example.\(number).example", "here")
            zone.address("x.h.example.\(number).example", "127.0.0.1")
        }
        _ = checkSPF(&zone)
        #expect(zone.asked.count { $0.type == .ptr } == 1)
    }
}

@Suite("SPF: explanations")
struct SPFExplanationTests {
    static func explanation(
        _ text: String,
        record: String = "v=spf1 -all exp=why.example.org",
        mailFrom: String = "ann@example.org",
        _ prepare: (inout TestZone) -> Void = { _ in }
    ) -> String? {
        var zone = TestZone()
        zone.txt("example.org", record)
        zone.txt("why.example.org", text)
        prepare(&zone)
        return checkSPF(&zone, mailFrom: mailFrom).explanation
    }

    @Test("a refused sender is told what the domain wrote, with the facts filled in")
    func text() {
        #expect(Self.explanation("%{i} is not one of %{d}'s hosts") == "192.0.2.1 is not one of example.org's hosts")
        #expect(
            Self.explanation("See http://%{d}/why?s=%{S}&i=%{c}&r=%{r}&t=%{t}")
                == "See http://example.org/why?s=ann%40example.org&i=192.0.2.1&r=mx.example.com&t=1760000000"
        )
    }

    @Test("one that is wrong in any way is none", arguments: ["%", "%{x}", "%{d", "bl\u{F6}d", "a\u{7}b", "\u{0}"])
    func wrong(_ text: String) {
        #expect(Self.explanation(text) == nil)
    }

    @Test("none is given when it cannot be told for sure")
    func absent() {
        #expect(Self.explanation("x") { $0.txt("why.example.org", "y") } == nil)
        #expect(Self.explanation("x") { $0.fail("why.example.org", .txt) } == nil)
        #expect(Self.explanation("x", record: "v=spf1 ~all exp=why.example.org") == nil)
        #expect(Self.explanation("x", record: "v=spf1 -all exp=%{l}.none.example") == nil)
    }

    @Test("it is the one of the policy that failed: a redirect's own, never an included one's")
    func whose() {
        func told(_ record: String) -> String? {
            Self.explanation("ours", record: record) { zone in
                zone.txt("other.example", "v=spf1 -all exp=why.other.example")
                zone.txt("why.other.example", "theirs %{d}")
            }
        }
        #expect(told("v=spf1 redirect=other.example exp=why.example.org") == "theirs other.example")
        #expect(told("v=spf1 include:other.example -all exp=why.example.org") == "ours")
        #expect(told("v=spf1 include:other.example -all") == nil)
    }

    @Test("it may ask for the client's name")
    func name() {
        let told = Self.explanation("you are %{p}") { zone in
            zone.ptr("192.0.2.1", "h.example")
            zone.address("h.example", "192.0.2.1")
        }
        #expect(told == "you are h.example")
        let named = Self.explanation("x", record: "v=spf1 -all exp=%{p}.why.example.org") { zone in
            zone.ptr("192.0.2.1", "h.example")
            zone.address("h.example", "192.0.2.1")
            zone.txt("h.example.why.example.org", "you are %{p}")
        }
        #expect(named == "you are h.example")
    }

    @Test("a long one is cut")
    func long() {
        #expect(Self.explanation(String(repeating: "x", count: 1_000))?.utf8.count == 400)
        #expect(
            Self.explanation(
                String(repeating: "%{s}", count: 1_900),
                mailFrom: "\(String(repeating: "y", count: 60))@example.org"
            )?.utf8.count == 400
        )
    }
}
