import MailTesting
import MailTypes
import Resolver
import SenderAuth
import Testing

@testable import Operations

let fixedTime = Instant(secondsSince1970: 1_784_000_000)

/// An author's message whose lines end in CRLF.
let authorsMessage = Array(
    """
    From: Alice <alice@example.org>
    To: bob@example.net
    Subject: Hello
    Date: Tue, 14 Jul 2026 03:33:20 +0000
    Message-ID: <1@example.org>

    Hi Bob.

    """.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8
)

/// A key that signs as `s1._domainkey.example.org`, which the zone publishes.
struct Author {
    let key = DKIMPrivateKey.makeEd25519()

    var signing: DKIMSigning { DKIMSigning(domain: "example.org", selector: "s1", key: Secret(self.key.pem)) }

    func sign(_ message: [UInt8] = authorsMessage) throws -> [UInt8] {
        try self.signing.field(for: message, now: fixedTime) + message
    }

    /// With a first ARC set before the message.
    func seal(_ message: [UInt8]) throws -> [UInt8] {
        let domain = try #require(DNSName("example.org"))
        let selector = try #require(DNSName("s1"))
        let sealer = ARCSealer(DKIMSigningOptions(domain: domain, selector: selector, key: self.key))
        let body = try #require(message.firstRange(of: Array("\r\n\r\n".utf8))).upperBound
        var hasher = BodyHasher([sealer.bodyRequest])
        hasher.update(message.span.extracting(droppingFirst: body))
        let set = try sealer.fields(
            header: message.span,
            bodyHash: #require(hasher.finish()[sealer.bodyRequest]?.octets),
            results: AuthenticationResults(host: "mx.example.org", results: []),
            chain: ARCVerifier(header: message.span, now: fixedTime).result(bodies: [:]),
            now: fixedTime
        )
        return try #require(set) + message
    }

    /// - Parameter policy: the TXT records of the author's domain, in a zone file's words.
    func zone(_ policy: String = "@ TXT \"v=spf1 ip4:192.0.2.1 -all\"\n_dmarc TXT \"v=DMARC1; p=reject\"") -> TestZone {
        TestZone("example.org", "s1._domainkey TXT \"\(self.key.recordText)\"\n\(policy)")
    }
}

/// Asks a real name server that knows these zones and below `org` nothing else.
func withInspection<R>(
    _ zones: [TestZone],
    _ body: (SenderInspection) async throws -> R
) async throws -> R {
    try await DNSTestServer.with(zones + [TestZone("org", ""), TestZone("net", "")]) { server in
        let address = try #require(IPAddress("127.0.0.1"))
        var resolver = ResolverOptions.asking(DNSServerAddress(address, port: server.port))
        // A machine that is busy with other tests must not decide what is found.
        resolver.limits.questionTime = .seconds(3_600)
        resolver.limits.messageTime = .seconds(3_600)
        return try await body(SenderInspection(resolver: resolver, now: fixedTime))
    }
}

func claim(
    _ client: String = "192.0.2.1",
    helo: String? = "mail.example.org",
    _ mailFrom: String = "alice@example.org"
) throws -> SenderClaim {
    try SenderClaim(client: client, helo: helo, mailFrom: mailFrom)
}
