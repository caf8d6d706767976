import MailTesting
import MailTypes
import Resolver
import Testing

@Suite("aliases in the DNS", .timeLimit(.minutes(10)))
struct ResolverAliasTests {
    /// `c0` leads over `count` aliases to a name with an address, each alias in the same zone.
    private static func chain(_ count: Int) -> TestZone {
        let aliases = (0..<count).map { "c\($0) CNAME c\($0 + 1)" }.joined(separator: "\n")
        return TestZone("open.example", "\(aliases)\nc\(count) A 192.0.2.7\nc\(count) TXT \"end\"")
    }

    @Test("an alias is followed and where it led is told")
    func followed() async throws {
        try await withResolver([Self.chain(3)]) { resolver, _ in
            let answer = try await resolver.resolve("c0.open.example", .txt).get()
            #expect(answer.records == [.txt(Array("end".utf8))])
            #expect(answer.canonicalName == DNSName("c3.open.example"))
        }
    }

    @Test("an alias itself can be asked for")
    func alias() async throws {
        try await withResolver([Self.chain(3)]) { resolver, _ in
            let answer = try await resolver.resolve("c0.open.example", .cname).get()
            #expect(answer.records == [.cname("c1.open.example")])
            #expect(answer.canonicalName == nil)
        }
    }

    @Test("an alias into another zone is followed")
    func acrossZones() async throws {
        let zones = [TestZone("one.example", "a CNAME b.two.example."), TestZone("two.example", "b A 192.0.2.8")]
        try await withResolver(zones) { resolver, _ in
            let answer = try await resolver.resolve("a.one.example", .a).get()
            #expect(answer.records == [.address("192.0.2.8")])
            #expect(answer.canonicalName == DNSName("b.two.example"))
        }
    }

    @Test("the longest chain is followed, one alias more is not, and is no absence")
    func longest() async throws {
        let longest = ResolverLimits().aliasesMax
        try await withResolver([Self.chain(longest)]) { resolver, _ in
            expect(await resolver.resolve("c0.open.example", .a), is: .insecure)
        }
        try await withResolver([Self.chain(longest + 1)]) { resolver, _ in
            expect(await resolver.resolve("c0.open.example", .a), is: .temporary)
        }
    }

    @Test("the bound on aliases can be set lower and is named when it is met")
    func bound() async throws {
        try await withResolver([Self.chain(3)], .with { $0.limits.aliasesMax = 2 }) { resolver, _ in
            #expect(
                await resolver.resolve("c0.open.example", .a)
                    == .failure(.temporary(reason: "more than 2 aliases lead on from c0.open.example"))
            )
            expect(await resolver.resolve("c1.open.example", .a), is: .insecure)
        }
    }

    @Test("aliases in a circle are a failure for now, not an absence")
    func circle() async throws {
        let zones = [
            TestZone("open.example", "a CNAME b\nb CNAME a\nself CNAME self"),
            TestZone("one.example", "a CNAME a.two.example."), TestZone("two.example", "a CNAME a.one.example."),
        ]
        try await withResolver(zones) { resolver, _ in
            for name in ["a.open.example", "self.open.example", "a.one.example"] {
                let outcome = await resolver.resolve(name, .a)
                #expect(outcome.kind == .temporary, "\(name): \(outcome)")
            }
        }
    }

    @Test("an alias to nothing says that there is nothing")
    func dangling() async throws {
        let zone = TestZone("open.example", "a CNAME nobody\nb CNAME c\nc TXT \"x\"")
        try await withResolver([zone]) { resolver, _ in
            #expect(await resolver.resolve("a.open.example", .a) == .failure(.nxdomain))
            #expect(await resolver.resolve("b.open.example", .a) == .failure(.noData))
        }
    }

    @Test("an alias that leads to what is no host's name is a failure for now")
    func unprintable() async throws {
        let zone = TestZone("open.example", #"a CNAME b\000c"# + "\n" + #"b\000c A 192.0.2.1"#)
        try await withResolver([zone]) { resolver, _ in
            expect(await resolver.resolve("a.open.example", .a), is: .temporary)
            expect(await resolver.resolve("a.open.example", .cname), is: .temporary)
        }
    }
}
