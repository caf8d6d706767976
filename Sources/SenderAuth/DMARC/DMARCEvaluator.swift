package import MailTypes

/// Finds a domain's DMARC policy and judges a message by it. RFC 7489 §6.6, RFC 9989 §4.10, §5.3.
///
/// First all records that may hold the policy are asked for at once; then, at once again, what only the found policy
/// makes necessary: whether the domain exists, and whose the authenticated domains are.
package struct DMARCEvaluator: Sendable {
    private enum Phase: Sendable {
        case policies
        case details
        case done
    }

    package let author: DNSName
    private let finder: OrganizationFinder
    private let identifiers: [DNSName]
    private var phase = Phase.policies
    private var outstanding: Set<DNSQuestion> = []
    private var answers: [DNSQuestion: DNSOutcome] = [:]
    private var records: [DNSName: DMARCRecord] = [:]

    /// - Parameters:
    ///   - author: the domain in From.
    ///   - identifiers: the domains that SPF and the signatures may turn out to stand for.
    package init(author: DNSName, identifiers: [DNSName], finder: OrganizationFinder) {
        self.author = author
        self.finder = finder
        self.identifiers = identifiers
    }

    package var isFinished: Bool { self.phase == .done }

    package mutating func begin() -> [DNSQuestion] {
        var names: [DNSName]
        switch self.finder {
        case .treeWalk: names = TreeWalk.names(from: self.author)
        case .publicSuffixList(let list):
            names = [self.author]
            if let organization = list.organizationalDomain(of: self.author) {
                if organization != self.author { names.append(organization) }
                // A suffix's own policy, as RFC 9091 §2 began it and psd=y says it.
                if let suffix = organization.parent, suffix != .root { names.append(suffix) }
            }
        }
        return self.ask(names.compactMap { $0.prefixed(by: "_dmarc") }.map { DNSQuestion($0, .txt) })
    }

    /// - Returns: further questions; none do not mean that all is done, as others may be outstanding.
    package mutating func answered(_ question: DNSQuestion, _ outcome: DNSOutcome) -> [DNSQuestion] {
        guard self.outstanding.remove(question) != nil else { return [] }
        self.answers[question] = outcome
        if question.type == .txt, let name = question.name.parent, let record = Self.record(in: outcome) {
            self.records[name] = record
        }
        return self.outstanding.isEmpty ? self.advance() : []
    }

    /// Remembers what is asked and goes on at once when that is nothing.
    private mutating func ask(_ questions: [DNSQuestion]) -> [DNSQuestion] {
        let fresh = questions.filter { self.answers[$0] == nil && self.outstanding.insert($0).inserted }
        return fresh.isEmpty && self.outstanding.isEmpty ? self.advance() : fresh
    }

    private mutating func advance() -> [DNSQuestion] {
        switch self.phase {
        case .policies:
            self.phase = .details
            return self.ask(self.detailQuestions)
        case .details:
            self.phase = .done
            return []
        case .done: return []
        }
    }

    /// Several policies under one name are none. RFC 7489 §6.6.3.
    private static func record(in outcome: DNSOutcome) -> DMARCRecord? {
        guard case .success(let answer) = outcome else { return nil }
        var policies: [[UInt8]] = []
        for case .txt(let text) in answer.records.prefix(SenderAuthLimits.recordsMax) where DMARCRecord.isPolicy(text) {
            policies.append(text)
        }
        return policies.count == 1 ? DMARCRecord(policies[0]) : nil
    }

    private var detailQuestions: [DNSQuestion] {
        guard let applied = self.appliedPolicy else { return [] }
        var questions: [DNSQuestion] = []
        if applied.domain != self.author, applied.record.missingDomainPolicy != nil {
            questions += [DNSRecordType.a, .aaaa, .mx].map { DNSQuestion(self.author, $0) }
        }
        guard case .treeWalk = self.finder else { return questions }
        let organization = self.organization(of: self.author)
        for identifier in self.identifiers.prefix(SenderAuthLimits.alignedDomainsMax)
        where identifier != self.author && identifier.isEqualOrBelow(organization) {
            let names = TreeWalk.names(from: identifier).compactMap { $0.prefixed(by: "_dmarc") }
            questions += names.map { DNSQuestion($0, .txt) }
        }
        return questions
    }
}

// MARK: Policies and organisations

extension DMARCEvaluator {
    /// The policy that counts: the author's own, else its organisation's, else its public suffix's.
    private var appliedPolicy: (domain: DNSName, record: DMARCRecord)? {
        if let record = self.records[self.author] { return (self.author, record) }
        let organization = self.organization(of: self.author)
        if let record = self.records[organization] { return (organization, record) }
        if let suffix = organization.parent, let record = self.records[suffix], record.suffixRole == .yes {
            return (suffix, record)
        }
        return nil
    }

