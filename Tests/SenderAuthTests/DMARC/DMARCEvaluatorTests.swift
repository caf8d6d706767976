import MailTypes
import SenderAuth
import Testing

@Suite("DMARC: evaluation")
struct DMARCEvaluatorTests {
    static let list = OrganizationFinder.publicSuffixList(PublicSuffixList("com\norg\nco.uk\nuk\nexample\n".utf8))
    static let finders = [Self.list, .treeWalk]

    static func check(
        _ zone: inout TestZone,
        author: String,
        spf: (String, AuthVerdict)? = nil,
        dkim: [(String, AuthVerdict)] = [],
        sample: Int = 0,
        mayPass: Bool = true,
        finder: OrganizationFinder
    ) -> DMARCResult {
        let identifiers = (dkim + [spf].compactMap { $0 }).map { DMARCEvidence.Identifier(TestZone.name($0.0), $0.1) }
        var evaluator = DMARCEvaluator(
            author: TestZone.name(author),
            identifiers: identifiers.map(\.domain),
            finder: finder
        )
        var questions = evaluator.begin()
        while !questions.isEmpty {
            let question = questions.removeFirst()
            questions += evaluator.answered(question, zone.ask(question))
        }
        #expect(evaluator.isFinished)
        let evidence = DMARCEvidence(
            spf: spf.map { DMARCEvidence.Identifier(TestZone.name($0.0), $0.1) },
            dkim: dkim.map { DMARCEvidence.Identifier(TestZone.name($0.0), $0.1) },
            sample: sample
        )
        return evaluator.result(evidence, mayPass: mayPass)
    }

    static func zone(_ records: [(String, String)]) -> TestZone {
        var zone = TestZone()
        for (name, text) in records { zone.txt("_dmarc.\(name)", text) }
        return zone
    }

    @Test("without a policy there is nothing to say", arguments: [0, 1])
    func none(_ finder: Int) {
        var zone = TestZone()
        let result = Self.check(
            &zone,
            author: "a.example.org",
            spf: ("a.example.org", .pass),
            finder: Self.finders[finder]
        )
        #expect(result.verdict == .none && result.disposition == .none && result.policyDomain == nil)
        var several = Self.zone([("example.org", "v=DMARC1; p=reject"), ("example.org", "v=DMARC1; p=reject")])
        #expect(Self.check(&several, author: "example.org", finder: Self.finders[finder]).verdict == .none)
    }

