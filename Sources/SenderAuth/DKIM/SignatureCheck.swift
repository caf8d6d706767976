package import MailTypes

/// A signature whose mathematics has been checked with the key its domain publishes. Only the verifier makes one.
package struct VerifiedSignature: Hashable, Sendable {
    /// Who answers for the message: d=.
    package let domain: DNSName
    package let selector: DNSName
    /// Who within the domain, by the domain's own word: i=.
    package let identity: String
    package let algorithm: SignatureAlgorithm
    package let signedNames: [String]
    /// Whether the key came with a proof of its zone.
    package let isKeySecure: Bool
    /// The domain says that it is only trying things out. RFC 6376 §3.6.1 (t=y).
    package let isTesting: Bool
    /// Octets at the body's end that the signature does not cover.
    package let unsignedBodyOctets: Int

    fileprivate init(_ signature: UnverifiedSignature, key: DKIMKeyRecord, isSecure: Bool, unsignedBodyOctets: Int) {
        self.domain = signature.domain
        self.selector = signature.selector
        self.identity = signature.identity
        self.algorithm = signature.algorithm
        self.signedNames = signature.signedNames
        self.isKeySecure = isSecure
        self.isTesting = key.isTesting
        self.unsignedBodyOctets = unsignedBodyOctets
    }
}

/// A signature on its way to being verified: the header's hash is taken at once, so that no bytes need be kept until
/// key and body have come.
struct SignatureCheck: Sendable {
    let signature: UnverifiedSignature
    private let headerHash: HeaderHash

    /// - Parameter index: where the signature's field stands among the fields.
    init(
        _ field: UnverifiedSignature.Field,
        at index: Int,
        of fields: HeaderFields,
        policy: DKIMPolicy,
        now: Instant
    ) throws(SignatureProblem) {
        guard fields.isComplete else { throw .tooLarge }
        let value = fields.rawValue(index)
        let tags = try TagList(fieldAt: value, of: fields.octets)
        self.signature = try UnverifiedSignature(tags, of: field)
        try Self.check(self.signature, policy: policy, now: now)
        guard let whole = tags.tag("b")?.whole else { throw .missingTag("b") }
        let range = value.lowerBound + whole.lowerBound..<value.lowerBound + whole.upperBound
        var writer = SignedHeaderWriter(self.signature.headerForm)
        guard writer.write(self.signature.signedNames, of: fields, excluding: index) else { throw .tooLarge }
        writer.writeSignature(index, of: fields, without: range)
        self.headerHash = HeaderHash(writer.octets, self.signature.algorithm.hash)
    }

    private static func check(
        _ signature: UnverifiedSignature,
        policy: DKIMPolicy,
        now: Instant
    ) throws(SignatureProblem) {
        if signature.algorithm == .rsaSHA1, !policy.allowsSHA1 { throw .weakHash }
        if let expiresAt = signature.expiresAt, expiresAt < now { throw .expired }
        if let signedAt = signature.signedAt, signedAt > now + SenderAuthLimits.clockSkew {
            throw .signedInTheFuture
        }
    }

    /// The cheap checks first: a body that differs never costs a public-key operation.
    func verify(
        key outcome: DNSOutcome?,
        bodies: [BodyHashRequest: BodyHash],
        policy: DKIMPolicy,
        _ known: KnownRecords?
    ) throws(SignatureProblem) -> VerifiedSignature {
        let published = try DKIMKey.choose(outcome, known)
        let record = published.record
        try record.check(self.signature)
        guard let body = bodies[self.signature.bodyRequest], body.octets == self.signature.bodyHash else {
            throw .bodyHashDiffers
        }
        let unsignedOctets = body.canonicalOctets - (self.signature.bodyOctets ?? body.canonicalOctets)
        // A body shorter than l= says is not what was signed. RFC 6376 §3.5 (l=).
        guard unsignedOctets >= 0 else { throw .bodyHashDiffers }
        let key = try published.publicKey(rsaBitsMin: policy.rsaBitsMin)
        guard key.isValid(self.signature.signature, for: self.headerHash) else { throw .signatureDiffers }
        if unsignedOctets > 0, !policy.allowsUnsignedBody { throw .bodyPartlySigned }
        return VerifiedSignature(
            self.signature,
            key: record,
            isSecure: (try? outcome?.get())?.security == .secure,
            unsignedBodyOctets: unsignedOctets
        )
    }
}

extension TagList {
    /// The tags of a header field's value.
    init(fieldAt value: Range<Int>, of octets: [UInt8]) throws(SignatureProblem) {
        guard value.count <= SenderAuthLimits.signatureOctetsMax else { throw .tooLarge }
        guard let tags = Self(Array(octets[value])) else { throw .syntax }
        self = tags
    }
}
