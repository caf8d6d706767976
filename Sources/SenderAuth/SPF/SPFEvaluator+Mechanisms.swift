internal import MailTypes

/// What each mechanism asks and when it matches. RFC 7208 §5.
extension SPFEvaluator {
    /// `nil` when the directive is settled and the next one is due.
    mutating func evaluate(_ directive: SPFDirective) -> SPFAction? {
        if directive.mechanism.domain?.usesValidatedName == true, self.validatedNames == nil {
            return self.askPointers()
        }
        if directive.mechanism.causesLookups, let problem = self.countDirective() { return problem }
        switch directive.mechanism {
        case .all: return self.settle(true)
        case .network(let network, let prefixLength):
            return self.settle(self.request.client.isIn(network, prefixLength: prefixLength))
        case .include(let spec): return self.follow(spec, as: .include)
        case .a(let spec, let lengths):
            guard let name = self.target(spec) else { return self.settle(false) }
            return self.ask(name, self.addressType, for: .addresses(lengths))
        case .mx(let spec, let lengths):
            guard let name = self.target(spec) else { return self.settle(false) }
            return self.ask(name, .mx, for: .exchanges(lengths))
        case .exists(let spec):
            // An A record, whichever kind of address the client has. RFC 7208 §5.7.
            guard let name = self.target(spec) else { return self.settle(false) }
            return self.ask(name, .a, for: .existence)
        case .ptr(let spec):
            guard let validatedNames else { return self.askPointers() }
            guard let name = self.target(spec) else { return self.settle(false) }
            return self.settle(validatedNames.contains { $0.isEqualOrBelow(name) })
        }
    }

    /// A name that cannot stand in the DNS has no records, so the mechanism does not match. RFC 7208 §4.8.
    private func target(_ spec: SPFMacroString?) -> DNSName? {
        spec.map { $0.domainName(self.facts()) } ?? self.frames.last?.domain
    }

    private var addressType: DNSRecordType { self.request.client.isIPv4 ? .a : .aaaa }

    func holdsClient(_ outcome: DNSOutcome, _ lengths: SPFPrefixLengths) -> Bool {
        guard case .success(let answer) = outcome else { return false }
        return answer.records.contains {
            if case .address(let address) = $0 { lengths.match(self.request.client, address) } else { false }
        }
    }

    // MARK: Limits

    mutating func countLookup() -> SPFAction? {
        self.lookups += 1
        guard self.lookups > SenderAuthLimits.spfLookupsMax else { return nil }
        return self.finish(.permerror, problem: "more than \(SenderAuthLimits.spfLookupsMax) lookups")
    }

    private mutating func countDirective() -> SPFAction? {
        let position = (depth: self.frames.count, index: self.frames.last?.index ?? 0)
        if let countedDirective, countedDirective == position { return nil }
        self.countedDirective = position
        return self.countLookup()
    }

    /// A failure of the DNS ends the check; too many answers without a record do so as well.
    ///
    /// Hosts of an MX are not counted: whoever lets their MX send mail has done nothing wrong when those hosts have no
    /// IPv6 address and the client has one. They are limited by their own number.
    mutating func countVoid(_ outcome: DNSOutcome) -> SPFAction? {
        guard case .failure(let failure) = outcome else { return nil }
        guard failure.meansNoRecord else { return self.unreachable() }
        self.voidLookups += 1
        guard self.voidLookups > SenderAuthLimits.spfVoidLookupsMax else { return nil }
        return self.finish(
            .permerror,
            problem: "more than \(SenderAuthLimits.spfVoidLookupsMax) lookups without a result"
        )
    }

    func unreachable() -> SPFAction {
        let directive = self.frames.last.map { $0.record.text($0.record.directives[$0.index]) } ?? "a term"
        return self.finish(.temperror, problem: "\(directive) could not be looked up")
    }

    // MARK: MX

