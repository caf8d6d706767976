import MailTesting
import MailTypes
import Resolver
import Testing

@Suite("answers of the DNS", .timeLimit(.minutes(10)))
struct ResolverAnswerTests {
    private static let zone = TestZone(
        "open.example",
        """
        a A 192.0.2.1
        a A 192.0.2.2
        six AAAA 2001:db8::25
        @ MX 20 mx2
        @ MX 10 mx1
        @ MX 10 mx3.other.example.
        nomail MX 0 .
        strings TXT "v=DKIM1; k=rsa; " "p=MIIB" "" "IjAN"
        several TXT "first"
        several TXT "second"
        big TXT \(Array(repeating: "\"\(String(repeating: "x", count: 250))\"", count: 40).joined(separator: " "))
        _25._tcp.mx1 TLSA 3 1 1 0c72ac70b745ac19998811b131d662c9ac69dbdbe7cb23e5b514b56664c5d3d6
        1.2.0.192.rev PTR Host.Open.Example.
        xn--bcher-kva MX 5 xn--mx-bcher-65a
        *.wild TXT "anything"
        @ TXT "apex"
        short 2 TXT "short"
        empty.below TXT "x"
        """
    )

    private static let questions: [(String, DNSRecordType, [DNSRecord])] = [
        ("a", .a, [.address("192.0.2.1"), .address("192.0.2.2")]),
        ("A", .a, [.address("192.0.2.1"), .address("192.0.2.2")]),
        ("six", .aaaa, [.address("2001:db8::25")]),
        ("nomail", .mx, [.mx(preference: 0, exchange: .root)]),
        ("strings", .txt, [.txt(Array("v=DKIM1; k=rsa; p=MIIBIjAN".utf8))]),
        ("several", .txt, [.txt(Array("first".utf8)), .txt(Array("second".utf8))]),
        ("1.2.0.192.rev", .ptr, [.ptr("host.open.example")]),
        (
            "xn--bcher-kva", .mx,
            [.mx(preference: 5, exchange: "xn--mx-bcher-65a.open.example")]
        ),
        ("any.thing.wild", .txt, [.txt(Array("anything".utf8))]),
    ]

    @Test("each kind of record is found, and its security is that of an unsigned zone")
    func kinds() async throws {
        try await withResolver([Self.zone]) { resolver, _ in
            for (name, type, records) in Self.questions {
                let outcome = await resolver.resolve("\(name).open.example", type)
                #expect(outcome.kind == .insecure, "\(name): \(outcome)")
                #expect(Set(outcome.records) == Set(records), "\(name)")
                let answer = try outcome.get()
                #expect(answer.canonicalName == nil)
                #expect((200...300).contains(answer.timeToLive))
            }
        }
    }

    @Test("a domain's mail hosts come with their preferences")
    func mailHosts() async throws {
        try await withResolver([Self.zone]) { resolver, _ in
            let records = await resolver.resolve("open.example", .mx).records
            let expected: Set<DNSRecord> = [
                .mx(preference: 10, exchange: "mx1.open.example"),
                .mx(preference: 10, exchange: "mx3.other.example"),
                .mx(preference: 20, exchange: "mx2.open.example"),
            ]
            #expect(Set(records) == expected)
        }
    }

    @Test("a certificate association is found")
    func certificate() async throws {
        try await withResolver([Self.zone]) { resolver, _ in
            guard
                case .tlsa(3, 1, 1, let data) = await resolver.resolve("_25._tcp.mx1.open.example", .tlsa).records.first
            else {
                Issue.record("no TLSA record")
                return
            }
            #expect(data.count == 32)
            #expect(data.first == 0x0C)
        }
    }

    @Test("an answer too large for a datagram is fetched by TCP, all of it")
    func truncated() async throws {
        try await withResolver([Self.zone]) { resolver, _ in
            let records = await resolver.resolve("big.open.example", .txt).records
            #expect(records == [.txt([UInt8](repeating: 0x78, count: 10_000))])
        }
    }

    @Test("a name that does not exist and a kind that a name does not have are told apart")
    func absence() async throws {
        try await withResolver([Self.zone]) { resolver, _ in
            #expect(await resolver.resolve("nobody.open.example", .a) == .failure(.nxdomain))
            #expect(await resolver.resolve("a.open.example", .aaaa) == .failure(.noData))
            #expect(await resolver.resolve("below.open.example", .txt) == .failure(.noData))
            // Asked again, from the cache.
            #expect(await resolver.resolve("nobody.open.example", .a) == .failure(.nxdomain))
            #expect(await resolver.resolve("a.open.example", .aaaa) == .failure(.noData))
        }
    }

    @Test("what the cache knows is answered when the server is gone, until its time to live is over")
    func cached() async throws {
        try await withResolver([Self.zone], .with { $0.limits.questionTime = .milliseconds(300) }) {
            resolver,
            server in
            #expect(await resolver.resolve("a.open.example", .a).records.count == 2)
            #expect(await resolver.resolve("nobody.open.example", .a) == .failure(.nxdomain))
            #expect(await resolver.resolve("short.open.example", .txt).records.count == 1)
            server.stop()
            #expect(await resolver.resolve("a.open.example", .a).records.count == 2)
            #expect(await resolver.resolve("nobody.open.example", .a) == .failure(.nxdomain))
            // The library counts whole seconds, so that two of them may last nearly three.
            try await Task.sleep(for: .milliseconds(3_100))
            expect(await resolver.resolve("short.open.example", .txt), is: .temporary)
        }
    }
}