    /// RFC 7489 §3.1: what aligns in which mode.
    @Test(
        "relaxed alignment wants the same organisation, strict the same domain",
        arguments: [
            ("example.org", "example.org", true, true), ("a.example.org", "example.org", true, false),
            ("example.org", "a.example.org", true, false), ("b.example.org", "a.example.org", true, false),
            ("example.org", "other.org", false, false), ("example.org", "notexample.org", false, false),
            ("example.org", "example.org.evil.com", false, false),
        ]
    )
    func alignment(_ author: String, _ domain: String, _ relaxed: Bool, _ strict: Bool) {
        for finder in Self.finders {
            for (tags, expected) in [("", relaxed), ("; adkim=s; aspf=s", strict)] {
                var zone = Self.zone([
                    ("example.org", "v=DMARC1; p=reject\(tags)"), ("other.org", "v=DMARC1; p=reject"),
                ])
                let bySPF = Self.check(&zone, author: author, spf: (domain, .pass), finder: finder)
                let byDKIM = Self.check(
                    &zone,
                    author: author,
                    dkim: [("x.com", .pass), (domain, .pass)],
                    finder: finder
                )
                #expect((bySPF.verdict == .pass) == expected && (byDKIM.verdict == .pass) == expected)
                #expect(bySPF.disposition == (expected ? .none : .reject))
                #expect(
                    (bySPF.alignedSPF != nil) == expected && (byDKIM.alignedDKIM.map(\.text) == [domain]) == expected
                )
            }
        }
    }

    @Test("only what passed counts", arguments: [AuthVerdict.fail, .softfail, .neutral, .none, .permerror, .policy])
    func onlyPasses(_ verdict: AuthVerdict) {
        for finder in Self.finders {
            var zone = Self.zone([("example.org", "v=DMARC1; p=reject")])
            let result = Self.check(
                &zone,
                author: "example.org",
                spf: ("example.org", verdict),
                dkim: [("example.org", verdict)],
                finder: finder
            )
            #expect(result.verdict == .fail && result.disposition == .reject)
        }
    }

    @Test(
        "subdomains get sp=, names that do not exist np=, each with the milder rest of the record in reserve",
        arguments: [
            ("p=reject", DMARCDisposition.reject, DMARCDisposition.reject, DMARCDisposition.reject),
            ("p=reject; sp=none", .reject, .none, .none),
            ("p=none; sp=quarantine; np=reject", .none, .quarantine, .reject),
            ("p=none; np=reject", .none, .none, .reject),
        ]
    )
    func subdomains(_ tags: String, _ own: DMARCDisposition, _ sub: DMARCDisposition, _ missing: DMARCDisposition) {
        for finder in Self.finders {
            var zone = Self.zone([("example.org", "v=DMARC1; \(tags)")])
            zone.mx("sub.example.org", "mail.example.org")
            #expect(Self.check(&zone, author: "example.org", finder: finder).disposition == own)
            let result = Self.check(&zone, author: "sub.example.org", finder: finder)
            #expect(result.disposition == sub && result.policyDomain?.text == "example.org")
            #expect(Self.check(&zone, author: "none.example.org", finder: finder).disposition == missing)
        }
    }

    @Test("a domain exists when it has a record of any kind, or a name below it has one (RFC 8020)")
    func existence() {
        for finder in Self.finders {
            var zone = Self.zone([("example.org", "v=DMARC1; p=none; np=reject")])
            zone.txt("noted.example.org", "nothing to do with mail")
            zone.address("host.above.example.org", "192.0.2.1")
            zone.txt("_dmarc.odd.example.org", "no policy")
            for (author, disposition) in [
                ("noted.example.org", DMARCDisposition.none), ("above.example.org", .none), ("odd.example.org", .none),
                ("none.example.org", .reject),
            ] {
                #expect(Self.check(&zone, author: author, finder: finder).disposition == disposition, "\(author)")
            }
            let known = zone.asked.filter { $0.type != .txt }.map(\.name.text)
            #expect(known == ["noted.example.org", "above.example.org", "none.example.org"])
        }
    }

    @Test("a domain's own record comes before its organisation's")
    func ownRecord() {
        for finder in Self.finders {
            var zone = Self.zone([
                ("example.org", "v=DMARC1; p=reject; sp=reject"), ("a.example.org", "v=DMARC1; p=none; sp=quarantine"),
            ])
            let result = Self.check(&zone, author: "a.example.org", finder: finder)
            #expect(result.policy == .none && result.policyDomain?.text == "a.example.org")
            #expect(result.organizationalDomain?.text == "example.org")
        }
    }

    @Test("pct= exempts a share of the failing messages, t=y all: they get the next milder treatment")
    func sampling() {
        for finder in Self.finders {
            var zone = Self.zone([
                ("example.org", "v=DMARC1; p=reject; pct=30"), ("example.com", "v=DMARC1; p=quarantine; t=y"),
            ])
            #expect(Self.check(&zone, author: "example.org", sample: 29, finder: finder).disposition == .reject)
            let exempted = Self.check(&zone, author: "example.org", sample: 30, finder: finder)
            #expect(exempted.disposition == .quarantine && exempted.policy == .reject && exempted.verdict == .fail)
            #expect(Self.check(&zone, author: "example.com", finder: finder).disposition == .none)
        }
    }

    @Test("a public suffix speaks for organisations without a policy if it says that it is one")
    func suffixPolicies() {
        for finder in Self.finders {
            var zone = Self.zone([("co.uk", "v=DMARC1; p=none; sp=quarantine; np=reject; psd=y")])
            zone.mx("example.co.uk", "mail.example.co.uk")
            let result = Self.check(&zone, author: "example.co.uk", spf: ("other.co.uk", .pass), finder: finder)
            #expect(result.verdict == .fail && result.disposition == .quarantine)
            #expect(result.policyDomain?.text == "co.uk" && result.organizationalDomain?.text == "example.co.uk")
            #expect(Self.check(&zone, author: "none.co.uk", finder: finder).disposition == .reject)
        }
        var zone = Self.zone([("co.uk", "v=DMARC1; p=reject")])
        #expect(Self.check(&zone, author: "example.co.uk", finder: Self.list).verdict == .none)
    }

    /// RFC 9989 §4.10.
    @Test(
        "a walk finds the organisation as the standard's rules say",
        arguments: [
            ("a.mail.example.com", ["mail.example.com", "example.com"], "example.com"),
            ("a.mail.example.com", ["com;y"], "example.com"), ("a.mail.example.com", [], "a.mail.example.com"),
            ("a.mail.example.com", ["mail.example.com;n", "example.com"], "mail.example.com"),
            ("a.mail.example.com", ["a.mail.example.com;y", "example.com"], "example.com"),
            ("a.mail.example.com", ["a.mail.example.com;n", "example.com"], "a.mail.example.com"),
            ("a.mail.example.com", ["mail.example.com", "example.com;y"], "mail.example.com"),
            ("a.mail.example.com", ["mail.example.com;y", "example.com"], "a.mail.example.com"),
            ("a.mail.example.com", ["mail.example.com"], "mail.example.com"), ("com", ["com"], "com"),
        ]
    )
    func treeWalk(_ author: String, _ records: [String], _ organization: String) {
        var zone = TestZone()
        for record in records {
            let parts = record.split(separator: ";")
            zone.txt("_dmarc.\(parts[0])", "v=DMARC1; p=none" + (parts.count == 2 ? "; psd=\(parts[1])" : ""))
        }
        let result = Self.check(&zone, author: author, finder: .treeWalk)
        #expect(result.organizationalDomain?.text == organization)
    }

    @Test("a walk from a long name asks eight questions")
    func longWalk() {
        var zone = TestZone()
        _ = Self.check(&zone, author: "a.b.c.d.e.f.g.h.i.j.mail.example.com", finder: .treeWalk)
        #expect(
            zone.asked.map(\.name.text) == [
                "_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com", "_dmarc.g.h.i.j.mail.example.com",
                "_dmarc.h.i.j.mail.example.com",
                "_dmarc.i.j.mail.example.com", "_dmarc.j.mail.example.com", "_dmarc.mail.example.com",
                "_dmarc.example.com", "_dmarc.com",
            ]
        )
    }

    @Test("no more than twelve other domains are walked for")
    func walkedDomains() {
        var zone = Self.zone([("example.org", "v=DMARC1; p=reject")])
        let domains = (0..<40).map { ("d\($0).example.org", AuthVerdict.pass) }
        let result = Self.check(&zone, author: "example.org", dkim: domains, finder: .treeWalk)
        #expect(result.verdict == .pass)
        #expect(zone.asked.count == 2 + 12)
    }

    @Test("nobody is refused for good while something that would count is not known")
    func temporary() {
        for finder in Self.finders {
            var zone = Self.zone([("example.org", "v=DMARC1; p=reject; np=reject")])
            #expect(
                Self.check(&zone, author: "example.org", spf: ("example.org", .temperror), finder: finder).verdict
                    == .temperror
            )
            #expect(
                Self.check(&zone, author: "example.org", dkim: [("a.example.org", .temperror)], finder: finder).verdict
                    == .temperror
            )
            #expect(
                Self.check(&zone, author: "example.org", dkim: [("other.org", .temperror)], finder: finder).verdict
                    == .fail
            )
            #expect(
                Self.check(
                    &zone,
                    author: "example.org",
                    spf: ("other.org", .temperror),
                    dkim: [("example.org", .pass)],
                    finder: finder
                ).verdict == .pass
            )
            zone.fail("a.example.org", .a)
            #expect(Self.check(&zone, author: "a.example.org", finder: finder).verdict == .temperror)
            zone.fail("_dmarc.b.example.org", .txt, .bogus(reason: "expired"))
            #expect(Self.check(&zone, author: "b.example.org", finder: finder).verdict == .temperror)
            var silent = TestZone()
            silent.fail("_dmarc.example.org", .txt)
            #expect(Self.check(&silent, author: "example.org", finder: finder).verdict == .temperror)
        }
    }

    @Test("nothing passes for a From that cannot be trusted to be read by all in one way")
    func mayNotPass() {
        var zone = Self.zone([("example.org", "v=DMARC1; p=reject")])
        let result = Self.check(
            &zone,
            author: "example.org",
            spf: ("example.org", .pass),
            mayPass: false,
            finder: .treeWalk
        )
        #expect(result.verdict == .fail && result.disposition == .reject)
    }
}
