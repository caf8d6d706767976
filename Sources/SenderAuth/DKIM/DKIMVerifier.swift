package import MailTypes

/// What one DKIM-Signature field turned out to be.
package struct DKIMResult: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        case verified(VerifiedSignature)
        case unproven(SignatureProblem)
    }

    /// What the field claims; `nil` when it could not even be read.
    package var claim: UnverifiedSignature?
    package var outcome: Outcome

    package var verdict: AuthVerdict {
        switch self.outcome {
        case .verified: .pass
        case .unproven(let problem): problem.verdict
        }
    }

    package var verified: VerifiedSignature? {
        if case .verified(let signature) = self.outcome { signature } else { nil }
    }

    package var problem: SignatureProblem? {
        if case .unproven(let problem) = self.outcome { problem } else { nil }
    }
}

/// Verifies the DKIM signatures of a message. RFC 6376 §6.
///
/// It reads the header once, then wants keys from the DNS and the body's hashes, in any order:
///
///     var verifier = DKIMVerifier(header: message, policy: policy, now: now)
///     var hasher = BodyHasher(verifier.bodyRequests)      // fed with the body
///     for question in verifier.questions { … verifier.answered(question, outcome) }
///     let results = verifier.results(bodies: hasher.finish())
package struct DKIMVerifier: Sendable {
    private enum Entry: Sendable {
        case check(SignatureCheck)
        case hopeless(UnverifiedSignature?, SignatureProblem)
    }

    private let policy: DKIMPolicy
    private var entries: [Entry] = []
    private let known: KnownRecords?
    /// Of each name that was asked for.
    private var keys: [(name: DNSName, outcome: DNSOutcome)] = []
    /// Signature fields beyond the first ten, which were not looked at.
    package private(set) var ignoredSignatures = 0

    /// - Parameter header: the message from its first byte; only the header is read.
    package init(header: Span<UInt8>, policy: DKIMPolicy = DKIMPolicy(), now: Instant) {
        self.init(HeaderFields(header), policy: policy, now: now)
    }

    init(_ fields: HeaderFields, policy: DKIMPolicy, now: Instant, known: KnownRecords? = nil) {
        self.policy = policy
        self.known = known
        let indices = fields.indices(of: "DKIM-Signature")
        self.ignoredSignatures = max(0, indices.count - SenderAuthLimits.signaturesMax)
        for index in indices.prefix(SenderAuthLimits.signaturesMax) {
            do throws(SignatureProblem) {
                self.entries.append(.check(try SignatureCheck(.dkim, at: index, of: fields, policy: policy, now: now)))
            } catch {
                let tags = try? TagList(fieldAt: fields.rawValue(index), of: fields.octets)
                let claim = tags.flatMap { try? UnverifiedSignature($0, of: .dkim) }
                self.entries.append(.hopeless(claim, error))
            }
        }
    }

    private var checks: [SignatureCheck] {
        self.entries.compactMap { if case .check(let check) = $0 { check } else { nil } }
    }

    /// The domains that the signatures claim.
    var domains: [DNSName] { self.checks.map(\.signature.domain) }

    /// The keys to ask for, each once.
    package var questions: [DNSQuestion] {
        var questions: [DNSQuestion] = []
        for check in self.checks where !questions.contains(where: { $0.name == check.signature.keyName }) {
            questions.append(DNSQuestion(check.signature.keyName, .txt))
        }
        return questions
    }

    /// The forms in which the body must be hashed, each once.
    package var bodyRequests: [BodyHashRequest] {
        var requests: [BodyHashRequest] = []
        for check in self.checks where !requests.contains(check.signature.bodyRequest) {
            requests.append(check.signature.bodyRequest)
        }
        return requests
    }

    package mutating func answered(_ question: DNSQuestion, _ outcome: DNSOutcome) {
        self.keys.append((question.name, outcome))
    }

    /// One result a signature, from the top. Keys that were not answered for count as unreachable.
    package func results(bodies: [BodyHashRequest: BodyHash]) -> [DKIMResult] {
        self.entries.map { entry in
            switch entry {
            case .hopeless(let claim, let problem):
                return DKIMResult(claim: claim, outcome: .unproven(problem))
            case .check(let check):
                do throws(SignatureProblem) {
                    let key = self.keys.last { $0.name == check.signature.keyName }?.outcome
                    let verified = try check.verify(key: key, bodies: bodies, policy: self.policy, self.known)
                    return DKIMResult(claim: check.signature, outcome: .verified(verified))
                } catch {
                    return DKIMResult(claim: check.signature, outcome: .unproven(error))
                }
            }
        }
    }
}
