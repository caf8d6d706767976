import MailTesting
import MailTypes
import Resolver
import Testing

@Suite("a domain's mail hosts")
struct MXPlanTests {
    private static func answer(_ hosts: [(UInt16, DNSName)], _ security: DNSSecurity = .insecure) -> DNSOutcome {
        .success(DNSAnswer(hosts.map { .mx(preference: $0.0, exchange: $0.1) }, security: security))
    }

    private func plan(
        _ answer: DNSOutcome,
        ours: Set<DNSName> = ["us.example"],
        limits: ResolverLimits = .init(),
        seed: UInt64 = 1
    ) throws(MXPlan.Problem) -> MXPlan {
        var generator = SeededGenerator(seed: seed)
        return try MXPlan(domain: "d.example", answer: answer, ours: ours, limits: limits, using: &generator)
    }

    @Test("the lower the preference the sooner, and equal ones come in every order")
    func order() throws {
        let answer = Self.answer([(20, "c.example"), (10, "a.example"), (10, "b.example"), (30, "e.example")])
        var orders: [[DNSName]: Int] = [:]
        for seed in 0..<1_000 { orders[try self.plan(answer, seed: UInt64(seed)).hosts, default: 0] += 1 }
        #expect(orders.count == 2)
        #expect(orders.keys.allSatisfy { $0.suffix(2) == ["c.example", "e.example"] })
        #expect(orders.values.allSatisfy { $0 > 400 })
    }

    @Test("a host named twice is tried once, where it is preferred")
    func duplicates() throws {
        let answer = Self.answer([(30, "a.example"), (10, "a.example"), (20, "b.example")])
        #expect(try self.plan(answer).hosts == ["a.example", "b.example"])
    }

    @Test("without MX the domain is its own host")
    func implicit() throws {
        let plan = try self.plan(.failure(.noData))
        #expect(plan.hosts == ["d.example"])
        #expect(plan.isImplicit)
        #expect(try !self.plan(Self.answer([(1, "a.example")])).isImplicit)
    }

    @Test("a null MX says that no mail is taken, but not beside other hosts")
    func nullMX() throws {
        #expect(throws: MXPlan.Problem.takesNoMail) { try self.plan(Self.answer([(0, .root)])) }
        #expect(throws: MXPlan.Problem.takesNoMail) { try self.plan(Self.answer([(10, .root)])) }
        #expect(try self.plan(Self.answer([(0, .root), (10, "a.example")])).hosts == ["a.example"])
    }

    @Test("a domain that does not exist gets its mail back, doubt makes it wait")
    func failures() throws {
        #expect(throws: MXPlan.Problem.noSuchDomain) { try self.plan(.failure(.nxdomain)) }
        #expect(throws: MXPlan.Problem.later(reason: "x")) { try self.plan(.failure(.temporary(reason: "x"))) }
        #expect(throws: MXPlan.Problem.later(reason: "x")) { try self.plan(.failure(.bogus(reason: "x"))) }
        #expect(MXPlan.Problem.noSuchDomain.isPermanent)
        #expect(!MXPlan.Problem.later(reason: "x").isPermanent)
    }

    @Test("a backup host gives mail only to hosts preferred to itself")
    func backup() throws {
        let answer = Self.answer([(5, "a.example"), (10, "us.example"), (10, "b.example"), (20, "c.example")])
        #expect(try self.plan(answer).hosts == ["a.example"])
        #expect(try self.plan(answer, ours: []).hosts.count == 4)
        let several: Set<DNSName> = ["us.example", "c.example"]
        #expect(try self.plan(answer, ours: several).hosts == ["a.example"])
    }

