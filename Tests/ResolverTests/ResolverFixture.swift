import MailTesting
import MailTypes
import Resolver
import Testing

/// A resolver that asks one name server on loopback for its zones; it trusts the keys of the signed ones unless the
/// options say otherwise.
func withResolver<R>(
    _ zones: [TestZone],
    _ options: ResolverOptions = .init(),
    _ body: (Resolver, DNSTestServer) async throws -> R
) async throws -> R {
    try await DNSTestServer.with(zones) { server in
        var options = options
        options.stubZones = server.stubs(zones)
        // A test that loses the processor for seconds still wants the answer.
        let usual = ResolverLimits().questionTime
        if options.limits.questionTime == usual { options.limits.questionTime = .seconds(3_600) }
        if options.trustAnchors == .system {
            options.trustAnchors = server.anchors.isEmpty ? .none : .records(server.anchors.values.sorted())
        }
        let resolver = try Resolver.open(options)
        defer { resolver.close() }
        return try await body(resolver, server)
    }
}

extension ResolverOptions {
    static func with(_ change: (inout ResolverOptions) -> Void) -> Self {
        var options = Self()
        change(&options)
        return options
    }
}

extension DNSName: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) {
        guard let name = Self(text) else { preconditionFailure("\(text) is no name") }
        self = name
    }
}

extension IPAddress: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) {
        guard let address = Self(text) else { preconditionFailure("\(text) is no address") }
        self = address
    }
}

extension DNSTestServer {
    var address: DNSServerAddress { DNSServerAddress("127.0.0.1", port: self.port) }

    /// Each zone of its own: the zones' NS records lead to the right host, but cannot name its port.
    func stubs(_ zones: [TestZone]) -> [ResolverOptions.StubZone] {
        zones.map { .init(DNSName(stringLiteral: $0.name), servers: [self.address]) }
    }
}

extension Resolver {
    func resolve(_ name: String, _ type: DNSRecordType) async -> DNSOutcome {
        await self.resolve(DNSQuestion(DNSName(stringLiteral: name), type))
    }
}

extension DNSOutcome {
    /// For expectations: what went wrong without its words.
    enum Kind: Hashable { case secure, insecure, nxdomain, noData, temporary, bogus }

    var kind: Kind {
        switch self {
        case .success(let answer): answer.security == .secure ? .secure : .insecure
        case .failure(.nxdomain): .nxdomain
        case .failure(.noData): .noData
        case .failure(.temporary): .temporary
        case .failure(.bogus): .bogus
        }
    }

    var reason: String? {
        switch self {
        case .failure(.temporary(let reason)), .failure(.bogus(let reason)): reason
        default: nil
        }
    }

    var records: [DNSRecord] { (try? self.get().records) ?? [] }
}

/// Expects an outcome of that kind and shows what came instead.
func expect(
    _ outcome: DNSOutcome,
    is kind: DNSOutcome.Kind,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(outcome.kind == kind, "\(outcome)", sourceLocation: sourceLocation)
}
