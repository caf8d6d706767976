import MailTesting
import MailTypes
import Reception
import Resolver
import SMTPWire
import SenderAuth
import Testing

/// Mail of a domain that asks for rejection comes from 192.0.2.1, which may not send for it, with seals.
@Suite("seals that are believed", .timeLimit(.minutes(10)))
struct TrustedSealerTests {
    /// One key for all who seal.
    private static let key = DKIMPrivateKey.makeEd25519()

    private static let zone = TestZone(
        "example",
        """
        bad TXT "v=spf1 -all"
        _dmarc.bad TXT "v=DMARC1; p=reject"
        s._domainkey.list TXT "\(Self.key.recordText)"
        s._domainkey.other TXT "\(Self.key.recordText)"
        s._domainkey.evil TXT "\(Self.key.recordText)"
        """
    )

    private static let now = Instant(secondsSince1970: 1_760_000_000)

    private static func hashes(
        _ message: [UInt8],
        _ requests: [BodyHashRequest]
    ) throws -> [BodyHashRequest: BodyHash] {
        let text = String(decoding: message, as: UTF8.self).utf8
        let end = try #require(text.firstRange(of: "\r\n\r\n".utf8)).upperBound
        var hasher = BodyHasher(requests)
        hasher.update(message.span.extracting(text.distance(from: text.startIndex, to: end)...))
        return hasher.finish()
    }

    private static func verify(_ message: [UInt8], _ resolver: Resolver) async throws -> ARCResult {
        var verifier = ARCVerifier(header: message.span, now: Self.now)
        for question in verifier.questions { verifier.answered(question, await resolver.resolve(question)) }
        return verifier.result(bodies: try Self.hashes(message, verifier.bodyRequests))
    }

    /// The message as a host hands it on that found it to pass and, as lists do, changes it.
    private static func handedOn(_ message: [UInt8], by domain: String, _ resolver: Resolver) async throws -> [UInt8] {
        let name = try #require(DNSName("\(domain).example"))
        let sealer = ARCSealer(.init(domain: name, selector: try #require(DNSName("s")), key: Self.key))
        let changed = Array("X-Handled-By: \(domain)\r\n".utf8) + message + Array("\(domain)\r\n".utf8)
        let fields = try sealer.fields(
            header: changed.span,
            bodyHash: try Self.hashes(changed, [sealer.bodyRequest])[sealer.bodyRequest]?.octets ?? [],
            results: AuthenticationResults(host: domain, results: [.init("dmarc", "pass")]),
            chain: try await Self.verify(message, resolver),
            now: Self.now
        )
        return try #require(fields) + changed
    }

    @Test(
        "a seal is believed when all that came after it are believed too",
        arguments: [
            ([], false), (["evil"], false), (["list"], true), (["list", "other"], true), (["evil", "list"], true),
            (["list", "evil"], false), (["list", "evil", "other"], true), (["list", "other", "evil"], false),
        ]
    )
    func chain(_ sealers: [String], _ isExcused: Bool) async throws {
        try await DNSTestServer.with([Self.zone]) { server in
            var options = ResolverOptions.asking(try #require(DNSServerAddress("127.0.0.1:\(server.port)")))
            options.limits.questionTime = .seconds(3_600)
            options.limits.messageTime = .seconds(3_600)
            let resolver = try Resolver.open(options)
            defer { resolver.close() }
            try await TestSite.with(checker: SenderChecker(resolver: resolver, finder: { .treeWalk })) { site in
                var options = site.reception.options
                let trusted = try ["list.example", "other.example"].map { try #require(DNSName($0)) }
                options.senderPolicy = SenderPolicy(usual: .reject, trustedSealers: Set(trusted))
                site.reception.reconfigure(options)
                var message = Array("From: x@bad.example\r\nSubject: hello\r\n\r\ntext\r\n".utf8)
                for sealer in sealers { message = try await Self.handedOn(message, by: sealer, resolver) }
                let found = try await Self.verify(message, resolver)
                #expect(found.verdict == (sealers.isEmpty ? .none : .pass) && found.instances == sealers.count)
                let answer = try await site.send(
                    String(decoding: message, as: UTF8.self),
                    to: ["alice"],
                    sender: EmailAddress(localPart: "x", domain: Domain("bad.example"))
                )
                guard case .whole(let reply) = answer else { throw TestSite.Missing(what: "a reply") }
                #expect(reply.isCompletion == isExcused, "\(reply)")
            }
        }
    }
}
