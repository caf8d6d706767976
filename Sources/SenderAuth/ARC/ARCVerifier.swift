internal import Crypto
package import MailTypes

/// Whether the hosts that handled a message have vouched for what they found, without a gap. RFC 8617 §5.2.
package struct ARCResult: Hashable, Sendable {
    /// One host's word.
    package struct Sealer: Hashable, Sendable {
        /// From 1, the first host.
        package var instance: Int
        package var domain: DNSName
        /// What it found of the sender; `nil` when its field cannot be read. To be believed if the chain passes and
        /// the domain is trusted.
        package var results: AuthenticationResults?
    }

    /// none, pass or fail; temperror when a key could not be asked for.
    package var verdict: AuthVerdict
    package var problem: ARCProblem?
    /// From the first to the last; empty unless the chain passes.
    package var sealers: [Sealer] = []
    /// How many sets there are.
    package var instances = 0

    package var reason: String {
        if let problem { return problem.description }
        return self.verdict == .none
            ? "no chain" : "sealed by \(self.sealers.map(\.domain.text).joined(separator: ", "))"
    }
}

/// Verifies a message's chain of ARC sets: the newest message signature, and every seal. RFC 8617 §5.2.
///
/// It is used as ``DKIMVerifier`` is.
package struct ARCVerifier: Sendable {
    /// A seal on its way to being verified.
    private struct SealCheck: Sendable {
        var algorithm: SignatureAlgorithm
        var domain: DNSName
        var keyName: DNSName
        var signature: [UInt8]
        var headerHash: HeaderHash
        var results: AuthenticationResults?
    }

    private let policy: DKIMPolicy
    private let known: KnownRecords?
    private var problem: ARCProblem?
    private var message: SignatureCheck?
    private var seals: [SealCheck] = []
    private var keys: [DNSQuestion: DNSOutcome] = [:]
    private var instances = 0

    /// - Parameter header: the message from its first byte; only the header is read.
    package init(header: Span<UInt8>, policy: DKIMPolicy = DKIMPolicy(), now: Instant) {
        self.init(HeaderFields(header), policy: policy, now: now)
    }

    init(_ fields: HeaderFields, policy: DKIMPolicy, now: Instant, known: KnownRecords? = nil) {
        self.known = known
        // SHA-1 never was a part of ARC. RFC 8617 §4.1.2.
        var policy = policy
        policy.allowsSHA1 = false
        self.policy = policy
        do throws(ARCProblem) {
            let chain = try ARCChain(fields)
            self.instances = chain.sets.count
            guard let newest = chain.sets.last else { return }
            self.message = try Self.messageCheck(newest, chain.sets.count, fields, policy, now)
            self.seals = try Self.sealChecks(chain, fields)
        } catch {
            self.problem = error
        }
    }

    private static func messageCheck(
        _ set: ARCChain.Set,
        _ instance: Int,
        _ fields: HeaderFields,
        _ policy: DKIMPolicy,
        _ now: Instant
    ) throws(ARCProblem) -> SignatureCheck {
        do throws(SignatureProblem) {
            let check = try SignatureCheck(.arcMessage, at: set.messageSignature, of: fields, policy: policy, now: now)
            // Seals sign message signatures, never the other way round. RFC 8617 §4.1.2.
            guard !check.signature.signedNames.contains(where: { $0.lowercased() == "arc-seal" }) else {
                throw .malformedTag("h")
            }
            return check
        } catch {
            throw .messageSignature(instance: instance, error)
        }
    }

    /// Each seal covers all sets up to its own, so one hash runs over them all and each seal takes a copy of it.
    private static func sealChecks(_ chain: ARCChain, _ fields: HeaderFields) throws(ARCProblem) -> [SealCheck] {
        var running = SHA256()
        var checks: [SealCheck] = []
        for (index, set) in chain.sets.enumerated() {
            var writer = SignedHeaderWriter(.relaxed)
            writer.write(set.results, of: fields)
            writer.write(set.messageSignature, of: fields)
            running.update(data: writer.octets)
            do throws(SignatureProblem) {
                checks.append(try Self.sealCheck(set, after: running, fields))
            } catch {
                throw .seal(instance: index + 1, error)
            }
            writer = SignedHeaderWriter(.relaxed)
            writer.write(set.seal, of: fields)
            running.update(data: writer.octets)
        }
        return checks
    }

    private static func sealCheck(
        _ set: ARCChain.Set,
        after running: SHA256,
        _ fields: HeaderFields
    ) throws(SignatureProblem) -> SealCheck {
        let tags = set.sealTags
        let algorithm = try UnverifiedSignature.algorithm(tags)
        guard algorithm != .rsaSHA1 else { throw .weakHash }
        // A seal signs its sets and nothing else. RFC 8617 §4.1.3.
        guard tags["h"] == nil else { throw .malformedTag("h") }
        let domain = try UnverifiedSignature.name(tags, "d")
        let selector = try UnverifiedSignature.name(tags, "s")
        guard let keyName = domain.prefixed(by: "\(selector)._domainkey") else { throw .malformedTag("s") }
        let signature = try UnverifiedSignature.base64(tags, "b").octets
        guard let whole = tags.tag("b")?.whole else { throw .missingTag("b") }
        let start = fields.rawValue(set.seal).lowerBound
        var writer = SignedHeaderWriter(.relaxed)
        writer.writeSignature(set.seal, of: fields, without: start + whole.lowerBound..<start + whole.upperBound)
        var hash = running
        hash.update(data: writer.octets)
        return SealCheck(
            algorithm: algorithm,
            domain: domain,
            keyName: keyName,
            signature: signature,
            headerHash: .sha256(hash.finalize()),
            results: Self.results(set, fields)
        )
    }

    /// What stands behind the set's number.
    private static func results(_ set: ARCChain.Set, _ fields: HeaderFields) -> AuthenticationResults? {
        let value = fields.rawValue(set.results)
        guard let end = fields.octets[value].firstIndex(of: UInt8(ascii: ";")) else { return nil }
        return AuthenticationResults(end + 1..<value.upperBound, in: fields.octets.span)
    }

    /// The keys to ask for, each once.
    package var questions: [DNSQuestion] {
        guard self.problem == nil, let message else { return [] }
        var questions: [DNSQuestion] = []
        for name in [message.signature.keyName] + self.seals.map(\.keyName)
        where !questions.contains(DNSQuestion(name, .txt)) {
            questions.append(DNSQuestion(name, .txt))
        }
        return questions
    }

    /// The form in which the body must be hashed; none without a chain.
    package var bodyRequests: [BodyHashRequest] {
        guard self.problem == nil, let message else { return [] }
        return [message.signature.bodyRequest]
    }

    package mutating func answered(_ question: DNSQuestion, _ outcome: DNSOutcome) {
        self.keys[question] = outcome
    }

    package func result(bodies: [BodyHashRequest: BodyHash]) -> ARCResult {
        guard self.problem == nil else { return self.failure(self.problem) }
        guard let message else { return ARCResult(verdict: .none) }
        do throws(ARCProblem) {
            try self.verify(message, bodies)
            for (index, seal) in self.seals.enumerated().reversed() { try self.verify(seal, index + 1) }
        } catch {
            return self.failure(error)
        }
        let sealers = self.seals.enumerated().map { index, seal in
            ARCResult.Sealer(instance: index + 1, domain: seal.domain, results: seal.results)
        }
        return ARCResult(verdict: .pass, sealers: sealers, instances: self.instances)
    }

    private func failure(_ problem: ARCProblem?) -> ARCResult {
        ARCResult(verdict: problem?.verdict ?? .fail, problem: problem, instances: self.instances)
    }

    private func verify(_ message: SignatureCheck, _ bodies: [BodyHashRequest: BodyHash]) throws(ARCProblem) {
        do throws(SignatureProblem) {
            let key = self.keys[DNSQuestion(message.signature.keyName, .txt)]
            _ = try message.verify(key: key, bodies: bodies, policy: self.policy, self.known)
        } catch {
            throw .messageSignature(instance: self.instances, error)
        }
    }

    private func verify(_ seal: SealCheck, _ instance: Int) throws(ARCProblem) {
        do throws(SignatureProblem) {
            let published = try DKIMKey.choose(self.keys[DNSQuestion(seal.keyName, .txt)], self.known)
            try published.record.check(seal.algorithm)
            let key = try published.publicKey(rsaBitsMin: self.policy.rsaBitsMin)
            guard key.isValid(seal.signature, for: seal.headerHash) else { throw .signatureDiffers }
        } catch {
            throw .seal(instance: instance, error)
        }
    }
}
