import SenderAuth
import Testing

@Suite("Authentication-Results")
struct AuthenticationResultsTests {
    typealias Result = AuthenticationResults.MethodResult

    static let sample = AuthenticationResults(
        host: "mx.example.org",
        results: [
            Result(
                "spf",
                "pass",
                reason: "ip4:192.0.2.0/24 matched",
                properties: [.init("smtp", "mailfrom", "ann@example.com")]
            ),
            Result(
                "dkim",
                "fail",
                reason: "a \"quoted\" \\ reason",
                properties: [.init("header", "d", "example.com"), .init("header", "b", "dzdVyOf/")]
            ),
            Result("dmarc", "none"),
            Result("arc", "pass", properties: [.init("smtp", "remote-ip", "2001:db8::1")]),
        ]
    )

    @Test("what is written is read back, in lines of at most 78 characters")
    func roundTrip() throws {
        let text = String(decoding: Self.sample.field(), as: UTF8.self)
        #expect(text.hasPrefix("Authentication-Results: mx.example.org; spf=pass"))
        #expect(text.hasSuffix("\r\n"))
        for line in text.split(separator: "\r\n") { #expect(line.utf8.count <= 78) }
        let value = String(text.dropFirst("Authentication-Results:".count))
        #expect(AuthenticationResults(value) == Self.sample)
    }

    @Test("no results are said to be none")
    func none() {
        let empty = AuthenticationResults(host: "mx.example.org", results: [])
        #expect(empty.field() == Array("Authentication-Results: mx.example.org; none\r\n".utf8))
        #expect(AuthenticationResults(" mx.example.org; none") == empty)
        #expect(AuthenticationResults(" mx.example.org 1; none\r\n") == empty)
    }

    @Test(
        "nobody's words make a line that is too long for mail, and what was cut is not cut again",
        arguments: ["x", "\\", "\u{E4}", "\u{20AC}", "\u{1F600}"]
    )
    func longWords(_ letter: String) throws {
        let long = String(repeating: letter, count: 5_000)
        let results = AuthenticationResults(
            host: "mx.example.org",
            results: [Result("spf", "pass", reason: long, properties: [.init("smtp", "helo", long)])]
        )
        let text = String(decoding: results.field(), as: UTF8.self)
        for line in text.split(separator: "\r\n") { #expect(line.utf8.count <= 998) }
        let read = try #require(AuthenticationResults(String(text.dropFirst("Authentication-Results:".count))))
        let result = try #require(read.results.first)
        for value in [result.reason, result.property("smtp", "helo")] {
            let start = try #require(value)
            #expect(start.hasSuffix("...") && long.hasPrefix(start.dropLast(3)) && start.utf8.count > 300)
        }
        #expect(read.field() == results.field())
    }

    @Test("a policy's longest term makes no line that is too long for mail")
    func longTerm() throws {
        let name = String(repeating: "a.", count: 3_000) + "example.org"
        var zone = TestZone()
        zone.txt("example.org", "v=spf1 exists:\(name) -all")
        let asked = String(name.suffix(253).drop { $0 == "." })
        zone.address(asked, "127.0.0.2")
        let result = SenderAuthenticationTests.check(SenderAuthenticationTests.message, &zone)
        #expect(result.spf.verdict == .pass)
        let text = String(decoding: result.authenticationResults(host: "mx.example.com").field(), as: UTF8.self)
        for line in text.split(separator: "\r\n") { #expect(line.utf8.count <= 998) }
        let request = SPFRequest(
            client: SenderAuthenticationTests.request().client,
            helo: String(repeating: "h", count: 2_000),
            mailFrom: nil,
            now: .testNow
        )
        let received = String(decoding: ReceivedSPF.field(result.spf, request), as: UTF8.self)
        for line in received.split(separator: "\r\n") { #expect(line.utf8.count <= 998) }
    }

    @Test("nobody's words end a line, a value or the field")
    func injection() throws {
        let nasty = "x\r\nSubject: y; spf=pass \"(\\"
        let written = AuthenticationResults(
            host: "mx.example.org",
            results: [
                Result(
                    "dkim",
                    "fail",
                    reason: nasty,
                    properties: [.init("header", "d", nasty), .init("smtp", "mailfrom", "a b\"@c d")]
                )
            ]
        )
        let text = String(decoding: written.field(), as: UTF8.self)
        for line in text.split(separator: "\r\n").dropFirst() { #expect(line.hasPrefix("\t")) }
        let read = try #require(AuthenticationResults(String(text.dropFirst(23))))
        #expect(read.results.count == 1)
        #expect(read.results[0].property("header", "d") == nasty.replacing("\r\n", with: "??"))
    }

    /// RFC 8601 §B.
    @Test(
        "the examples of RFC 8601 are read",
        arguments: [
            ("example.org 1; none", 0), ("example.com;\r\n spf=pass smtp.mailfrom=example.net", 1),
            (
                "example.com;\r\n auth=pass (cleartext) smtp.auth=sender@example.net;\r\n"
                    + " spf=pass smtp.mailfrom=example.net",
                2
            ),
            (
                "example.com;\r\n dkim=pass (good signature) header.d=mail-router.example.net;\r\n"
                    + " dkim=fail (bad signature) header.d=newyork.example.com",
                2
            ),
            (
                "foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
                    + " policy (A dot can go here) . (like that) expired\r\n"
                    + " (this surprised me) = (as I wasn't expecting it) 1362471462",
                1
            ),
            ("example.org; dkim=pass reason=\"good\" header.i=@mail.example.org;", 1),
            ("\"quoted host\"; x-thing=yes", 1), ("a; spf=pass smtp.mailfrom=\"a b\"@example.org", 1),
            ("a; auth=pass smtp.auth=x/y:z?=", 1),
        ]
    )
    func examples(_ text: String, _ count: Int) throws {
        #expect(try #require(AuthenticationResults(text)).results.count == count)
    }

    @Test("comments stand anywhere and say nothing")
    func comments() throws {
        let read = try #require(
            AuthenticationResults("a (x (y) \\) z); spf (c) = (c) pass (c) smtp.mailfrom (c) = b (c)")
        )
        #expect(
            read
                == AuthenticationResults(
                    host: "a",
                    results: [Result("spf", "pass", properties: [.init("smtp", "mailfrom", "b")])]
                )
        )
    }

    @Test(
        "what breaks the grammar is refused",
        arguments: [
            "", ";", "a; spf", "a; spf=", "a; =pass", "a; spf=pass smtp", "a; spf=pass smtp.", "a; spf=pass smtp.x",
            "a; spf=pass smtp.x=", "a 2; none", "a b; none", "a; spf=pass x=y", "a; spf=pass reason=\"open",
            "a; none; none; x", "\u{0}",
        ]
    )
    func malformed(_ text: String) {
        #expect(AuthenticationResults(text) == nil)
    }

    @Test("two hundred results and properties are read, and fields up to 64 KiB")
    func limits() {
        let many = "a" + String(repeating: "; x=y", count: 200)
        #expect(AuthenticationResults(many)?.results.count == 200)
        #expect(AuthenticationResults(many + "; x=y") == nil)
        let long = "a; x=y" + String(repeating: " p.q=r", count: 200)
        #expect(AuthenticationResults(long)?.results.first?.properties.count == 200)
        #expect(AuthenticationResults(long + " p.q=r") == nil)
        #expect(AuthenticationResults("a; x=y (\(String(repeating: "c", count: 65_536)))") == nil)
    }

    @Test(
        "fields that claim to be our own word are found, however they are written",
        arguments: [
            ("mx.example.org; spf=pass", true), ("MX.Example.ORG; spf=pass", true),
            ("(c) mx.example.org (c) 1; spf=pass", true),
            ("\"mx.example.org\"; spf=pass", true), ("\r\n mx.example.org;\r\n spf=pass", true),
            ("mx.example.org", true),
            ("mx.example.org garbage ===", true), ("@mx.example.org; spf=pass", true),
            ("mx.example.org@x; spf=pass", true), ("mx.example.org.; spf=pass", true),
            ("mx.exam(c)ple.org; spf=pass", true), ("mx . example . org 1; spf=pass", true),
            ("\" mx.example.org\"; spf=pass", true), ("mx\\.example.org; spf=pass", true),
            ("mx.exam\u{0}ple.org; spf=pass", true), ("mx\u{3002}example\u{3002}org; spf=pass", true),
            ("=?us-ascii?b?bXguZXhhbXBsZS5vcmc7IHNwZj1wYXNz?=", true),
            ("(\(String(repeating: "c", count: 70_000))) mx.example.org; spf=pass", true),
            ("\(String(repeating: " \r\n", count: 30_000)) mx.example.org; spf=pass", true),
            ("mx.example.org2; spf=pass", false), ("\u{E4}.example.org; spf=pass", false),
            ("other (mx.example.org); spf=pass", false), ("other.; spf=pass", false),
            ("other.example.org; spf=pass", false), ("mx.example.org.evil.com; spf=pass", false),
            ("other; x=\"mx.example.org\"", false),
        ]
    )
    func forged(_ value: String, _ isForged: Bool) {
        let message = Array("Received: x\r\nauthentication-RESULTS : \(value)\r\nFrom: a@b\r\n\r\nbody".utf8)
        let found = AuthenticationResults.forgedFields(in: message.span, host: "mx.example.org")
        #expect(found.count == (isForged ? 1 : 0))
        if let range = found.first {
            #expect(String(decoding: message[range], as: UTF8.self) == "authentication-RESULTS : \(value)\r\n")
        }
    }

    @Test("our name in letters of any script is ours", arguments: ["xn--bcher-kva.example", "BÜCHER.example"])
    func forgedInternational(_ name: String) {
        let message = Array("Authentication-Results: \(name); spf=pass\r\n\r\n".utf8)
        #expect(AuthenticationResults.forgedFields(in: message.span, host: "xn--bcher-kva.example").count == 1)
    }
}
