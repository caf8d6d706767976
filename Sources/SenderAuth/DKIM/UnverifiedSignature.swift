internal import MailBytes
package import MailTypes

/// How a signature was made. RFC 6376 §3.3, RFC 8301, RFC 8463.
package enum SignatureAlgorithm: String, Hashable, Sendable, CaseIterable {
    case ed25519SHA256 = "ed25519-sha256"
    case rsaSHA1 = "rsa-sha1"
    case rsaSHA256 = "rsa-sha256"

    package var hash: HashAlgorithm { self == .rsaSHA1 ? .sha1 : .sha256 }
    /// The k= of the keys that fit.
    var keyType: String { self == .ed25519SHA256 ? "ed25519" : "rsa" }
}

/// What a DKIM-Signature or ARC-Message-Signature field claims. Nothing of it is proven. RFC 6376 §3.5,
/// RFC 8617 §4.1.2.
package struct UnverifiedSignature: Hashable, Sendable {
    package var algorithm: SignatureAlgorithm
    package var headerForm: Canonicalization
    package var bodyForm: Canonicalization
    /// Whose signature it claims to be: d=.
    package var domain: DNSName
    package var selector: DNSName
    /// Where the key is asked for. RFC 6376 §3.6.2.1.
    package let keyName: DNSName
    /// The user or agent it was made for: i=, or `@` and the domain. Never more trustworthy than the domain.
    package var identity: String
    /// As they stand in h=.
    package var signedNames: [String]
    package var bodyHash: [UInt8]
    package let signature: [UInt8]
    /// The first eight characters of b=.
    package let signaturePrefix: String
    /// Octets of the canonical body that are signed, when not all are: l=.
    package var bodyOctets: Int?
    package var signedAt: Instant?
    package var expiresAt: Instant?

    var bodyRequest: BodyHashRequest {
        BodyHashRequest(self.bodyForm, self.algorithm.hash, octetsMax: self.bodyOctets)
    }
}

extension UnverifiedSignature {
    /// Which of the two fields that share their grammar is read.
    enum Field {
        case dkim
        /// There i= is the number of the set, and there is no v=. RFC 8617 §4.1.2.
        case arcMessage
    }

    init(_ tags: TagList, of field: Field) throws(SignatureProblem) {
        if field == .dkim {
            guard let version = tags.text("v") else { throw .missingTag("v") }
            guard version == "1" else { throw .unsupported("v") }
        }
        self.algorithm = try Self.algorithm(tags)
        (self.headerForm, self.bodyForm) = try Self.forms(tags)
        self.domain = try Self.name(tags, "d")
        self.selector = try Self.name(tags, "s")
        guard let keyName = self.domain.prefixed(by: self.selector.text + "._domainkey") else {
            throw .malformedTag("s")
        }
        self.keyName = keyName
        self.identity = field == .dkim ? try Self.identity(tags, of: self.domain) : "@" + self.domain.text
        self.signedNames = try Self.signedNames(tags)
        self.bodyHash = try Self.base64(tags, "bh").octets
        let (text, signature) = try Self.base64(tags, "b")
        self.signature = signature
        self.signaturePrefix = String(decoding: text.prefix(8), as: UTF8.self)
        self.bodyOctets = try Self.number(tags, "l", digitsMax: 76).map { Int(clamping: $0) }
        self.signedAt = try Self.instant(tags, "t")
        self.expiresAt = try Self.instant(tags, "x")
        if let signedAt, let expiresAt, expiresAt <= signedAt { throw .malformedTag("x") }
        if let methods = tags.list("q"), !methods.contains("dns/txt") { throw .unsupported("q") }
    }

    static func algorithm(_ tags: TagList) throws(SignatureProblem) -> SignatureAlgorithm {
        guard let name = tags.text("a") else { throw .missingTag("a") }
        guard let algorithm = SignatureAlgorithm(rawValue: name.lowercased()) else { throw .unsupported("a") }
        return algorithm
    }

    ///     sig-c-tag-alg = ("simple" / "relaxed") [ "/" ("simple" / "relaxed") ]
    private static func forms(
        _ tags: TagList
    ) throws(SignatureProblem) -> (header: Canonicalization, body: Canonicalization) {
        guard let text = tags.text("c")?.lowercased() else { return (.simple, .simple) }
        let slash = text.utf8.firstIndex(of: UInt8(ascii: "/"))
        guard let header = Canonicalization(rawValue: String(text[..<(slash ?? text.endIndex)])) else {
            throw .unsupported("c")
        }
        guard let slash else { return (header, .simple) }
        guard let body = Canonicalization(rawValue: String(text[text.utf8.index(after: slash)...])) else {
            throw .unsupported("c")
        }
        return (header, body)
    }

    static func name(_ tags: TagList, _ tag: String) throws(SignatureProblem) -> DNSName {
        guard let text = tags.text(tag) else { throw .missingTag(tag) }
        guard let name = DNSName(international: text), name != .root else { throw .malformedTag(tag) }
        return name
    }

    /// The part behind the last `@` must be the signing domain or below it. RFC 6376 §6.1.1.
    private static func identity(_ tags: TagList, of domain: DNSName) throws(SignatureProblem) -> String {
        guard let text = tags.text("i") else { return "@" + domain.text }
        guard let at = text.lastIndex(of: "@"),
            let identityDomain = DNSName(international: text[text.index(after: at)...])
        else { throw .malformedTag("i") }
        guard identityDomain.isEqualOrBelow(domain) else { throw .identityOutsideDomain }
        return text
    }

    private static func signedNames(_ tags: TagList) throws(SignatureProblem) -> [String] {
        guard let names = tags.list("h") else { throw .missingTag("h") }
        guard names.count <= SenderAuthLimits.signedNamesMax else { throw .tooLarge }
        guard names.allSatisfy({ !$0.isEmpty }) else { throw .malformedTag("h") }
        guard names.contains(where: { $0.utf8.count == 4 && $0.lowercased() == "from" }) else { throw .fromNotSigned }
        return names
    }

    /// A tag's value without its folds, and what it stands for.
    static func base64(
        _ tags: TagList,
        _ tag: String
    ) throws(SignatureProblem) -> (text: [UInt8], octets: [UInt8]) {
        guard let text = tags.compact(tag) else { throw .missingTag(tag) }
        guard !text.isEmpty, let octets = Base64.decode(text.span) else { throw .malformedTag(tag) }
        return (text, octets)
    }

    private static func number(
        _ tags: TagList,
        _ tag: String,
        digitsMax: Int
    ) throws(SignatureProblem) -> UInt64? {
        guard let digits = tags[tag] else { return nil }
        guard !digits.isEmpty, digits.count <= digitsMax, digits.allSatisfy(ASCII.isDigit) else {
            throw .malformedTag(tag)
        }
        return UInt64(String(decoding: digits, as: UTF8.self)) ?? .max
    }

    /// Seconds since 1970; up to 12 digits, and what is beyond any calendar counts as the end of time.
    static func instant(_ tags: TagList, _ tag: String) throws(SignatureProblem) -> Instant? {
        try self.number(tags, tag, digitsMax: 12).map { Instant(secondsSince1970: Int64(clamping: $0)) }
    }
}
