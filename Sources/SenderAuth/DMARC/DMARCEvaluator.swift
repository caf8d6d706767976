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

    /// A question, and its answer once that is there.
    private struct Inquiry: Sendable {
        let question: DNSQuestion
        /// Whose policy is asked for, or whose existence.
        let subject: DNSName
        var outcome: DNSOutcome?
        var record: DMARCRecord?
    }

    package let author: DNSName
    private let finder: OrganizationFinder
    private let identifiers: [DNSName]
    private let known: KnownRecords?
    private var phase = Phase.policies
    /// No more than some ten dozens, so that looking through them is quick.
    private var inquiries: [Inquiry] = []
    private var outstandingCount = 0
    /// The author's, by the list, which needs no answers.
    private let listedOrganization: DNSName?

    /// - Parameters:
    ///   - author: the domain in From.
    ///   - identifiers: the domains that SPF and the signatures may turn out to stand for.
    package init(
        author: DNSName,
        identifiers: [DNSName],
        finder: OrganizationFinder,
        known: KnownRecords? = nil
    ) {
        self.author = author
        self.finder = finder
        self.identifiers = identifiers
        self.known = known
        if case .publicSuffixList(let list) = finder {
            self.listedOrganization = list.organizationalDomain(of: author)
        } else {
            self.listedOrganization = nil
        }
    }

    package var isFinished: Bool { self.phase == .done }

    package mutating func begin() -> [DNSQuestion] {
        var names: [DNSName]
        switch self.finder {
        case .treeWalk: names = TreeWalk.names(from: self.author)
        case .publicSuffixList:
            names = [self.author]
            if let organization = self.listedOrganization {
                if organization != self.author { names.append(organization) }
                // A suffix's own policy, as RFC 9091 §2 began it and psd=y says it.
                if let suffix = organization.parent, suffix != .root { names.append(suffix) }
            }
        }
        return self.ask(Self.policyQuestions(names))
    }

    /// - Returns: further questions; none do not mean that all is done, as others may be outstanding.
    package mutating func answered(_ question: DNSQuestion, _ outcome: DNSOutcome) -> [DNSQuestion] {
        guard let index = self.inquiries.firstIndex(where: { $0.question == question }),
            self.inquiries[index].outcome == nil
        else { return [] }
        self.outstandingCount -= 1
        self.inquiries[index].outcome = outcome
        if question.type == .txt { self.inquiries[index].record = self.record(in: outcome) }
        return self.outstandingCount == 0 ? self.advance() : []
    }

    private static func policyQuestions(_ names: [DNSName]) -> [Inquiry] {
        names.compactMap { name in
            name.prefixed(by: "_dmarc").map { Inquiry(question: DNSQuestion($0, .txt), subject: name) }
        }
    }

    /// Remembers what is asked and goes on at once when that is nothing.
    private mutating func ask(_ inquiries: [Inquiry]) -> [DNSQuestion] {
        var fresh: [DNSQuestion] = []
        for inquiry in inquiries where !self.inquiries.contains(where: { $0.question == inquiry.question }) {
            self.inquiries.append(inquiry)
            fresh.append(inquiry.question)
        }
        self.outstandingCount += fresh.count
        return self.outstandingCount == 0 ? self.advance() : fresh
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
    private func record(in outcome: DNSOutcome) -> DMARCRecord? {
        guard case .success(let answer) = outcome else { return nil }
        var policy: [UInt8]?
        for case .txt(let text) in answer.records where DMARCRecord.isPolicy(text) {
            guard policy == nil else { return nil }
            policy = text
        }
        return policy.flatMap { self.known.authorPolicy($0) }
    }

    private var detailQuestions: [Inquiry] {
        guard let applied = self.appliedPolicy else { return [] }
        var questions: [Inquiry] = []
        if applied.domain != self.author, applied.record.missingDomainPolicy != nil, !self.authorSurelyExists {
            questions.append(Inquiry(question: self.existenceQuestion, subject: self.author))
        }
        guard case .treeWalk = self.finder else { return questions }
        let organization = self.organization(of: self.author)
        for identifier in self.identifiers.prefix(SenderAuthLimits.alignedDomainsMax)
        where identifier != self.author && identifier.isEqualOrBelow(organization) {
            questions += Self.policyQuestions(TreeWalk.names(from: identifier))
        }
        return questions
    }
}

// MARK: Policies and organisations

extension DMARCEvaluator {
    private func record(of name: DNSName) -> DMARCRecord? {
        self.inquiries.first { $0.question.type == .txt && $0.subject == name }?.record
    }

    /// The policy that counts: the author's own, else its organisation's, else its public suffix's.
    private var appliedPolicy: (domain: DNSName, record: DMARCRecord)? {
        if let record = self.record(of: self.author) { return (self.author, record) }
        let organization = self.organization(of: self.author)
        if let record = self.record(of: organization) { return (organization, record) }
        if let suffix = organization.parent, let record = self.record(of: suffix), record.suffixRole == .yes {
            return (suffix, record)
        }
        return nil
    }

    private func organization(of name: DNSName) -> DNSName {
        switch self.finder {
        case .publicSuffixList(let list):
            (name == self.author ? self.listedOrganization : list.organizationalDomain(of: name)) ?? name
        case .treeWalk: TreeWalk.organization(of: name) { self.record(of: $0) }.domain
        }
    }

    /// Whether something that was asked could not be told now.
    private func isUncertain(_ isAsked: (Inquiry) -> Bool) -> Bool {
        self.inquiries.contains { inquiry in
            guard case .failure(let failure) = inquiry.outcome, !failure.meansNoRecord else { return false }
            return isAsked(inquiry)
        }
    }

    /// Of any kind of record, as a name that does not exist has none.
    private var existenceQuestion: DNSQuestion { DNSQuestion(self.author, .a) }

    /// Where there is a name below it, it exists; that was asked when its policy was. RFC 8020 §2.
    private var authorSurelyExists: Bool {
        let asked = self.inquiries.first { $0.question.type == .txt && $0.subject == self.author }
        switch asked?.outcome {
        case .success, .failure(.noData): return true
        case .failure, nil: return false
        }
    }

    /// Whether the DNS says that there is no such name; one without addresses or mail hosts exists. RFC 9989 §3.2,
    /// RFC 8020 §2.
    private var authorIsMissing: Bool {
        self.inquiries.contains { $0.question == self.existenceQuestion && $0.outcome == .failure(.nxdomain) }
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
            if self.isUncertain({ $0.question.type == .txt }) {
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
        return self.isUncertain { inquiry in
            guard inquiry.question.type == .txt, inquiry.subject != self.author else { return true }
            guard case .treeWalk = self.finder else { return false }
            return passed.contains { $0.isEqualOrBelow(inquiry.subject) }
        }
    }

    private static func reason(_ result: DMARCResult) -> String {
        var ways = result.alignedDKIM.map { "DKIM by \($0)" }
        if let domain = result.alignedSPF { ways.append("SPF of \(domain)") }
        return "aligned \(ways.joined(separator: ", "))"
    }
}
