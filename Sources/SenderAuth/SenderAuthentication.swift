internal import MIME
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
    /// Records that other messages' checks have read already; `nil` reads each anew.
    package var knownRecords: KnownRecords?

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
/// It asks as much as it can at once and takes the body as it comes; answers and body may come in any order. What
/// DMARC rests on comes first, the HELO name and ARC when that is settled: whatever they cost, nobody's policy is left
/// unasked for it.
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
    private enum Check: Sendable {
        case spfHELO
        case spfMailFrom
        case dkim
        case arc
        case dmarc(Int)
    }

    /// An SPF check of one identity.
    private struct IdentityCheck: Sendable {
        var evaluator: SPFEvaluator
        var result: SPFResult?

        init(_ request: SPFRequest, _ known: KnownRecords?) {
            self.evaluator = SPFEvaluator(request, known: known)
        }
    }

    private let request: SenderAuthenticationRequest
    private let authors: AuthorDomains
    private let spfDomain: DNSName?
    /// Octets of the header, with the empty line that ends it.
    package let headerOctets: Int
    private var mailFrom: IdentityCheck
    private var helo: IdentityCheck?
    private var dkim: DKIMVerifier
    private var arc: ARCVerifier
    private var dmarc: [DMARCEvaluator] = []
    private var hasher: BodyHasher
    /// All that was asked: some dozens, a few hundred at most, so that looking through them is quick.
    private var questions: [DNSQuestion] = []
    /// The answers that have come, at the questions' places.
    private var outcomes: [DNSOutcome?] = []
    private var openCount = 0
    /// Whether HELO and ARC have asked too.
    private var hasBegunRest = false
    /// Who waits for an answer, with the question's place.
    private var waiting: [(check: Check, place: Int)] = []
    /// Answers that are known but have not been handed to a check yet.
    private var deliveries: [(check: Check, place: Int)] = []

    /// - Parameter header: the message from its first byte; only its header is read.
    package init(header: Span<UInt8>, _ request: SenderAuthenticationRequest) {
        let fields = HeaderFields(header)
        let known = request.knownRecords
        self.request = request
        self.authors = AuthorDomains(fields)
        self.headerOctets = fields.isComplete ? fields.octets.count : HeaderScanner.headerOctets(of: header)
        self.spfDomain = DNSName(international: request.mailFrom?.domain.name ?? request.helo)
        self.dkim = DKIMVerifier(fields, policy: request.dkimPolicy, now: request.now, known: known)
        self.arc = ARCVerifier(fields, policy: request.dkimPolicy, now: request.now, known: known)
        self.hasher = BodyHasher(self.dkim.bodyRequests + self.arc.bodyRequests)
        self.mailFrom = IdentityCheck(request.spf(.mailFrom), known)
        if request.checksHELO, request.mailFrom != nil { self.helo = IdentityCheck(request.spf(.helo), known) }
        var identifiers = [self.spfDomain].compactMap { $0 }
        for domain in self.dkim.domains where !identifiers.contains(domain) { identifiers.append(domain) }
        self.dmarc = self.authors.domains.map { author in
            DMARCEvaluator(author: author, identifiers: identifiers, finder: request.finder, known: known)
        }
    }

    package var isWaiting: Bool { self.openCount > 0 }

    /// Whether somebody wants the body's hash; else it need not be read.
    package var wantsBody: Bool { !self.hasher.isIdle }

    /// The first questions. None are left when there is nothing to ask.
    package mutating func begin() -> [DNSQuestion] {
        var fresh: [DNSQuestion] = []
        for index in self.dmarc.indices {
            for question in self.dmarc[index].begin() { self.want(question, for: .dmarc(index), &fresh) }
        }
        let mailFromAction = self.mailFrom.evaluator.begin()
        self.perform(mailFromAction, for: .spfMailFrom, &fresh)
        for question in self.dkim.questions { self.want(question, for: .dkim, &fresh) }
        self.goOn(&fresh)
        return fresh
    }

    /// Hands out what is known, and begins the rest once nothing else is open.
    private mutating func goOn(_ fresh: inout [DNSQuestion]) {
        self.deliver(&fresh)
        guard self.openCount == 0, !self.hasBegunRest else { return }
        self.hasBegunRest = true
        if let action = self.helo?.evaluator.begin() { self.perform(action, for: .spfHELO, &fresh) }
        for question in self.arc.questions { self.want(question, for: .arc, &fresh) }
        self.deliver(&fresh)
    }

    package mutating func bodyReceived(_ bytes: Span<UInt8>) {
        self.hasher.update(bytes)
    }

    /// - Returns: what to ask besides what is outstanding.
    package mutating func answered(_ question: DNSQuestion, _ outcome: DNSOutcome) -> [DNSQuestion] {
        guard let place = self.questions.firstIndex(of: question), self.outcomes[place] == nil else { return [] }
        self.openCount -= 1
        self.outcomes[place] = outcome
        for waiting in self.waiting where waiting.place == place { self.deliveries.append(waiting) }
        self.waiting.removeAll { $0.place == place }
        var fresh: [DNSQuestion] = []
        self.goOn(&fresh)
        return fresh
    }

    private mutating func want(_ question: DNSQuestion, for check: Check, _ fresh: inout [DNSQuestion]) {
        guard let place = self.questions.firstIndex(of: question) else {
            self.waiting.append((check, self.questions.count))
            self.questions.append(question)
            self.outcomes.append(nil)
            self.openCount += 1
            fresh.append(question)
            return
        }
        if self.outcomes[place] == nil {
            self.waiting.append((check, place))
        } else {
            self.deliveries.append((check, place))
        }
    }

    private mutating func deliver(_ fresh: inout [DNSQuestion]) {
        while let (check, place) = self.deliveries.popLast() {
            let question = self.questions[place]
            guard let outcome = self.outcomes[place] else { continue }
            switch check {
            case .spfMailFrom:
                let action = self.mailFrom.evaluator.answered(outcome)
                self.perform(action, for: check, &fresh)
            case .spfHELO:
                if let action = self.helo?.evaluator.answered(outcome) { self.perform(action, for: check, &fresh) }
            case .dkim: self.dkim.answered(question, outcome)
            case .arc: self.arc.answered(question, outcome)
            case .dmarc(let author):
                for more in self.dmarc[author].answered(question, outcome) { self.want(more, for: check, &fresh) }
            }
        }
    }

    private mutating func perform(_ action: SPFAction, for check: Check, _ fresh: inout [DNSQuestion]) {
        switch (action, check) {
        case (.ask(let question), _): self.want(question, for: check, &fresh)
        case (.finished(let result), .spfHELO): self.helo?.result = result
        case (.finished(let result), _): self.mailFrom.result = result
        }
    }
}

