import Foundation
import MailTesting
import MailTypes
import Resolver
import SenderAuth
import Testing

@testable import Operations

@Suite("checking a sender with a real name server", .timeLimit(.minutes(2)))
struct SenderInspectionTests {
    @Test("SPF tells its verdict in the first line and the mechanism that decided in the next")
    func spf() async throws {
        let zone = Author().zone(
            """
            @ TXT "v=spf1 include:_spf.example.org a:host.example.org exp=why.example.org -all"
            _spf TXT "v=spf1 ip4:192.0.2.0/24 -all"
            host A 198.51.100.7
            why TXT "%{i} may not send for %{d}"
            """
        )
        try await withInspection([zone]) { inspection in
            let pass = try await inspection.spf(claim())
            #expect(pass.text == "pass\ninclude:_spf.example.org matched\nMAIL FROM domain example.org")
            #expect(try await inspection.spf(claim("198.51.100.7")).spf?.mechanism == "a:host.example.org")
            let fail = try await inspection.spf(claim("203.0.113.9"))
            #expect(fail.verdict == "fail")
            #expect(fail.spf?.explanation == "203.0.113.9 may not send for example.org")
            #expect(fail.reasons.last == "the domain says: 203.0.113.9 may not send for example.org")
            let none = try await inspection.spf(claim("203.0.113.9", "x@other.org"))
            #expect(none.text == "none\nno policy\nMAIL FROM domain other.org")
        }
    }

    @Test("for the null sender, SPF asks about the HELO name")
    func nullSender() async throws {
        let zone = Author().zone("mail TXT \"v=spf1 ip4:192.0.2.1 ~all\"")
        try await withInspection([zone]) { inspection in
            #expect(try await inspection.spf(claim("192.0.2.1", "<>")).verdict == "pass")
            let soft = try await inspection.spf(claim("192.0.2.9", ""))
            #expect(soft.text == "softfail\n~all matched\nHELO domain mail.example.org")
        }
    }

    @Test("a name server that cannot tell makes a temporary error")
    func unreachable() async throws {
        // The test's server refuses questions about zones that it does not have.
        try await withInspection([]) { inspection in
            let report = try await inspection.spf(claim("192.0.2.1", "a@elsewhere.test"))
            #expect(report.verdict == "temperror")
        }
    }

    @Test("DKIM passes for a message signed here, and fails when a word of it is changed")
    func dkim() async throws {
        let author = Author()
        try await withInspection([author.zone()]) { inspection in
            let signed = try author.sign()
            let pass = try await inspection.dkim(signed)
            #expect(pass.text == "pass\npass: example.org, selector s1, ed25519-sha256")
            let text = String(decoding: signed, as: UTF8.self)
            let changedBody = try await inspection.dkim(Array(text.replacing("Hi Bob", with: "Hi Ben").utf8))
            #expect(changedBody.verdict == "fail")
            #expect(changedBody.dkim?.first?.problem == "body hash did not verify")
            let changedHeader = try await inspection.dkim(Array(text.replacing("Subject: H", with: "Subject: h").utf8))
            #expect(changedHeader.dkim?.first?.problem == "signature did not verify")
            #expect(try await inspection.dkim(authorsMessage).text == "none\nno signature")
        }
    }

    @Test("one signature that passes is enough, and a key that is not there is a permanent error")
    func severalSignatures() async throws {
        let author = Author()
        var unknown = author.signing
        unknown.selector = "none"
        try await withInspection([author.zone()]) { inspection in
            let lost = try unknown.field(for: authorsMessage, now: fixedTime)
            #expect(try await inspection.dkim(lost + authorsMessage).verdict == "permerror")
            let both = try await inspection.dkim(lost + author.sign())
            #expect(both.verdict == "pass")
            #expect(both.dkim?.map(\.verdict) == ["permerror", "pass"])
        }
    }

