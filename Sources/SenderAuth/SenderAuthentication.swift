package import MailTypes

/// What checking a message's sender needs to know besides the message.
package struct SenderAuthenticationRequest: Sendable {
    package var client: IPAddress
    package var helo: String
    /// `nil` for the null reverse path.
    package var mailFrom: EmailAddress?
    /// Our own name.
    package var receiver: String
    package var now: Instant
    package var finder: OrganizationFinder
    package var dkimPolicy = DKIMPolicy()
    /// Whether the HELO name is checked by SPF for itself too. RFC 7208 §2.3.
    package var checksHELO = true
    /// 0 to 99, drawn for this message, for pct=.
    package var sample = 0

    package init(
        client: IPAddress,
        helo: String,
        mailFrom: EmailAddress?,
        receiver: String,
        now: Instant,
        finder: OrganizationFinder
    ) {
        self.client = client
        self.helo = helo
        self.mailFrom = mailFrom
        self.receiver = receiver
        self.now = now
        self.finder = finder
    }
}

/// Checks a message's sender by SPF, DKIM, ARC and DMARC together.
///
/// It asks as much as it can at once and takes the body as it comes; answers and body may come in any order:
///
///     var check = SenderAuthentication(header: message, request)
///     var questions = check.begin()                 // ask them all at once
///     check.bodyReceived(piece) …                   // meanwhile
///     questions = check.answered(question, outcome) // more to ask, as each answer comes
///     if check.isWaiting == false { let result = check.result() }
///
/// Questions never come twice, whichever of the checks wants them.
package struct SenderAuthentication: Sendable {
    /// Who wants an answer.
    private enum Check: Hashable, Sendable {
        case spfHELO
        case spfMailFrom
        case dkim
        case arc
        case dmarc(Int)
    }

    private let request: SenderAuthenticationRequest
    private let authors: AuthorDomains
    private var spf: [Check: SPFEvaluator] = [:]
    private var spfResults: [Check: SPFResult] = [:]
    private var dkim: DKIMVerifier
    private var arc: ARCVerifier
    private var dmarc: [DMARCEvaluator] = []
    private var hasher: BodyHasher
    private var waiting: [DNSQuestion: [Check]] = [:]
    private var answers: [DNSQuestion: DNSOutcome] = [:]
    /// Answers that are known but have not been handed to a check yet.
    private var deliveries: [(check: Check, question: DNSQuestion)] = []

    /// - Parameter header: the message from its first byte; only its header is read.
    package init(header: Span<UInt8>, _ request: SenderAuthenticationRequest) {
        let fields = HeaderFields(header)
        self.request = request
        self.authors = AuthorDomains(fields)
        self.dkim = DKIMVerifier(fields, policy: request.dkimPolicy, now: request.now)
        self.arc = ARCVerifier(fields, policy: request.dkimPolicy, now: request.now)
        self.hasher = BodyHasher(self.dkim.bodyRequests.union(self.arc.bodyRequests))
        self.spf[.spfMailFrom] = SPFEvaluator(self.spfRequest(.mailFrom))
        if request.checksHELO, request.mailFrom != nil { self.spf[.spfHELO] = SPFEvaluator(self.spfRequest(.helo)) }
        let identifiers = self.identifiers
        self.dmarc = self.authors.domains.map {
            DMARCEvaluator(author: $0, identifiers: identifiers, finder: request.finder)
        }
    }

    package var isWaiting: Bool { !self.waiting.isEmpty }

    /// Whether somebody wants the body's hash; else it need not be read.
    package var wantsBody: Bool { !self.hasher.isIdle }

    /// The first questions. None are left when there is nothing to ask.
    package mutating func begin() -> [DNSQuestion] {
        var fresh: [DNSQuestion] = []
        for check in [Check.spfMailFrom, .spfHELO] {
            if let action = self.spf[check]?.begin() { self.perform(action, for: check, &fresh) }
        }
        self.want(self.dkim.questions, for: .dkim, &fresh)
        self.want(self.arc.questions, for: .arc, &fresh)
        for index in self.dmarc.indices { self.want(self.dmarc[index].begin(), for: .dmarc(index), &fresh) }
        self.deliver(&fresh)
        return fresh
    }

    package mutating func bodyReceived(_ bytes: Span<UInt8>) {
        self.hasher.update(bytes)
    }

    /// - Returns: what to ask besides what is outstanding.
    package mutating func answered(_ question: DNSQuestion, _ outcome: DNSOutcome) -> [DNSQuestion] {
        guard let checks = self.waiting.removeValue(forKey: question) else { return [] }
        self.answers[question] = outcome
        self.deliveries += checks.map { ($0, question) }
        var fresh: [DNSQuestion] = []
        self.deliver(&fresh)
        return fresh
    }

    private mutating func want(_ questions: [DNSQuestion], for check: Check, _ fresh: inout [DNSQuestion]) {
        for question in questions {
            if self.answers[question] != nil {
                self.deliveries.append((check, question))
            } else {
                if self.waiting[question] == nil { fresh.append(question) }
                self.waiting[question, default: []].append(check)
            }
        }
    }

    private mutating func deliver(_ fresh: inout [DNSQuestion]) {
        while let (check, question) = self.deliveries.popLast() {
            guard let outcome = self.answers[question] else { continue }
            switch check {
            case .spfHELO, .spfMailFrom:
                if let action = self.spf[check]?.answered(outcome) { self.perform(action, for: check, &fresh) }
            case .dkim: self.dkim.answered(question, outcome)
            case .arc: self.arc.answered(question, outcome)
            case .dmarc(let index): self.want(self.dmarc[index].answered(question, outcome), for: check, &fresh)
            }
        }
    }

    private mutating func perform(_ action: SPFAction, for check: Check, _ fresh: inout [DNSQuestion]) {
        switch action {
        case .ask(let question): self.want([question], for: check, &fresh)
        case .finished(let result): self.spfResults[check] = result
        }
    }

    private func spfRequest(_ identity: SPFIdentity) -> SPFRequest {
        SPFRequest(
            client: self.request.client,
            helo: self.request.helo,
            mailFrom: self.request.mailFrom,
            identity: identity,
            receiver: self.request.receiver,
            now: self.request.now
        )
    }

    private var spfDomain: DNSName? {
        DNSName(international: self.request.mailFrom?.domain.name ?? self.request.helo)
    }

    private var identifiers: [DNSName] {
        var domains = [self.spfDomain].compactMap { $0 }
        for domain in self.dkim.domains where !domains.contains(domain) { domains.append(domain) }
        return domains
    }
}

