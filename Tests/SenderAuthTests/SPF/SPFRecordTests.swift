import MailTypes
import SenderAuth
import Testing

/// Checks a client against a zone.
func checkSPF(
    _ zone: inout TestZone,
    client: String = "192.0.2.1",
    helo: String = "mail.example.net",
    mailFrom: String? = "ann@example.org",
    identity: SPFIdentity = .mailFrom
) -> SPFResult {
    let parts = mailFrom?.split(separator: "@", omittingEmptySubsequences: false).map { String($0) }
    let request = SPFRequest(
        client: IPAddress(client) ?? .v4(0),
        helo: helo,
        mailFrom: parts.map {
            EmailAddress(localPart: $0.dropLast().joined(separator: "@"), domain: Domain($0[$0.count - 1]))
        },
        identity: identity,
        receiver: "mx.example.com",
        now: .testNow
    )
    var evaluator = SPFEvaluator(request)
    var action = evaluator.begin()
    while case .ask(let question) = action { action = evaluator.answered(zone.ask(question)) }
    guard case .finished(let result) = action else { fatalError("a check that does not end") }
    return result
}

@Suite("SPF: records")
struct SPFRecordTests {
    static func verdict(_ record: String, client: String = "203.0.113.9") -> AuthVerdict {
        var zone = TestZone()
        for name in [
            "example.org", "b.example", "a.example", "a-b.c-d", "bar/baz.example.com", "foo:bar/baz.example.com",
        ] {
            zone.address(name, "198.51.100.1")
            zone.mx(name, "b.example")
        }
        zone.txt("example.org", record)
        return checkSPF(&zone, client: client).verdict
    }

    @Test(
        "well-formed records are understood",
        arguments: [
            "v=spf1", "v=spf1 ", "V=SPF1", "v=spf1   ip4:192.0.2.1   ip4:192.0.2.2  ", "v=spf1 ip4:192.0.2.0/24",
            "v=spf1 ip4:0.0.0.0/32", "v=spf1 ip6:2001:db8::/32 ip6:::1 ip6:::1.2.3.4/96", "v=spf1 IP4:192.0.2.1",
            "v=spf1 unknown=x", "v=spf1 x-y_z.1=%{d}%%%_%-", "v=spf1 moo=", "v=spf1 a=b",
            "v=spf1 a:foo:bar/baz.example.com",
            "v=spf1 ?a/24//64 ?a:b.example/8 ?a:b.example//9 ?a:b.example/1//2 ?a/0 ?a//0",
            "v=spf1 mx/30 mx:a.example.", "v=spf1 mx:a-b.c-d",
        ]
    )
    func wellFormed(_ record: String) {
        #expect(Self.verdict(record) == .neutral)
    }

    @Test(
        "one error anywhere makes a record worthless, even behind what would match",
        arguments: [
            "all:x", "all/8", "all.", "ip4", "ip4:", "ip4:192.0.2", "ip4:192.0.2.1:25", "ip4:192.0.2.1/33",
            "ip4:192.0.2.1/",
            "ip4:192.0.2.1/032", "ip4:192.0.2.1//32", "ip4:::1", "ip4:1.2.3.04", "ip6", "ip6:", "ip6:1.2.3.4",
            "ip6:::1/129",
            "ip6:::1//33", "ip6:g::", "ip6:::1%eth0", "include", "include:", "include/24", "exists", "exists:",
            "exists:a.example/24",
            "a:", "a:museum", "a:museum.", "a:111.222.33.44", "a:a.example/33", "a:a.example//129", "a:a.example/024",
            "a/",
            "a:a.example//", "a:a.example/-1", "a:a.example-", "a:a.-example", "a:%", "a:foo%", "a:%{x}.example",
            "a:%{d", "a:%d",
            "a:%{}", "a:%{d0}", "a:%{d1q}", "a:%{c}.example", "a:%{r}.example", "a:%{t}.example", "mx:", "ptr:",
            "ptr/0",
            "redirect=", "redirect=foo", "redirect=a.example redirect=b.example", "exp=", "exp=a.example exp=a.example",
            "foo",
            "foo:bar", "-", "+", "--all", "?", "a:b.c d:e", "x=%", "x=%{d", "1=x", "v=spf1%", "all\u{9}", "alł",
            "a:\u{7}.example",
        ]
    )
    func malformed(_ term: String) {
        #expect(Self.verdict("v=spf1 +all \(term)") == .permerror)
        #expect(Self.verdict("v=spf1 \(term) +all") == .permerror)
    }

    @Test(
        "a record of another kind is no policy",
        arguments: [
            "v=spf10", "v=spf2 +all", "v=spf1+all", " v=spf1 +all", "spf1 +all", "v=DKIM1; p=", "", "v=spf1\u{9}all",
        ]
    )
    func otherRecords(_ record: String) {
        #expect(Self.verdict(record) == .none)
    }

    @Test("several policies are an error, other texts beside one are not")
    func several() {
        var zone = TestZone()
        zone.txt("example.org", "v=spf1 +all")
        zone.txt("example.org", "verification=4711")
        #expect(checkSPF(&zone).verdict == .pass)
        zone.txt("example.org", "v=spf1 +all")
        #expect(checkSPF(&zone).verdict == .permerror)
    }

    @Test("an error names the term and what was expected, and nothing of the record")
    func errorText() {
        var zone = TestZone()
        zone.txt("example.org", "v=spf1 a ip4:secret")
        #expect(checkSPF(&zone).problem == "term 2 of example.org's policy: expected a network")
    }

    @Test("longest records: what is beyond the bounds is an error")
    func bounds() {
        let short = "v=spf1" + String(repeating: " ?all", count: 1_000)
        #expect(Self.verdict(short) == .neutral)
        #expect(Self.verdict(short + " ?all") == .permerror)
        let long = "v=spf1 " + String(repeating: "x", count: 8_192) + "=y"
        #expect(Self.verdict(long) == .permerror)
    }

    @Test(
        "a qualifier says what a match means",
        arguments: [
            ("all", AuthVerdict.pass), ("+all", .pass), ("-all", .fail), ("~all", .softfail), ("?all", .neutral),
            ("-ALL", .fail),
        ]
    )
    func qualifiers(_ term: String, _ verdict: AuthVerdict) {
        #expect(Self.verdict("v=spf1 ip4:192.0.2.1 \(term)") == verdict)
    }

    @Test(
        "networks hold their addresses and no others",
        arguments: [
            ("ip4:203.0.113.9", "203.0.113.9", AuthVerdict.pass), ("ip4:203.0.113.8", "203.0.113.9", .fail),
            ("ip4:203.0.113.0/24", "203.0.113.9", .pass), ("ip4:203.0.113.0/29", "203.0.113.9", .fail),
            ("ip4:10.0.0.0/0", "203.0.113.9", .pass), ("ip4:203.0.113.9", "::ffff:203.0.113.9", .pass),
            ("ip6:::ffff:203.0.113.9", "203.0.113.9", .fail), ("ip6:::ffff:203.0.113.9/0", "203.0.113.9", .fail),
            ("ip6:2001:db8::/32", "2001:db8:1::1", .pass), ("ip6:2001:db8::/48", "2001:db8:1::1", .fail),
            ("ip6:::/0", "2001:db8::1", .pass), ("ip4:0.0.0.0/0", "2001:db8::1", .fail),
            ("ip6:2001:db8::1", "2001:db8::1", .pass),
        ]
    )
    func networks(_ term: String, _ client: String, _ verdict: AuthVerdict) {
        #expect(Self.verdict("v=spf1 \(term) -all", client: client) == verdict)
    }
}