    @Test("DMARC passes by an aligned signature or by SPF, and else asks for what the policy says")
    func dmarc() async throws {
        let author = Author()
        try await withInspection([author.zone()]) { inspection in
            let bySPF = try await inspection.dmarc(authorsMessage, claim())
            #expect(bySPF.verdict == "pass")
            #expect(bySPF.dmarc?.alignedSPF == "example.org")
            let byDKIM = try await inspection.dmarc(author.sign(), claim("203.0.113.9"))
            #expect(byDKIM.verdict == "pass")
            #expect(byDKIM.dmarc?.alignedDKIM == ["example.org"])
            let fail = try await inspection.dmarc(authorsMessage, claim("203.0.113.9"))
            #expect(
                fail.reasons.prefix(4) == [
                    "no aligned pass", "From domain example.org", "policy reject, published by example.org",
                    "disposition reject",
                ]
            )
            #expect(fail.verdict == "fail")
        }
    }

    @Test("a list of public suffixes tells organisations apart as walking up the DNS does")
    func publicSuffixes() async throws {
        let zone = Author().zone("_dmarc TXT \"v=DMARC1; p=quarantine; sp=reject\"\nnews TXT \"v=spf1 +all\"")
        let message = Array(
            String(decoding: authorsMessage, as: UTF8.self).replacing("alice@", with: "alice@news.").utf8
        )
        try await withInspection([zone]) { inspection in
            try await TemporaryFolder.with { folder in
                try Data("org\n".utf8).write(to: URL(filePath: folder.path("suffixes")))
                var byList = inspection
                byList.publicSuffixList = folder.path("suffixes")
                for inspection in [inspection, byList] {
                    let report = try await inspection.dmarc(message, claim("203.0.113.9", "x@other.org"))
                    #expect(report.dmarc?.organizationalDomain == "example.org")
                    #expect(report.dmarc?.disposition == "reject")
                }
            }
        }
    }

    @Test("all methods together give DMARC's verdict, each method's reasons and the field for later readers")
    func all() async throws {
        let author = Author()
        try await withInspection([author.zone()]) { inspection in
            let report = try await inspection.all(author.sign(), claim())
            let lines = report.text.split(separator: "\n")
            #expect(lines.first == "pass")
            #expect(lines[1] == "dmarc: pass: aligned DKIM by example.org, SPF of example.org")
            #expect(lines.contains("spf: pass: ip4:192.0.2.1 matched; MAIL FROM domain example.org"))
            #expect(lines.contains("dkim: pass: example.org, selector s1, ed25519-sha256"))
            #expect(lines.last == "arc: none: no chain")
            let field = try #require(report.authenticationResults)
            #expect(field.hasPrefix("Authentication-Results: localhost; "))
            #expect(field.contains("dmarc=pass"))
        }
    }

    @Test("a chain of ARC seals passes as long as nobody touched the message")
    func arc() async throws {
        let author = Author()
        try await withInspection([author.zone()]) { inspection in
            let signed = try author.sign()
            let sealed = try author.seal(signed)
            let pass = try await inspection.arc(sealed)
            #expect(pass.text == "pass\nsealed by example.org\nsets: 1")
            let changed = String(decoding: sealed, as: UTF8.self).replacing("Hi Bob", with: "Hi Ben")
            #expect(try await inspection.arc(Array(changed.utf8)).verdict == "fail")
            #expect(try await inspection.arc(signed).text == "none\nno chain")
        }
    }

    @Test("what cannot be an address is refused with an example of one")
    func claims() throws {
        for (client, mailFrom) in [("192.0.2", "a@b.org"), ("192.0.2.1", "a b"), ("192.0.2.1", "a@")] {
            #expect(throws: OperationError.self) { try claim(client, mailFrom) }
        }
        #expect(try claim("2001:db8::1", helo: nil).helo == "[IPv6:2001:db8::1]")
        #expect(try claim("192.0.2.1", "<>").mailFrom == nil)
        #expect(try claim("192.0.2.1", "example.org").mailFrom?.domain.name == "example.org")
    }
}
