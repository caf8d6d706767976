internal import Crypto
internal import CryptoExtras
internal import MailBytes
internal import MailTypes

/// A public key as its domain publishes it. RFC 6376 §3.6.1, RFC 8463 §4.
///
/// The tags g= and n= are read over; a v= must be DKIM1 and stand first.
package struct DKIMKeyRecord: Sendable {
    /// Without v=, k=rsa is meant.
    package var keyType: String
    /// `nil` allows all.
    package var hashes: [String]?
    /// What the key is for; `*` for everything.
    package var services: [String]
    /// y: the domain is only trying signatures out.
    package var isTesting: Bool
    /// s: no i= below d=.
    package var isStrict: Bool
    /// The key's octets; empty for a key that was withdrawn.
    package var publicKey: [UInt8]

    package init(_ text: [UInt8]) throws(SignatureProblem) {
        guard text.count <= SenderAuthLimits.recordOctetsMax, let tags = TagList(text, otherwise: .skip) else {
            throw .keyMalformed
        }
        if let version = tags.text("v"), version != "DKIM1" || tags.tags.first?.name != "v" { throw .keyMalformed }
        guard let key = tags.compact("p") else { throw .keyMalformed }
        guard let octets = Base64.decode(key.span) else { throw .keyMalformed }
        self.publicKey = octets
        self.keyType = tags.text("k")?.lowercased() ?? "rsa"
        self.hashes = tags.list("h")?.map { $0.lowercased() }
        self.services = tags.list("s")?.map { $0.lowercased() } ?? ["*"]
        let flags = tags.list("t")?.map { $0.lowercased() } ?? []
        self.isTesting = flags.contains("y")
        self.isStrict = flags.contains("s")
    }

    /// Whether this key may have made that signature. RFC 6376 §6.1.2.
    func check(_ signature: UnverifiedSignature) throws(SignatureProblem) {
        guard !self.publicKey.isEmpty else { throw .keyRevoked }
        try self.check(signature.algorithm)
        if self.isStrict, let at = signature.identity.lastIndex(of: "@"),
            DNSName(international: signature.identity[signature.identity.index(after: at)...]) != signature.domain
        {
            throw .keyUnfit("t")
        }
    }

    /// The part that ARC seals share, which have no i=.
    func check(_ algorithm: SignatureAlgorithm) throws(SignatureProblem) {
        guard !self.publicKey.isEmpty else { throw .keyRevoked }
        guard self.services.contains("*") || self.services.contains("email") else { throw .keyUnfit("s") }
        guard self.keyType == algorithm.keyType else { throw .keyUnfit("k") }
        if let hashes, !hashes.contains(algorithm.hash.rawValue) { throw .keyUnfit("h") }
    }
}

/// A key's record, and the key that it holds, made ready once for all the signatures that it is to check.
final class DKIMKey: Sendable {
    let record: DKIMKeyRecord
    /// Of an RSA key.
    private let bits: Int?
    private let key: Result<DKIMPublicKey, SignatureProblem>

    init(_ text: [UInt8]) throws(SignatureProblem) {
        let record = try DKIMKeyRecord(text)
        let bits = record.keyType == "ed25519" ? nil : RSAKeyLength.bits(of: record.publicKey)
        self.record = record
        self.bits = bits
        self.key = Result { () throws(SignatureProblem) in try DKIMPublicKey(record, bits: bits) }
    }

    /// - Parameter rsaBitsMin: what our own rules want, at least 1,024.
    func publicKey(rsaBitsMin: Int) throws(SignatureProblem) -> DKIMPublicKey {
        if let bits, bits < rsaBitsMin { throw .keyTooShort }
        return try self.key.get()
    }

    /// The usable one among the records under a key's name. RFC 6376 §3.6.2.2 leaves open which of several counts:
    /// records of other kinds are passed over, then the first counts.
    static func choose(_ outcome: DNSOutcome?, _ known: KnownRecords?) throws(SignatureProblem) -> DKIMKey {
        guard let outcome else { throw .keyUnreachable }
        let records: [DNSRecord]
        switch outcome {
        case .success(let answer): records = answer.records
        case .failure(let failure): throw failure.meansNoRecord ? .noKey : .keyUnreachable
        }
        var problem = SignatureProblem.noKey
        for case .txt(let text) in records.prefix(SenderAuthLimits.keyRecordsMax) {
            do throws(SignatureProblem) {
                return try known.key(text)
            } catch {
                problem = error
            }
        }
        throw problem
    }
}

/// A public key ready for use.
enum DKIMPublicKey: Sendable {
    case rsa(_RSA.Signing.PublicKey)
    case ed25519(Curve25519.Signing.PublicKey)

    /// - Parameter bits: of the modulus, for RSA; `nil` when it cannot be made out.
    init(_ record: DKIMKeyRecord, bits: Int?) throws(SignatureProblem) {
        if record.keyType == "ed25519" {
            guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: record.publicKey) else {
                throw .keyMalformed
            }
            self = .ed25519(key)
            return
        }
        // The length is judged before the numbers are used: a stranger's key of 16,384 bits costs milliseconds.
        guard let bits else { throw .keyMalformed }
        guard bits >= SenderAuthLimits.rsaBits.lowerBound else { throw .keyTooShort }
        guard bits <= SenderAuthLimits.rsaBits.upperBound else { throw .keyTooLong }
        guard let key = try? _RSA.Signing.PublicKey(unsafeDERRepresentation: record.publicKey) else {
            throw .keyMalformed
        }
        self = .rsa(key)
    }

    /// What is signed is the hash of the header: by RSA with PKCS #1 padding, by Ed25519 as a message of its own
    /// (RFC 8463 §3).
    func isValid(_ signature: [UInt8], for header: HeaderHash) -> Bool {
        switch (self, header) {
        case (.rsa(let key), .sha256(let digest)):
            key.isValidSignature(.init(rawRepresentation: signature), for: digest, padding: .insecurePKCS1v1_5)
        case (.rsa(let key), .sha1(let digest)):
            key.isValidSignature(.init(rawRepresentation: signature), for: digest, padding: .insecurePKCS1v1_5)
        case (.ed25519(let key), .sha256(let digest)):
            key.isValidSignature(signature, for: Array(digest))
        case (.ed25519, .sha1): false
        }
    }
}

/// The hash of a canonical header that a signature signs.
enum HeaderHash: Sendable {
    case sha1(Insecure.SHA1Digest)
    case sha256(SHA256Digest)

    init(_ octets: [UInt8], _ algorithm: HashAlgorithm) {
        switch algorithm {
        case .sha1: self = .sha1(Insecure.SHA1.hash(data: octets))
        case .sha256: self = .sha256(SHA256.hash(data: octets))
        }
    }
}
