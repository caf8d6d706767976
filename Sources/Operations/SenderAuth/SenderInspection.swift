internal import MIME
package import MailTypes
package import Resolver
internal import SenderAuth

/// Checks whether a message's sender is who it seems to be, one method or all, and says why.
///
/// Each check opens a resolver of its own, asks what it needs at once, and takes no longer than the resolver's limits
/// allow one message.
package struct SenderInspection: Sendable {
    package var resolver: ResolverOptions
    package var now: Instant
    /// Our own name, for SPF's explanations.
    package var receiver = "localhost"
    /// A file of public suffixes by which organisations are told apart; without one, by walking up the DNS.
    /// RFC 7489 §3.2, RFC 9989 §4.10.
    package var publicSuffixList: String?

    package init(resolver: ResolverOptions, now: Instant) {
        self.resolver = resolver
        self.now = now
    }

    /// Whether the client may send for MAIL FROM's domain; for the null sender, for the HELO name. RFC 7208.
    package func spf(_ claim: SenderClaim) async throws(OperationError) -> SenderReport {
        let request = SPFRequest(
            client: claim.client,
            helo: claim.helo,
            mailFrom: claim.mailFrom,
            receiver: self.receiver,
            now: self.now
        )
        let result = try await self.withResolver { resolver, budget in
            var check = SPFCheck(request)
            await resolver.carryThrough(check.begin(), budget: budget) { check.answered($1) }
            return check.result
        }
        guard let result else { throw OperationError("SPF came to no end") }
        return SenderReport(result, mailFrom: claim.mailFrom)
    }

    /// - Parameter message: lines ending in CRLF, as the others are.
    package func dkim(_ message: [UInt8]) async throws(OperationError) -> SenderReport {
        let verifier = DKIMVerifier(header: message.span, now: self.now)
        let bodies = Self.hash(message, verifier.bodyRequests)
        let (results, ignored) = try await self.withResolver { resolver, budget in
            var verifier = verifier
            await resolver.carryThrough(verifier.questions, budget: budget) { question, outcome in
                verifier.answered(question, outcome)
                return []
            }
            return (verifier.results(bodies: bodies), verifier.ignoredSignatures)
        }
        return SenderReport(results, ignored: ignored)
    }

    package func arc(_ message: [UInt8]) async throws(OperationError) -> SenderReport {
        let verifier = ARCVerifier(header: message.span, now: self.now)
        let bodies = Self.hash(message, verifier.bodyRequests)
        let result = try await self.withResolver { resolver, budget in
            var verifier = verifier
            await resolver.carryThrough(verifier.questions, budget: budget) { question, outcome in
                verifier.answered(question, outcome)
                return []
            }
            return verifier.result(bodies: bodies)
        }
        return SenderReport(result)
    }

    package func dmarc(_ message: [UInt8], _ claim: SenderClaim) async throws(OperationError) -> SenderReport {
        SenderReport(dmarcOf: try await self.check(message, claim))
    }

    /// SPF, DKIM, DMARC and ARC together; DMARC's verdict is the whole one.
    package func all(_ message: [UInt8], _ claim: SenderClaim) async throws(OperationError) -> SenderReport {
        SenderReport(allOf: try await self.check(message, claim), host: self.receiver)
    }

    private func check(
        _ message: [UInt8],
        _ claim: SenderClaim
    ) async throws(OperationError) -> SenderAuthenticationResult {
        let request = SenderAuthenticationRequest(
            client: claim.client,
            helo: claim.helo,
            mailFrom: claim.mailFrom,
            receiver: self.receiver,
            now: self.now,
            finder: try self.finder()
        )
        return try await self.withResolver { resolver, budget in
            var check = SenderAuthentication(header: message.span, request)
            let first = check.begin()
            if check.wantsBody {
                check.bodyReceived(message.span.extracting(droppingFirst: HeaderScanner.headerOctets(of: message.span)))
            }
            await resolver.carryThrough(first, budget: budget) { check.answered($0, $1) }
            return check.result()
        }
    }

    /// Octets of a list of public suffixes; Debian's has 300 KiB.
    private static let publicSuffixOctetsMax = 16 << 20

    private func finder() throws(OperationError) -> OrganizationFinder {
        guard let publicSuffixList else { return .treeWalk }
        let text = try InputFile.octets(publicSuffixList, max: Self.publicSuffixOctetsMax)
        return .publicSuffixList(PublicSuffixList(text))
    }

    private func withResolver<R>(
        _ body: (Resolver, QueryBudget) async -> R
    ) async throws(OperationError) -> R {
        let resolver: Resolver
        do throws(ResolverError) {
            resolver = try Resolver.open(self.resolver)
        } catch {
            throw OperationError("the DNS cannot be asked: \(error)")
        }
        defer { resolver.close() }
        return await body(resolver, QueryBudget(self.resolver.limits))
    }

    private static func hash(_ message: [UInt8], _ requests: [BodyHashRequest]) -> [BodyHashRequest: BodyHash] {
        var hasher = BodyHasher(requests)
        hasher.update(message.span.extracting(droppingFirst: HeaderScanner.headerOctets(of: message.span)))
        return hasher.finish()
    }
}

/// SPF as a check whose questions, of which there is one at a time, are to be carried through.
private struct SPFCheck {
    private var evaluator: SPFEvaluator
    private(set) var result: SPFResult?

    init(_ request: SPFRequest) {
        self.evaluator = SPFEvaluator(request)
    }

    mutating func begin() -> [DNSQuestion] { self.perform(self.evaluator.begin()) }

    mutating func answered(_ outcome: DNSOutcome) -> [DNSQuestion] { self.perform(self.evaluator.answered(outcome)) }

    private mutating func perform(_ action: SPFAction) -> [DNSQuestion] {
        switch action {
        case .ask(let question): return [question]
        case .finished(let result):
            self.result = result
            return []
        }
    }
}