// MARK: The result

extension SenderAuthentication {
    /// Everything that was found. Body and answers must be complete.
    package mutating func result() -> SenderAuthenticationResult {
        precondition(!self.isWaiting, "a result before all answers")
        let bodies = self.hasher.finish()
        let dkim = self.dkim.results(bodies: bodies)
        guard let spf = self.spfResults[.spfMailFrom] else { preconditionFailure("a check that never began") }
        let evidence = DMARCEvidence(
            spf: self.spfDomain.map { .init($0, spf.verdict) },
            dkim: dkim.compactMap { result in result.claim.map { .init($0.domain, result.verdict) } },
            sample: self.request.sample
        )
        return SenderAuthenticationResult(
            spf: spf,
            spfHELO: self.spfResults[.spfHELO],
            dkim: dkim,
            ignoredSignatures: self.dkim.ignoredSignatures,
            arc: self.arc.result(bodies: bodies),
            dmarc: self.dmarcResult(evidence),
            client: self.request.client,
            helo: self.request.helo,
            mailFrom: self.request.mailFrom
        )
    }

    /// Of several authors the worst result counts, so that nobody hides behind a second one. RFC 7489 §6.6.1.
    private func dmarcResult(_ evidence: DMARCEvidence) -> DMARCResult {
        let mayPass = !self.authors.isBroken && !self.authors.isCut
        let results = self.dmarc.map { $0.result(evidence, mayPass: mayPass) }
        var worst =
            results.max { Self.severity($0) < Self.severity($1) }
            ?? DMARCResult(verdict: .permerror, reason: "From names no domain")
        if !mayPass, worst.verdict != .fail, worst.authorDomain != nil {
            worst.verdict = .permerror
            worst.reason = self.authors.isCut ? "From names too many domains" : "From cannot be read for certain"
        }
        return worst
    }

    private static func severity(_ result: DMARCResult) -> Int {
        switch result.verdict {
        case .pass: 0
        case .none: 1
        case .temperror: 2
        case .fail: 4 + (DMARCDisposition.allCases.firstIndex(of: result.disposition) ?? 0)
        default: 3
        }
    }
}