extension SenderAuthenticationRequest {
    fileprivate func spf(_ identity: SPFIdentity) -> SPFRequest {
        SPFRequest(
            client: self.client,
            helo: self.helo,
            mailFrom: self.mailFrom,
            identity: identity,
            receiver: self.receiver,
            now: self.now
        )
    }
}

// MARK: The result

extension SenderAuthentication {
    /// Everything that was found. Body and answers must be complete.
    package mutating func result() -> SenderAuthenticationResult {
        precondition(!self.isWaiting, "a result before all answers")
        let bodies = self.hasher.finish()
        let dkim = self.dkim.results(bodies: bodies)
        guard let spf = self.mailFrom.result else { preconditionFailure("a check that never began") }
        // Who adds a body of their own behind a signed part is not the author. RFC 6376 §8.2.
        let whole = dkim.filter { ($0.verified?.unsignedBodyOctets ?? 0) == 0 }
        let evidence = DMARCEvidence(
            spf: self.spfDomain.map { .init($0, spf.verdict) },
            dkim: whole.compactMap { result in result.claim.map { .init($0.domain, result.verdict) } },
            sample: self.request.sample
        )
        return SenderAuthenticationResult(
            spf: spf,
            spfHELO: self.helo?.result,
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
        var worst =
            self.dmarc.map { $0.result(evidence, mayPass: mayPass) }.max { Self.severity($0) < Self.severity($1) }
            ?? DMARCResult(verdict: .permerror, reason: "From names no domain")
        if self.authors.isCut, worst.disposition == .none {
            // Nobody knows what those want whose policies were not looked up, so it is the milder thing.
            worst.verdict = .fail
            worst.disposition = .quarantine
            worst.reason = "From names too many domains"
        } else if !mayPass, worst.verdict != .fail, worst.authorDomain != nil {
            worst.verdict = .permerror
            worst.reason = "From cannot be read for certain"
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