    private func organization(of name: DNSName) -> DNSName {
        switch self.finder {
        case .publicSuffixList(let list): list.organizationalDomain(of: name) ?? name
        case .treeWalk: TreeWalk.organization(of: name) { self.records[$0] }.domain
        }
    }

    /// Whether something that was asked could not be told now.
    private func isUncertain(_ isAsked: (DNSQuestion) -> Bool) -> Bool {
        self.answers.contains { question, outcome in
            guard case .failure(let failure) = outcome, !failure.meansNoRecord else { return false }
            return isAsked(question)
        }
    }

    /// A name without address and mail host does not exist. RFC 9091 §2.7, RFC 9989 §3.2.
    private var authorIsMissing: Bool {
        [DNSRecordType.a, .aaaa, .mx].allSatisfy { type in
            guard case .failure(let failure) = self.answers[DNSQuestion(self.author, type)] else { return false }
            return failure.meansNoRecord
        }
    }

    private func isAligned(_ domain: DNSName, _ alignment: DMARCRecord.Alignment) -> Bool {
        if domain == self.author { return true }
        guard alignment == .relaxed else { return false }
        return self.organization(of: domain) == self.organization(of: self.author)
    }
}

// MARK: The result

extension DMARCEvaluator {
    /// - Parameter mayPass: false when From is such that nobody can be said to stand behind it.
    package func result(_ evidence: DMARCEvidence, mayPass: Bool = true) -> DMARCResult {
        precondition(self.isFinished, "a result before all answers")
        var result = DMARCResult(
            verdict: .none,
            authorDomain: self.author,
            organizationalDomain: self.organization(of: self.author),
            reason: "no policy"
        )
        guard let applied = self.appliedPolicy else {
            if self.isUncertain({ $0.type == .txt }) {
                result.verdict = .temperror
                result.reason = "policy could not be asked for"
            }
            return result
        }
        result.policyDomain = applied.domain
        result.record = applied.record
        result.policy = self.policy(applied)
        self.align(&result, evidence, applied.record)
        if mayPass, result.alignedSPF != nil || !result.alignedDKIM.isEmpty {
            result.verdict = .pass
            result.reason = Self.reason(result)
            return result
        }
        guard !self.isUndecided(evidence, applied.record) else {
            result.verdict = .temperror
            result.reason = "a check of the author's domain could not be finished"
            return result
        }
        result.verdict = .fail
        result.reason = "no aligned pass"
        result.disposition = result.policy
        if evidence.sample >= applied.record.percent || applied.record.isTesting {
            result.disposition = result.policy.milder
            result.reason = "no aligned pass; policy \(result.policy.rawValue) not in force for this message"
        }
        return result
    }

    private func policy(_ applied: (domain: DNSName, record: DMARCRecord)) -> DMARCDisposition {
        let record = applied.record
        guard applied.domain != self.author else { return record.policy }
        let subdomainPolicy = record.subdomainPolicy ?? record.policy
        guard let missingDomainPolicy = record.missingDomainPolicy, self.authorIsMissing else { return subdomainPolicy }
        return missingDomainPolicy
    }

    private func align(_ result: inout DMARCResult, _ evidence: DMARCEvidence, _ record: DMARCRecord) {
        if let spf = evidence.spf, spf.verdict == .pass, self.isAligned(spf.domain, record.spfAlignment) {
            result.alignedSPF = spf.domain
        }
        for dkim in evidence.dkim where dkim.verdict == .pass && self.isAligned(dkim.domain, record.dkimAlignment) {
            result.alignedDKIM.append(dkim.domain)
        }
    }

    /// Whether something that would have counted may come out as a pass later: then nobody is refused for good now.
    private func isUndecided(_ evidence: DMARCEvidence, _ record: DMARCRecord) -> Bool {
        if let spf = evidence.spf, spf.verdict == .temperror, self.isAligned(spf.domain, record.spfAlignment) {
            return true
        }
        if evidence.dkim.contains(where: {
            $0.verdict == .temperror && self.isAligned($0.domain, record.dkimAlignment)
        }) {
            return true
        }
        // The author's own record, or whether its domain exists, or whose a domain is that passed, could not be told.
        let passed = (evidence.dkim + [evidence.spf].compactMap { $0 }).filter { $0.verdict == .pass }.map(\.domain)
        return self.isUncertain { question in
            guard question.type == .txt, let name = question.name.parent, name != self.author else { return true }
            guard case .treeWalk = self.finder else { return false }
            return passed.contains { $0.isEqualOrBelow(name) }
        }
    }

    private static func reason(_ result: DMARCResult) -> String {
        var ways = result.alignedDKIM.map { "DKIM by \($0)" }
        if let domain = result.alignedSPF { ways.append("SPF of \(domain)") }
        return "aligned \(ways.joined(separator: ", "))"
    }
}
