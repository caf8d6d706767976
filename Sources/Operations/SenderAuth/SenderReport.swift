internal import MailTypes
internal import SenderAuth

/// How a check of a sender came out: one word, and why.
package struct SenderReport: Codable, Sendable {
    package struct SPF: Codable, Sendable {
        package var verdict: String
        /// `mailfrom` or `helo`, whichever was checked.
        package var identity: String
        package var domain: String
        /// The mechanism that matched, such as `-all`.
        package var mechanism: String?
        /// Whose record it stands in, when it is not the checked domain's own.
        package var recordDomain: String?
        package var reason: String
        /// What the domain wants a refused sender to read.
        package var explanation: String?
        /// Whether DNSSEC proved all answers that led here.
        package var isSecure: Bool
    }

    package struct Signature: Codable, Sendable {
        package var verdict: String
        package var domain: String?
        package var selector: String?
        package var algorithm: String?
        package var identity: String?
        package var problem: String?
        /// Whether the domain says that it is only trying things out.
        package var isTesting = false
        /// Octets at the body's end that the signature does not cover.
        package var unsignedBodyOctets = 0
    }

    package struct ARC: Codable, Sendable {
        package var verdict: String
        package var reason: String
        /// How many sets there are.
        package var instances: Int
        /// Domains that sealed, the first one first; only of a chain that passes.
        package var sealers: [String]
    }

    package struct DMARC: Codable, Sendable {
        package var verdict: String
        package var reason: String
        package var domain: String?
        package var organizationalDomain: String?
        /// Whose policy is applied.
        package var policyDomain: String?
        /// What it asks for mail that fails.
        package var policy: String?
        /// What is to be done with this message.
        package var disposition: String
        package var alignedSPF: String?
        package var alignedDKIM: [String]
    }

    /// pass, fail, softfail, neutral, none, temperror or permerror.
    package var verdict: String
    /// Each fit for a line of its own.
    package var reasons: [String]
    package var spf: SPF?
    /// Of the HELO name for itself.
    package var spfHELO: SPF?
    /// One a signature, from the top.
    package var dkim: [Signature]?
    package var arc: ARC?
    package var dmarc: DMARC?
    /// The field that tells later readers, unfolded. RFC 8601.
    package var authenticationResults: String?

    /// The verdict, then the reasons, one a line.
    package var text: String { ([self.verdict] + self.reasons).joined(separator: "\n") }

    private init(_ verdict: AuthVerdict, _ reasons: [String]) {
        // What our own policy refuses is final, whatever it is called for others to read.
        self.verdict = (verdict == .policy ? .permerror : verdict).rawValue
        self.reasons = reasons.map(Self.singleLine)
    }

    /// Words of strangers may hold anything.
    private static func singleLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
    }
}

// MARK: - Single checks

extension SenderReport {
    /// - Parameter mailFrom: `nil` for the null sender.
    init(_ result: SPFResult, mailFrom: EmailAddress?) {
        let spf = SPF(result, mailFrom: mailFrom)
        self.init(result.verdict, spf.lines)
        self.spf = spf
    }

    init(_ results: [DKIMResult], ignored: Int) {
        let signatures = results.map { Signature($0) }
        var lines = signatures.map(\.line)
        if signatures.isEmpty { lines.append("no signature") }
        if ignored > 0 { lines.append("\(ignored) more signatures were not looked at") }
        self.init(AuthVerdict.best(of: results.map(\.verdict)), lines)
        self.dkim = signatures
    }

    init(_ result: ARCResult) {
        self.init(result.verdict, ARC(result).lines)
        self.arc = ARC(result)
    }

    init(dmarcOf result: SenderAuthenticationResult) {
        self.init(result.dmarc.verdict, DMARC(result.dmarc).lines + Self.evidence(result))
        self.add(result)
    }

    init(allOf result: SenderAuthenticationResult, host: String) {
        let dmarc = DMARC(result.dmarc).lines.enumerated().map { position, line in
            position == 0 ? "dmarc: \(result.dmarc.verdict): \(line)" : "dmarc: \(line)"
        }
        let arc = ["arc: \(result.arc.verdict): \(result.arc.reason)"]
        self.init(result.dmarc.verdict, dmarc + Self.evidence(result) + arc)
        self.add(result)
        self.arc = ARC(result.arc)
        let field = String(decoding: result.authenticationResults(host: host).field(), as: UTF8.self)
        self.authenticationResults = field.split(whereSeparator: \.isNewline)
            .map { $0.hasPrefix("\t") ? " \($0.dropFirst())" : String($0) }
            .joined()
    }

