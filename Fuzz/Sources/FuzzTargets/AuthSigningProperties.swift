import MIME
import MailBytes
import MailTypes
import SenderAuth

/// What we sign or seal can be verified by us.
enum AuthSigningProperties {
    /// With a key that signs nothing else, the same in every run. It is not kept: a key within an enum is hidden from
    /// the sanitizer, which would call it leaked.
    private static func options() throws(BrokenProperty) -> DKIMSigningOptions {
        // The octets of a PKCS #8 Ed25519 key. RFC 8410 §7.
        let octets: [UInt8] =
            [0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]
            + Array(repeating: 7, count: 32)
        let pem = "-----BEGIN PRIVATE KEY-----\n\(Base64.encode(octets))\n-----END PRIVATE KEY-----\n"
        guard let key = try? DKIMPrivateKey(pem: pem), let domain = DNSName("signer.test"), let selector = DNSName("s")
        else { throw BrokenProperty("a key can be read") }
        return DKIMSigningOptions(domain: domain, selector: selector, key: key)
    }

    /// What begins with a blank would go on a field that is put before it.
    private static func canBeSigned(_ message: [UInt8]) -> Bool {
        guard let first = message.first, !ASCII.isBlank(first) else { return false }
        return HeaderScanner.count(.from, in: message.span) == 1
    }

    static func checkSignature(_ message: [UInt8], _ form: Canonicalization) throws(BrokenProperty) {
        guard Self.canBeSigned(message) else { return }
        var options = try Self.options()
        (options.headerForm, options.bodyForm) = (form, form)
        guard let field = try? DKIMSigner(options).field(message: message.span, now: AuthProperties.now) else {
            throw BrokenProperty("a message with an author can be signed")
        }
        try AuthRecordProperties.requireField(field, named: "dkim-signature")
        let signed = field + message
        var verifier = DKIMVerifier(header: signed.span, now: AuthProperties.now)
        for question in verifier.questions { verifier.answered(question, Self.answer(options)) }
        let result = verifier.results(bodies: Self.hashes(of: signed, verifier.bodyRequests)).first
        try require(
            result?.verdict == .pass,
            "what we sign verifies, but: \(result?.problem?.description ?? "no signature")"
        )
    }

    static func checkSeal(_ message: [UInt8], _ found: SenderAuthenticationResult) throws(BrokenProperty) {
        guard Self.canBeSigned(message), found.arc.verdict == .none else { return }
        let options = try Self.options()
        let sealer = ARCSealer(options)
        let hash = Self.hashes(of: message, [sealer.bodyRequest])[sealer.bodyRequest]?.octets ?? []
        let sealed: [UInt8]?
        do throws(DKIMKeyError) {
            sealed = try sealer.fields(
                header: message.span,
                bodyHash: hash,
                results: found.authenticationResults(host: "mx.example.com"),
                chain: found.arc,
                now: AuthProperties.now
            )
        } catch {
            throw BrokenProperty("a message with an author can be sealed")
        }
        let signed = try requireValue(sealed, "a message without a chain is given one") + message
        var verifier = ARCVerifier(header: signed.span, now: AuthProperties.now)
        for question in verifier.questions { verifier.answered(question, Self.answer(options)) }
        let result = verifier.result(bodies: Self.hashes(of: signed, verifier.bodyRequests))
        try require(result.verdict == .pass && result.instances == 1, "what we seal verifies, but: \(result.reason)")
    }

    private static func answer(_ options: DKIMSigningOptions) -> DNSOutcome {
        .success(DNSAnswer([.txt(Array(options.key.recordText.utf8))]))
    }

    private static func hashes(of message: [UInt8], _ requests: [BodyHashRequest]) -> [BodyHashRequest: BodyHash] {
        var hasher = BodyHasher(requests)
        hasher.update(message.span.extracting(HeaderScanner.headerOctets(of: message.span)..<message.count))
        return hasher.finish()
    }
}
