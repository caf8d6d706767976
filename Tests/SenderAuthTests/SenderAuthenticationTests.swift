import MailTypes
import SenderAuth
import Testing

@Suite("all checks together")
struct SenderAuthenticationTests {
    static let message = DKIMSigningTests.message

    static var zone: TestZone {
        var zone = DKIMSigningTests.zone()
        zone.txt("example.org", "v=spf1 ip4:192.0.2.0/24 -all exp=why.example.org")
        zone.txt("why.example.org", "%{i} may not")
        zone.txt("mail.example.net", "v=spf1 ip4:192.0.2.0/24 -all")
        zone.txt("_dmarc.example.org", "v=DMARC1; p=reject; pct=50")
        zone.txt("arc._domainkey.one.example", TestKeys.rsa.recordText)
        return zone
    }

    static func request(
        client: String = "192.0.2.1",
        mailFrom: EmailAddress? = EmailAddress(localPart: "ann", domain: Domain("example.org")),
        finder: OrganizationFinder = DMARCEvaluatorTests.list
    ) -> SenderAuthenticationRequest {
        SenderAuthenticationRequest(
            client: IPAddress(client) ?? .v4(0),
            helo: "mail.example.net",
            mailFrom: mailFrom,
            receiver: "mx.example.com",
            now: .testNow,
            finder: finder
        )
    }

    /// What all these checks have read: nothing may come out otherwise because of it.
    private static let knownRecords = KnownRecords()

    /// With records read before and without: the result must be the same.
    static func check(
        _ message: [UInt8],
        _ zone: inout TestZone,
        _ request: SenderAuthenticationRequest = Self.request()
    ) -> SenderAuthenticationResult {
        var (informed, copy) = (request, zone)
        informed.knownRecords = Self.knownRecords
        let result = Self.checkOnce(message, &zone, request)
        #expect(Self.checkOnce(message, &copy, informed) == result)
        return result
    }

    /// Answers come last asked first, the body in pieces between them.
    private static func checkOnce(
        _ message: [UInt8],
        _ zone: inout TestZone,
        _ request: SenderAuthenticationRequest
    ) -> SenderAuthenticationResult {
        var check = SenderAuthentication(header: message.span, request)
        var questions = check.begin()
        var position = bodyStart(of: message)
        while let question = questions.popLast() {
            let end = min(message.count, position + 3)
            check.bodyReceived(message.span.extracting(position..<end))
            position = end
            questions += check.answered(question, zone.ask(question))
        }
        check.bodyReceived(message.span.extracting(position..<message.count))
        #expect(!check.isWaiting)
        return check.result()
    }

    static func signed(_ message: [UInt8] = Self.message) throws -> [UInt8] {
        try DKIMSigner(DKIMSigningTests.options()).field(message: message.span, now: .testNow) + message
    }

    @Test("a good message passes all checks, and no question is asked twice")
    func pass() throws {
        for finder in DMARCEvaluatorTests.finders {
            var zone = Self.zone
            let result = Self.check(try Self.signed(), &zone, Self.request(finder: finder))
            #expect(result.spf.verdict == .pass && result.spfHELO?.verdict == .pass)
            #expect(result.dkim.map(\.verdict) == [.pass])
            #expect(result.dmarc.verdict == .pass && result.arc.verdict == .none)
            #expect(result.dmarc.reason == "aligned DKIM by example.org, SPF of example.org")
            #expect(Set(zone.asked).count == zone.asked.count)
        }
    }

    @Test("records that are known mean what the DNS holds now")
    func changedRecords() throws {
        let message = try Self.signed()
        var zone = Self.zone
        #expect(Self.check(message, &zone).dmarc.verdict == .pass)
        zone.answers[DNSQuestion(TestZone.name("example.org"), .txt)] = nil
        zone.txt("example.org", "v=spf1 -all")
        zone.answers[DNSQuestion(TestZone.name("s1._domainkey.example.org"), .txt)] = nil
        zone.txt("s1._domainkey.example.org", "v=DKIM1; p=")
        let changed = Self.check(message, &zone)
        #expect(changed.spf.verdict == .fail && changed.dkim.map(\.problem) == [.keyRevoked])
        #expect(changed.dmarc.verdict == .fail && changed.dmarc.disposition == .reject)
        zone.fail("_dmarc.example.org", .txt, .bogus(reason: "x"))
        #expect(Self.check(message, &zone).dmarc.verdict == .temperror)
    }

    @Test("each of SPF and DKIM suffices, neither does not")
    func ways() throws {
        var zone = Self.zone
        let byDKIM = Self.check(try Self.signed(), &zone, Self.request(client: "203.0.113.1"))
        #expect(byDKIM.spf.verdict == .fail && byDKIM.dmarc.verdict == .pass)
        #expect(byDKIM.spf.explanation == "203.0.113.1 may not")
        #expect(Self.check(Self.message, &zone).dmarc.verdict == .pass)
        var changed = try Self.signed()
        changed[changed.count - 8] ^= 1
        #expect(Self.check(changed, &zone).dkim.map(\.problem) == [.bodyHashDiffers])
        let neither = Self.check(changed, &zone, Self.request(client: "203.0.113.1"))
        #expect(neither.dmarc.verdict == .fail && neither.dmarc.disposition == .reject)
        var request = Self.request(client: "203.0.113.1")
        request.sample = 50
        #expect(Self.check(Self.message, &zone, request).dmarc.disposition == .quarantine)
    }

