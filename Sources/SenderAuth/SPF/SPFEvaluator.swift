package import MailTypes

/// Checks whether a domain lets a client send its mail. RFC 7208 §4.
///
/// It asks one question at a time and reads neither clock nor network:
///
///     begin ──► ask(record) ──► directives one by one ──► ask(addresses, hosts, names …) ──► finished
///                  ▲                     │ include, redirect
///                  └─────────────────────┘
///
/// An included policy is a frame on a stack; a redirect takes its frame's place. All limits count over the whole check.
package struct SPFEvaluator: Sendable {
    /// A policy under evaluation.
    struct Frame: Sendable {
        var domain: DNSName
        var record: SPFRecord
        /// The directive that is looked at.
        var index = 0
    }

    /// What the outstanding question is for.
    enum Awaiting: Sendable {
        case nothing
        /// A policy to evaluate: the first one, an included one or one redirected to.
        case record(DNSName, RecordRole)
        case addresses(SPFPrefixLengths)
        case exchanges(SPFPrefixLengths)
        /// The rest of an MX's hosts.
        case exchangeAddresses([DNSName], SPFPrefixLengths)
        case existence
        case pointers
        case pointerAddresses(DNSName, [DNSName])
        case explanation
    }

    enum RecordRole: Sendable {
        case first
        case include
        case redirect
    }

    let request: SPFRequest
    let sender: (localPart: String, domain: String)
    var frames: [Frame] = []
    var awaiting = Awaiting.nothing
    var lookups = 0
    var voidLookups = 0
    var isSecure = true
    /// Names of the client whose addresses hold the client; `nil` as long as nobody has asked. RFC 7208 §5.5.
    var validatedNames: [DNSName]?
    /// The directive that has been counted as a lookup, so that coming back to it does not count again.
    var countedDirective: (depth: Int, index: Int)?
    /// A failure whose explanation is sought, and its text once that is there.
    var explaining: (result: SPFResult, frame: Frame, text: SPFMacroString?)?

    private let known: KnownRecords?

    package init(_ request: SPFRequest, known: KnownRecords? = nil) {
        self.request = request
        self.known = known
        self.sender = request.sender
    }

    package mutating func begin() -> SPFAction {
        // A domain of one label, an address literal or no domain at all has no policy. RFC 7208 §4.3.
        guard let domain = DNSName(international: self.sender.domain), domain.labelsCount > 1,
            !self.sender.domain.hasPrefix("[")
        else { return self.finish(.none, problem: "no domain to ask") }
        return self.ask(domain, .txt, for: .record(domain, .first))
    }

    package mutating func answered(_ outcome: DNSOutcome) -> SPFAction {
        let awaiting = self.awaiting
        self.awaiting = .nothing
        if (try? outcome.get())?.security != .secure { self.isSecure = false }
        switch awaiting {
        case .nothing: preconditionFailure("an answer to no question")
        case .record(let domain, let role): return self.recordAnswered(outcome, of: domain, role)
        case .addresses(let lengths):
            if let problem = self.countVoid(outcome) { return problem }
            return self.matched(self.holdsClient(outcome, lengths))
        case .exchanges(let lengths): return self.exchangesAnswered(outcome, lengths)
        case .exchangeAddresses(let rest, let lengths):
            if case .failure(let failure) = outcome, !failure.meansNoRecord { return self.unreachable() }
            return self.holdsClient(outcome, lengths) ? self.matched(true) : self.askExchange(rest, lengths)
        case .existence:
            if let problem = self.countVoid(outcome) { return problem }
            return self.matched((try? outcome.get())?.records.isEmpty == false)
        case .pointers: return self.pointersAnswered(outcome)
        case .pointerAddresses(let name, let rest):
            if self.holdsClient(outcome, SPFPrefixLengths()) { self.validatedNames?.append(name) }
            return self.askPointer(rest)
        case .explanation: return self.explanationAnswered(outcome)
        }
    }

    // MARK: Policies

    private mutating func recordAnswered(_ outcome: DNSOutcome, of domain: DNSName, _ role: RecordRole) -> SPFAction {
        var policy: [UInt8]?
        switch outcome {
        case .success(let answer):
            // Large sites prove to dozens of services by such records that a domain is theirs: only the policy counts.
            for case .txt(let text) in answer.records where SPFRecordParser.isPolicy(text) {
                guard policy == nil else {
                    return self.finish(.permerror, problem: "\(domain) has several policies")
                }
                policy = text
            }
        case .failure(let failure) where failure.meansNoRecord: break
        case .failure: return self.finish(.temperror, problem: "\(domain) could not be asked for its policy")
        }
        guard let policy else {
            guard role == .first else { return self.finish(.permerror, problem: "\(domain) has no policy") }
            return self.finish(.none)
        }
        do throws(SPFSyntaxError) {
            let frame = Frame(
                domain: domain,
                record: try self.known.senderPolicy(policy)
            )
            if role == .redirect { self.frames.removeLast() }
            self.frames.append(frame)
            self.countedDirective = nil
        } catch {
            let place = "term \(error.term) of \(domain)'s policy"
            return self.finish(.permerror, problem: "\(place): expected \(error.expectation)")
        }
        return self.advance()
    }

    /// Goes through directives until one matches or a question must be asked.
    mutating func advance() -> SPFAction {
        while let frame = self.frames.last {
            guard frame.index < frame.record.directives.count else {
                if let redirect = frame.record.redirect { return self.follow(redirect, as: .redirect) }
                if self.frames.count == 1 { return self.finish(.neutral) }
                // An included policy that says nothing does not match. RFC 7208 §5.2.
                self.frames.removeLast()
                self.frames[self.frames.count - 1].index += 1
                continue
            }
            if let action = self.evaluate(frame.record.directives[frame.index]) { return action }
        }
        preconditionFailure("a check without a policy")
    }

    /// Asks for the policy that another one names.
    mutating func follow(_ spec: SPFMacroString, as role: RecordRole) -> SPFAction {
        if spec.usesValidatedName, self.validatedNames == nil { return self.askPointers() }
        if role == .redirect, let problem = self.countLookup() { return problem }
        guard let domain = spec.domainName(self.facts()) else {
            return self.finish(.permerror, problem: "\(role == .redirect ? "redirect" : "include") names no domain")
        }
        return self.ask(domain, .txt, for: .record(domain, role))
    }

    /// The current directive matched or did not.
    mutating func matched(_ isMatch: Bool) -> SPFAction {
        self.settle(isMatch) ?? self.advance()
    }

    /// `nil` when evaluation goes on.
    mutating func settle(_ isMatch: Bool) -> SPFAction? {
        guard isMatch, let frame = self.frames.last else {
            self.frames[self.frames.count - 1].index += 1
            return nil
        }
        let directive = frame.record.directives[frame.index]
        guard self.frames.count > 1 else { return self.conclude(directive, in: frame) }
        self.frames.removeLast()
        // An include matches when the included policy passes, and only then. RFC 7208 §5.2.
        return self.settle(directive.qualifier == .pass)
    }

    // MARK: Ends

    private mutating func conclude(_ directive: SPFDirective, in frame: Frame) -> SPFAction {
        var result = self.result(directive.qualifier.verdict)
        result.mechanism = frame.record.text(directive)
        if frame.domain.text != self.sender.domain.lowercased() { result.recordDomain = frame.domain }
        guard result.verdict == .fail, frame.record.explanation != nil else { return .finished(result) }
        self.explaining = (result, frame, nil)
        return self.explain()
    }

    func finish(_ verdict: AuthVerdict, problem: String? = nil) -> SPFAction {
        var result = self.result(verdict)
        result.problem = problem
        return .finished(result)
    }

    private func result(_ verdict: AuthVerdict) -> SPFResult {
        SPFResult(
            verdict: verdict,
            identity: self.request.identity,
            domain: self.sender.domain,
            isSecure: self.isSecure
        )
    }

    mutating func ask(_ name: DNSName, _ type: DNSRecordType, for awaiting: Awaiting) -> SPFAction {
        self.awaiting = awaiting
        return .ask(DNSQuestion(name, type))
    }
}