    private mutating func add(_ result: SenderAuthenticationResult) {
        self.dmarc = DMARC(result.dmarc)
        self.spf = SPF(result.spf, mailFrom: result.mailFrom)
        self.spfHELO = result.spfHELO.map { SPF($0, mailFrom: result.mailFrom) }
        self.dkim = result.dkim.map { Signature($0) }
    }

    /// SPF and the signatures, a line each.
    private static func evidence(_ result: SenderAuthenticationResult) -> [String] {
        let spf = [result.spf] + [result.spfHELO].compactMap { $0 }
        let signatures = result.dkim.map { "dkim: \(Signature($0).line)" }
        let lines = spf.map { SPF($0, mailFrom: result.mailFrom) }.map { spf in
            "spf: \(spf.verdict): \(spf.lines.joined(separator: "; "))"
        }
        return lines + (signatures.isEmpty ? ["dkim: none: no signature"] : signatures)
    }
}

extension AuthVerdict {
    /// One that passes is enough; else what may still pass, then what says most.
    fileprivate static func best(of verdicts: [Self]) -> Self {
        let order: [Self] = [.pass, .temperror, .fail, .softfail, .policy, .permerror, .neutral]
        return order.first { verdicts.contains($0) } ?? .none
    }
}

// MARK: - Parts

extension SenderReport.SPF {
    init(_ result: SPFResult, mailFrom: EmailAddress?) {
        self.verdict = result.verdict.rawValue
        // The null sender stands for the HELO name. RFC 7208 §2.4.
        self.identity = (mailFrom == nil ? .helo : result.identity).rawValue
        self.domain = result.domain
        self.mechanism = result.mechanism
        self.recordDomain = result.recordDomain?.text
        self.reason = result.reason
        self.explanation = result.explanation
        self.isSecure = result.isSecure
    }

    var lines: [String] {
        let claim = self.identity == SPFIdentity.helo.rawValue ? "HELO" : "MAIL FROM"
        let explanation = self.explanation.map { ["the domain says: \($0)"] } ?? []
        return [self.reason, "\(claim) domain \(self.domain)"] + explanation
    }
}

extension SenderReport.Signature {
    init(_ result: DKIMResult) {
        self.verdict = result.verdict.rawValue
        self.domain = result.claim?.domain.text
        self.selector = result.claim?.selector.text
        self.algorithm = result.claim?.algorithm.rawValue
        self.identity = result.claim?.identity
        self.problem = result.problem?.description
        self.isTesting = result.verified?.isTesting ?? false
        self.unsignedBodyOctets = result.verified?.unsignedBodyOctets ?? 0
    }

    /// `pass: example.org, selector s1, rsa-sha256`
    var line: String {
        var words: [String] = []
        if let domain { words.append(domain) }
        if let selector { words.append("selector \(selector)") }
        if let algorithm { words.append(algorithm) }
        if let problem { words.append(problem) }
        if self.isTesting { words.append("a test key") }
        if self.unsignedBodyOctets > 0 { words.append("\(self.unsignedBodyOctets) octets of the body are not signed") }
        return "\(self.verdict): \(words.joined(separator: ", "))"
    }
}

extension SenderReport.ARC {
    init(_ result: ARCResult) {
        self.verdict = result.verdict.rawValue
        self.reason = result.reason
        self.instances = result.instances
        self.sealers = result.sealers.map(\.domain.text)
    }

    var lines: [String] { self.instances == 0 ? [self.reason] : [self.reason, "sets: \(self.instances)"] }
}

extension SenderReport.DMARC {
    init(_ result: DMARCResult) {
        self.verdict = result.verdict.rawValue
        self.reason = result.reason
        self.domain = result.authorDomain?.text
        self.organizationalDomain = result.organizationalDomain?.text
        self.policyDomain = result.policyDomain?.text
        self.policy = result.record == nil ? nil : result.policy.rawValue
        self.disposition = result.disposition.rawValue
        self.alignedSPF = result.alignedSPF?.text
        self.alignedDKIM = result.alignedDKIM.map(\.text)
    }

    var lines: [String] {
        var lines = [self.reason]
        if let domain { lines.append("From domain \(domain)") }
        if let policyDomain, let policy { lines.append("policy \(policy), published by \(policyDomain)") }
        if self.policy != nil { lines.append("disposition \(self.disposition)") }
        return lines
    }
}