    @Test("a good message of somebody else's domain does not pass for the author's")
    func otherDomain() throws {
        var zone = Self.zone
        zone.txt("evil.example", "v=spf1 +all")
        let request = Self.request(mailFrom: EmailAddress(localPart: "x", domain: Domain("evil.example")))
        let result = Self.check(Self.message, &zone, request)
        #expect(result.spf.verdict == .pass && result.dmarc.verdict == .fail)
    }

    @Test("the null sender is judged by the HELO name")
    func nullSender() {
        var zone = Self.zone
        let message = "From: MAILER-DAEMON@mail.example.net\n\nbounce\n".wire
        zone.txt("_dmarc.example.net", "v=DMARC1; p=reject")
        let result = Self.check(message, &zone, Self.request(mailFrom: nil))
        #expect(result.spf.domain == "mail.example.net" && result.spfHELO == nil)
        #expect(result.dmarc.verdict == .pass)
    }

    @Test(
        "of several authors the worst counts, and a From that can be read two ways never passes",
        arguments: [
            ("From: ann@example.org", AuthVerdict.pass, DMARCDisposition.none),
            ("From: Ann <ann@EXAMPLE.org>, Al <al@example.org>", .pass, .none),
            ("From: ann@example.org, ceo@bank.example", .fail, .reject),
            ("From: ann@example.org\nFrom: ceo@bank.example", .fail, .reject),
            ("From: ceo@bank.example, ann@example.org", .fail, .reject),
            ("From: ann@example.org, x@nopolicy.example", .none, .none),
            ("From: group: ann@example.org;", .pass, .none), ("From:", .permerror, .none),
            ("X-From: ann@example.org", .permerror, .none),
            ("From: ann", .permerror, .none), ("From: ann@example.org <ann@example.org>", .pass, .none),
            ("From: \"ceo@bank.example\" <ann@example.org>", .pass, .none),
            ("From: (ceo@bank.example) ann@example.org", .pass, .none),
            ("From: ann@", .permerror, .none), ("From: \"ann@example.org", .fail, .reject),
            ("From: ceo@bank.example, \"", .fail, .reject), ("From: ceo@bank.example (", .fail, .reject),
            ("From: <ceo@bank.example> \"(\\", .fail, .reject),
            ("From: ann@example.org\nFrom: (ceo@bank.example", .fail, .reject),
            ("From: ceo@bank.example\u{0}.example.org", .fail, .reject),
            ("From: ceo@bank.example..", .fail, .reject), ("From: ceo@.bank.example", .fail, .reject),
            ("From: ceo@bank.example\\x", .fail, .reject),
            ("From: ann@example.org, bob@", .fail, .reject),
            ("From: <@bank.example:ann@example.org>", .fail, .reject), ("From: Ann <ann@example.org", .pass, .none),
            ("From: ceo@bank.example <ann@example.org>", .fail, .reject),
            ("From: ann@example.org <ceo@bank.example>", .fail, .reject), ("From: nobody@[192.0.2.1]", .none, .none),
            ("From: a@a.example, b@b.example, c@c.example, d@d.example, e@e.example", .fail, .quarantine),
            ("From: a@a.example, b@b.example, c@c.example, d@d.example, ceo@bank.example", .fail, .quarantine),
            ("From: a@a.example, b@b.example, c@c.example, d@bank.example, e@example.org", .fail, .reject),
        ]
    )
    func authors(_ from: String, _ verdict: AuthVerdict, _ disposition: DMARCDisposition) {
        var zone = Self.zone
        zone.txt("_dmarc.bank.example", "v=DMARC1; p=reject")
        let result = Self.check("\(from)\nSubject: x\n\nbody\n".wire, &zone).dmarc
        #expect(result.verdict == verdict && result.disposition == disposition, "\(result)")
    }

    @Test(
        "a greeting in other letters stands in the results as the DNS has it",
        arguments: [
            ("b\u{FC}cher.example", " smtp.helo=xn--bcher-kva.example;"),
            ("mail.example.net", " smtp.helo=mail.example.net;"),
            ("\u{FFFD}\u{FFFD} \u{FC}", " smtp.helo=unknown;"),
        ]
    )
    func internationalGreeting(_ helo: String, _ property: String) {
        var zone = Self.zone
        var request = Self.request()
        request.helo = helo
        let field = Self.check(Self.message, &zone, request).authenticationResults(host: "mx.example.com").field()
        #expect(field.allSatisfy { $0 < 0x80 })
        #expect(String(decoding: field, as: UTF8.self).replacing("\r\n\t", with: " ").contains(property))
    }

