import Directory
import Foundation
import MIME
import MailTypes
import NIOCore
import Reception
import SMTPWire
import SenderAuth
import Storage
import Testing

@Suite("signing what users send", .timeLimit(.minutes(10)))
struct SigningTests {
    @Test(
        "a submitted message carries a signature of each of its domain's keys, which verifies by what the DNS is told",
        arguments: [1, 30_000]
    )
    func submitted(lines: Int) async throws {
        try await TestSite.with { site in
            var keys: [SigningKey] = []
            for key in [try DKIMPrivateKey.makeRSA(), DKIMPrivateKey.makeEd25519()] {
                let added = try await site.directory.addSigningKey(key, for: TestSite.domain)
                _ = try await site.directory.activateSigningKey(of: TestSite.domain, selector: added.selector)
                keys.append(added)
            }
            let text =
                "From: alice@martlet.test\r\nSubject: signed\r\n\r\n" + String(repeating: "line\r\n", count: lines)
            var client = site.outsider
            client.door = .submission
            guard case .whole(let reply) = try await site.send(text, to: ["bob"], client: client) else {
                throw TestSite.Missing(what: "a reply")
            }
            #expect(reply.isCompletion, "\(reply)")
            let stored = try #require(try await site.inbox("bob").first)
            #expect(Self.verdicts(stored, keys) == [.pass, .pass])
            let changed = stored.replacingOccurrences(of: "Subject: signed", with: "Subject: forged")
            #expect(Self.verdicts(changed, keys) == [.fail, .fail])
        }
    }

    private static func verdicts(_ message: String, _ keys: [SigningKey]) -> [AuthVerdict] {
        let bytes = Array(message.utf8)
        var verifier = DKIMVerifier(header: bytes.span, now: SystemClock().now)
        var hasher = BodyHasher(verifier.bodyRequests)
        hasher.update(bytes.span.extracting(HeaderScanner.headerOctets(of: bytes.span)...))
        for question in verifier.questions {
            guard let key = keys.first(where: { question.name.text.hasPrefix("\($0.selector).") }) else { continue }
            verifier.answered(question, .success(DNSAnswer([.txt(Array(key.key.recordText.utf8))])))
        }
        return verifier.results(bodies: hasher.finish()).map(\.verdict)
    }
}