    mutating func exchangesAnswered(_ outcome: DNSOutcome, _ lengths: SPFPrefixLengths) -> SPFAction {
        if let problem = self.countVoid(outcome) { return problem }
        var hosts: [DNSName] = []
        for case .mx(_, let exchange) in (try? outcome.get())?.records ?? [] where exchange != .root {
            hosts.append(exchange)
        }
        guard hosts.count <= SenderAuthLimits.spfExchangesMax else {
            return self.finish(.permerror, problem: "more than \(SenderAuthLimits.spfExchangesMax) MX hosts")
        }
        return self.askExchange(hosts, lengths)
    }

    mutating func askExchange(_ hosts: [DNSName], _ lengths: SPFPrefixLengths) -> SPFAction {
        guard let host = hosts.first else { return self.matched(false) }
        return self.ask(host, self.addressType, for: .exchangeAddresses(Array(hosts.dropFirst()), lengths))
    }

    // MARK: The client's names

    mutating func askPointers() -> SPFAction {
        self.ask(self.request.client.reverseName, .ptr, for: .pointers)
    }

    /// Errors here mean that the client has no name. RFC 7208 §5.5.
    mutating func pointersAnswered(_ outcome: DNSOutcome) -> SPFAction {
        self.validatedNames = []
        var names: [DNSName] = []
        for case .ptr(let name) in (try? outcome.get())?.records ?? [] where !names.contains(name) {
            names.append(name)
            if names.count == SenderAuthLimits.spfPointersMax { break }
        }
        return self.askPointer(names)
    }

    mutating func askPointer(_ names: [DNSName]) -> SPFAction {
        guard let name = names.first else { return self.explaining == nil ? self.advance() : self.explain() }
        return self.ask(name, self.addressType, for: .pointerAddresses(name, Array(names.dropFirst())))
    }

    /// The domain itself if it is among the client's names, else one below it, else any. RFC 7208 §7.3.
    private func validatedName(for domain: DNSName) -> String {
        let names = self.validatedNames ?? []
        if names.contains(domain) { return domain.text }
        return (names.first { $0.isEqualOrBelow(domain) } ?? names.first)?.text ?? "unknown"
    }

    func facts(in domain: DNSName? = nil) -> SPFFacts {
        let domain = domain ?? self.frames.last?.domain ?? .root
        return SPFFacts(
            client: self.request.client,
            localPart: self.sender.localPart,
            senderDomain: self.sender.domain,
            helo: self.request.helo,
            domain: domain.text,
            validatedName: self.validatedName(for: domain),
            receiver: self.request.receiver,
            secondsSince1970: self.request.now.secondsSince1970
        )
    }

    // MARK: Explanations

    /// Any error on the way means that there is none. RFC 7208 §6.2.
    mutating func explain() -> SPFAction {
        guard let (result, frame, text) = self.explaining, let spec = frame.record.explanation else {
            preconditionFailure("an explanation of nothing")
        }
        if (text ?? spec).usesValidatedName, self.validatedNames == nil { return self.askPointers() }
        let facts = self.facts(in: frame.domain)
        guard let text else {
            guard let name = spec.domainName(facts) else { return .finished(result) }
            return self.ask(name, .txt, for: .explanation)
        }
        var explained = result
        let explanation = text.expanded(facts)
        // What a sender wrote into its address may be anything; a reply line may not.
        if explanation.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
            explained.explanation = String(explanation.prefix(SenderAuthLimits.spfExplanationOctetsMax))
        }
        return .finished(explained)
    }

    mutating func explanationAnswered(_ outcome: DNSOutcome) -> SPFAction {
        guard let result = self.explaining?.result else { preconditionFailure("an explanation of nothing") }
        guard case .success(let answer) = outcome, answer.records.count == 1, case .txt(let octets) = answer.records[0],
            octets.count <= SenderAuthLimits.recordOctetsMax, octets.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }),
            let text = try? SPFMacroString(octets[...], isExplanation: true)
        else { return .finished(result) }
        self.explaining?.text = text
        return self.explain()
    }
}