    @Test("mail for a domain whose best host we are, or whose own host, goes in a circle")
    func loop() {
        #expect(throws: MXPlan.Problem.loop) {
            try self.plan(Self.answer([(10, "us.example"), (20, "b.example")]))
        }
        #expect(throws: MXPlan.Problem.loop) { try self.plan(.failure(.noData), ours: ["d.example"]) }
    }

    @Test("no more hosts are tried than the limit says, the preferred ones")
    func hostsMax() throws {
        var limits = ResolverLimits()
        limits.mailHostsMax = 2
        let answer = Self.answer([(30, "c.example"), (10, "a.example"), (20, "b.example")])
        #expect(try self.plan(answer, limits: limits).hosts == ["a.example", "b.example"])
    }

    @Test("the choice of hosts is as secure as the answer")
    func security() throws {
        #expect(try self.plan(Self.answer([(1, "a.example")], .secure)).security == .secure)
        #expect(try self.plan(Self.answer([(1, "a.example")])).security == .insecure)
    }

    private static let four: IPAddress = "192.0.2.1"
    private static let six: IPAddress = "2001:db8::1"

    private func plan(_ hosts: DNSName...) throws -> MXPlan {
        try self.plan(Self.answer(hosts.enumerated().map { (UInt16($0.offset), $0.element) }))
    }

    private static func addresses(_ addresses: IPAddress..., security: DNSSecurity = .insecure) -> DNSOutcome {
        .success(DNSAnswer(addresses.map { .address($0) }, security: security))
    }

    @Test("each host is tried at its addresses, IPv6 first, and who has none is left out")
    func addresses() throws {
        let hosts = try self.plan("a.example", "b.example", "c.example").reachableHosts([
            DNSQuestion("a.example", .a): Self.addresses(Self.four),
            DNSQuestion("a.example", .aaaa): Self.addresses(Self.six),
            DNSQuestion("b.example", .a): .failure(.nxdomain),
            DNSQuestion("b.example", .aaaa): .failure(.noData),
            DNSQuestion("c.example", .a): Self.addresses(Self.four, Self.four),
        ])
        #expect(hosts.map(\.name) == ["a.example", "c.example"])
        #expect(hosts.map(\.addresses) == [[Self.six, Self.four], [Self.four]])
    }

    @Test("a host whose address is in doubt is passed over while another has one")
    func doubt() throws {
        let answers: [DNSQuestion: DNSOutcome] = [
            DNSQuestion("a.example", .a): .failure(.temporary(reason: "silence")),
            DNSQuestion("b.example", .a): Self.addresses(Self.four),
        ]
        #expect(try self.plan("a.example", "b.example").reachableHosts(answers).map(\.name) == ["b.example"])
        #expect(throws: MXPlan.Problem.later(reason: "silence")) {
            try self.plan("a.example", "c.example").reachableHosts(answers)
        }
        let bogus = [DNSQuestion("a.example", .a): DNSOutcome.failure(.bogus(reason: "forged"))]
        #expect(throws: MXPlan.Problem.later(reason: "forged")) { try self.plan("a.example").reachableHosts(bogus) }
    }

    @Test("hosts that certainly have no address make the mail undeliverable")
    func noAddress() {
        let answers: [DNSQuestion: DNSOutcome] = [
            DNSQuestion("a.example", .a): .failure(.nxdomain), DNSQuestion("a.example", .aaaa): .failure(.noData),
        ]
        #expect(throws: MXPlan.Problem.noAddress) { try self.plan("a.example").reachableHosts(answers) }
    }

    @Test("a host is secure when all its addresses are")
    func addressSecurity() throws {
        let secure = Self.addresses(Self.four, security: .secure)
        let (a, aaaa) = (DNSQuestion("a.example", .a), DNSQuestion("a.example", .aaaa))
        #expect(try self.plan("a.example").reachableHosts([a: secure]).first?.security == .secure)
        let mixed = [a: secure, aaaa: Self.addresses(Self.six)]
        #expect(try self.plan("a.example").reachableHosts(mixed).first?.security == .insecure)
    }

    @Test("no more addresses are tried than the limit says, and of both kinds")
    func addressesMax() throws {
        var limits = ResolverLimits()
        limits.hostAddressesMax = 3
        let sixes = (1...9).map { IPAddress(stringLiteral: "2001:db8::\($0)") }
        let answers: [DNSQuestion: DNSOutcome] = [
            DNSQuestion("a.example", .aaaa): .success(DNSAnswer(sixes.map { .address($0) })),
            DNSQuestion("a.example", .a): Self.addresses(Self.four),
        ]
        let hosts = try self.plan("a.example").reachableHosts(answers, limits: limits)
        #expect(hosts.first?.addresses == Array(sixes.prefix(2)) + [Self.four])
    }
}