    @Test("no number of other fields hides a From", arguments: [9_999, 10_000, 20_000])
    func hiddenAuthor(_ others: Int) {
        var zone = Self.zone
        zone.txt("_dmarc.bank.example", "v=DMARC1; p=reject")
        let padding = String(repeating: "x:\n", count: others)
        for froms in [("", "From: ceo@bank.example\n"), ("From: ann@example.org\n", "From: ceo@bank.example\n")] {
            let result = Self.check("\(froms.0)\(padding)\(froms.1)\nbody\n".wire, &zone).dmarc
            #expect(result.verdict == .fail && result.disposition == .reject, "\(result)")
        }
    }

    @Test("more Froms than anybody writes are not looked through, and do not pass")
    func manyAuthors() {
        var zone = Self.zone
        let padding = String(repeating: "x:\n", count: SenderAuthLimits.headerFieldsMax)
        #expect(Self.check("\(padding)From: ann@example.org\n\nbody\n".wire, &zone).dmarc.verdict == .pass)
        let froms = String(repeating: "From: x@nopolicy.example\n", count: SenderAuthLimits.lateAuthorFieldsMax)
        let whole = Self.check("\(padding)\(froms)\nbody\n".wire, &zone).dmarc
        #expect(whole.verdict == .permerror && whole.disposition == .none, "\(whole)")
        let cut = Self.check("\(padding)\(froms)From: x@nopolicy.example\n\nbody\n".wire, &zone).dmarc
        #expect(cut.verdict == .fail && cut.disposition == .quarantine, "\(cut)")
    }

    @Test("a From put before a signed one does not pass by its signature")
    func secondFrom() throws {
        var zone = Self.zone
        let request = Self.request(client: "203.0.113.1")
        var options = DKIMSigningTests.options()
        options.oversignedNames = []
        let signed = try DKIMSigner(options).field(message: Self.message.span, now: .testNow) + Self.message
        #expect(Self.check(signed, &zone, request).dmarc.verdict == .pass)
        let result = Self.check(Array("From: ceo@example.org\r\n".utf8) + signed, &zone, request)
        #expect(result.dkim.map(\.verdict) == [.pass])
        #expect(result.dmarc.verdict == .fail && result.dmarc.disposition == .reject)
    }

    @Test("a message that came through a list is vouched for by its seal")
    func sealed() throws {
        var zone = Self.zone
        let first = Self.check(Self.message, &zone)
        let sealer = ARCSealer(ARCTests.options("one.example", TestKeys.rsa))
        let changed = Array(
            String(decoding: Self.message, as: UTF8.self).replacing("Subject: ", with: "Subject: [list] ").utf8
        )
        var hasher = BodyHasher([sealer.bodyRequest])
        hasher.update(changed.span.extracting(bodyStart(of: changed)..<changed.count))
        let fields = try sealer.fields(
            header: changed.span,
            bodyHash: hasher.finish()[sealer.bodyRequest]?.octets ?? [],
            results: first.authenticationResults(host: "lists.one.example"),
            chain: first.arc,
            now: .testNow
        )
        let result = Self.check(try #require(fields) + changed, &zone, Self.request(client: "203.0.113.1"))
        #expect(result.dmarc.verdict == .fail && result.arc.verdict == .pass)
        let vouched = try #require(result.arc.sealers.first?.results)
        #expect(vouched.results.first { $0.method == "dmarc" }?.result == "pass")
        #expect(vouched.results.first { $0.method == "arc" }?.property("smtp", "remote-ip") == "192.0.2.1")
    }

    @Test("all is told in one field that reads back")
    func results() throws {
        var zone = Self.zone
        let result = Self.check(try Self.signed(), &zone).authenticationResults(host: "mx.example.com")
        let text = String(decoding: result.field(), as: UTF8.self)
        #expect(AuthenticationResults(String(text.dropFirst(23))) == result)
        #expect(
            result.results.map { "\($0.method)=\($0.result)" } == [
                "spf=pass", "spf=pass", "dkim=pass", "dmarc=pass", "arc=none",
            ]
        )
        #expect(result.results[1].property("smtp", "mailfrom") == "ann@example.org")
        #expect(result.results[2].property("header", "d") == "example.org")
        #expect(result.results[2].property("header", "b")?.utf8.count == 8)
        #expect(result.results[3].property("header", "from") == "example.org")
        let unsigned = Self.check(Self.message, &zone).authenticationResults(host: "mx.example.com")
        #expect(unsigned.results.contains(.init("dkim", "none")))
    }

    @Test("a check without anything to ask or hash says so at once")
    func nothing() {
        let request = SenderAuthenticationRequest(
            client: .v4(1),
            helo: "localhost",
            mailFrom: nil,
            receiver: "mx.example.com",
            now: .testNow,
            finder: .treeWalk
        )
        let empty: [UInt8] = []
        var check = SenderAuthentication(header: empty.span, request)
        #expect(!check.wantsBody && check.begin().isEmpty && !check.isWaiting)
        #expect(check.answered(DNSQuestion(.root, .a), .failure(.noData)).isEmpty)
        let result = check.result()
        #expect(result.spf.verdict == .none && result.dmarc.verdict == .permerror)
    }
}
