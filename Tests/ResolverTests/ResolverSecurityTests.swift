import MailTesting
import MailTypes
import Resolver
import Testing

/// Lesson L14: whatever a forger does, the answer is never "no such record".
@Suite("signatures in the DNS", .timeLimit(.minutes(10)))
struct ResolverSecurityTests {
    private static let signed = TestZone(
        "signed.example",
        """
        a A 192.0.2.1
        a TXT "text"
        out CNAME a.open.example.
        in CNAME a
        bare NS ns.bare
        ns.bare A 127.0.0.1
        child NS ns.child
        ns.child A 127.0.0.1
        stale NS ns.stale
        ns.stale A 127.0.0.1
        """,
        .signed
    )
    private static let open = TestZone("open.example", "a A 192.0.2.2\nin CNAME a.signed.example.")
    private static let child = TestZone("child.signed.example", "a A 192.0.2.3", .signed)
    private static let bare = TestZone("bare.signed.example", "a A 192.0.2.4")
    private static let stale = TestZone("stale.signed.example", "a A 192.0.2.5", .expired)
    private static let zones = [Self.signed, Self.open, Self.child, Self.bare, Self.stale]

    /// The anchor is that of the uppermost zone alone; those below are vouched for.
    private func withSigned(
        _ zones: [TestZone] = Self.zones,
        _ options: ResolverOptions = .init(),
        _ body: (Resolver) async throws -> Void
    ) async throws {
        try await DNSTestServer.with(zones) { server in
            var options = options
            options.stubZones = server.stubs(zones)
            if options.trustAnchors == .system {
                options.trustAnchors = .records([try #require(server.anchors["signed.example"])])
            }
            let resolver = try Resolver.open(options)
            defer { resolver.close() }
            try await body(resolver)
        }
    }

    @Test("what is signed down from the anchor is secure, what is provenly unsigned or has no anchor is insecure")
    func verdicts() async throws {
        try await self.withSigned { resolver in
            expect(await resolver.resolve("a.signed.example", .a), is: .secure)
            expect(await resolver.resolve("a.signed.example", .txt), is: .secure)
            expect(await resolver.resolve("in.signed.example", .a), is: .secure)
            expect(await resolver.resolve("a.child.signed.example", .a), is: .secure)
            expect(await resolver.resolve("a.bare.signed.example", .a), is: .insecure)
            expect(await resolver.resolve("a.open.example", .a), is: .insecure)
        }
    }

    @Test("an answer from the cache is as secure as it was")
    func cached() async throws {
        try await self.withSigned { resolver in
            _ = await resolver.resolve("a.signed.example", .a)
            expect(await resolver.resolve("a.signed.example", .a), is: .secure)
        }
    }

    @Test("an alias over an unsigned zone makes the answer insecure, whichever end is signed")
    func aliases() async throws {
        try await self.withSigned { resolver in
            expect(await resolver.resolve("out.signed.example", .a), is: .insecure)
            expect(await resolver.resolve("in.open.example", .a), is: .insecure)
        }
    }

    @Test("signed absence is absence")
    func absence() async throws {
        try await self.withSigned { resolver in
            #expect(await resolver.resolve("nobody.signed.example", .a) == .failure(.nxdomain))
            #expect(await resolver.resolve("a.signed.example", .mx) == .failure(.noData))
            #expect(await resolver.resolve("nobody.child.signed.example", .a) == .failure(.nxdomain))
        }
    }

    @Test("signatures that have run out are bogus, and so is absence they should prove")
    func expired() async throws {
        try await self.withSigned { resolver in
            let outcome = await resolver.resolve("a.stale.signed.example", .a)
            expect(outcome, is: .bogus)
            #expect(outcome.reason?.isEmpty == false)
            expect(await resolver.resolve("nobody.stale.signed.example", .a), is: .bogus)
            expect(await resolver.resolve("a.stale.signed.example", .tlsa), is: .bogus)
        }
    }

    /// What a forger does to the zone file of `signed.example`.
    private static let forgeries: [(String, @Sendable (String) -> String)] = [
        ("another address", { $0.replacing("192.0.2.1", with: "192.0.2.66") }),
        ("no signatures", { Self.without("\tRRSIG\t", in: $0) }),
        ("no keys", { Self.without("\tDNSKEY\t", in: $0) }),
        (
            "no record, and no proof of that",
            { Self.without("a.signed.example.\t", in: Self.without("\tNSEC\t", in: $0)) }
        ),
        ("no record, with the old proofs", { Self.without("a.signed.example.\t", in: $0) }),
    ]

    @Test(
        "whatever is changed in a signed zone, no answer says that there is no record",
        arguments: Self.forgeries.map(\.0)
    )
    func forged(_ name: String) async throws {
        let forgery = try #require(Self.forgeries.first { $0.0 == name })
        var zone = Self.signed
        zone.alteration = forgery.1
        try await self.withSigned([zone, Self.open, Self.bare]) { resolver in
            let outcome = await resolver.resolve("a.signed.example", .a)
            expect(outcome, is: .bogus)
            // Asked again: the library remembers, and we do not forget.
            expect(await resolver.resolve("a.signed.example", .a), is: .bogus)
            expect(await resolver.resolve("a.open.example", .a), is: .insecure)
        }
    }

    @Test("a forged absence in a signed zone is bogus, and never cached as absence")
    func forgedAbsence() async throws {
        var zone = Self.signed
        zone.alteration = { Self.without("\tNSEC\t", in: $0) }
        try await self.withSigned([zone]) { resolver in
            for _ in 0..<2 {
                let outcomes = [
                    await resolver.resolve("nobody.signed.example", .a),
                    await resolver.resolve("_25._tcp.a.signed.example", .tlsa),
                    await resolver.resolve("a.signed.example", .mx),
                ]
                for outcome in outcomes {
                    expect(outcome, is: .bogus)
                }
            }
        }
    }

    @Test("a key that is not the anchor's makes all below it bogus")
    func otherAnchor() async throws {
        let anchor =
            "signed.example. IN DS 12345 13 2 0000000000000000000000000000000000000000000000000000000000000000"
        try await self.withSigned(Self.zones, .with { $0.trustAnchors = .records([anchor]) }) { resolver in
            expect(await resolver.resolve("a.signed.example", .a), is: .bogus)
            expect(await resolver.resolve("nobody.signed.example", .a), is: .bogus)
        }
    }

    @Test("a zone that is declared unsigned needs no signatures")
    func unsignedZones() async throws {
        try await self.withSigned(Self.zones, .with { $0.unsignedZones = ["stale.signed.example"] }) { resolver in
            expect(await resolver.resolve("a.stale.signed.example", .a), is: .insecure)
            expect(await resolver.resolve("a.signed.example", .a), is: .secure)
        }
    }

    @Test("without anchors nothing is checked: no answer is secure and none is bogus")
    func unchecked() async throws {
        try await self.withSigned(Self.zones, .with { $0.trustAnchors = .none }) { resolver in
            expect(await resolver.resolve("a.signed.example", .a), is: .insecure)
            expect(await resolver.resolve("a.stale.signed.example", .a), is: .insecure)
        }
    }

    @Test("the reason of a failure is printable and bounded")
    func reason() async throws {
        let name = String(repeating: "x", count: 60)
        try await self.withSigned(Self.zones, .with { $0.limits.reasonOctetsMax = 40 }) { resolver in
            let outcome = await resolver.resolve("\(name).stale.signed.example", .a)
            let reason = try #require(outcome.reason)
            #expect(reason.utf8.count <= 40)
            #expect(reason.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
        }
    }

    private static func without(_ word: String, in text: String) -> String {
        text.split(separator: "\n").filter { !$0.contains(word) }.joined(separator: "\n") + "\n"
    }
}
