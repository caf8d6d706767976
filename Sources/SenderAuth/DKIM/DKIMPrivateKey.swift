internal import Crypto
internal import CryptoExtras
internal import MailBytes
internal import MailTypes

/// A private key as it cannot be used: what is wrong with it, without a byte of it.
package enum DKIMKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    case notPEM
    case unsupported
    case tooShort
    case tooLong

    package var description: String {
        switch self {
        case .notPEM: "no private key in PEM form"
        case .unsupported: "neither an RSA nor an Ed25519 key, or damaged, or encrypted"
        case .tooShort: "an RSA key of less than 1,024 bits"
        case .tooLong: "an RSA key of more than 4,096 bits"
        }
    }
}

/// A key that signs for a domain. Its description shows nothing of it.
package struct DKIMPrivateKey: Sendable, CustomStringConvertible {
    private enum Kind: Sendable {
        case rsa(_RSA.Signing.PrivateKey)
        case ed25519(Curve25519.Signing.PrivateKey)
    }

    private let kind: Kind

    /// - Parameter pem: PKCS #8, or for RSA also PKCS #1. RFC 5958, RFC 8017 §A.1.2, RFC 8410 §7.
    package init(pem: String) throws(DKIMKeyError) {
        guard let der = PEMText.der(of: pem) else { throw .notPEM }
        if let seed = Self.ed25519Seed(in: der), let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) {
            self.kind = .ed25519(key)
            return
        }
        guard let key = try? _RSA.Signing.PrivateKey(unsafePEMRepresentation: pem) else { throw .unsupported }
        guard key.keySizeInBits >= SenderAuthLimits.rsaBits.lowerBound else { throw .tooShort }
        guard key.keySizeInBits <= SenderAuthLimits.rsaBits.upperBound else { throw .tooLong }
        self.kind = .rsa(key)
    }

    private init(_ kind: Kind) {
        self.kind = kind
    }

    /// A new key for Ed25519. RFC 8463.
    package static func makeEd25519() -> Self {
        Self(.ed25519(Curve25519.Signing.PrivateKey()))
    }

    /// A new key for RSA; 2,048 bits are what fits everywhere. RFC 8301 §3.2.
    package static func makeRSA(bits: Int = 2_048) throws(DKIMKeyError) -> Self {
        guard bits >= 2_048 else { throw .tooShort }
        guard bits <= SenderAuthLimits.rsaBits.upperBound else { throw .tooLong }
        guard let key = try? _RSA.Signing.PrivateKey(keySize: .init(bitCount: bits)) else { throw .unsupported }
        return Self(.rsa(key))
    }

    package var description: String { "\(self.algorithm.rawValue) key" }

    package var algorithm: SignatureAlgorithm {
        switch self.kind {
        case .rsa: .rsaSHA256
        case .ed25519: .ed25519SHA256
        }
    }

    /// PKCS #8, for keeping in a file or store that nobody else reads.
    package var pem: String {
        switch self.kind {
        case .rsa(let key): key.pkcs8PEMRepresentation
        case .ed25519(let key): PEMText.privateKey(Self.ed25519Prefix + Array(key.rawRepresentation))
        }
    }

    /// What the p= of its DNS record holds.
    package var publicKeyOctets: [UInt8] {
        switch self.kind {
        case .rsa(let key): Array(key.publicKey.derRepresentation)
        case .ed25519(let key): Array(key.publicKey.rawRepresentation)
        }
    }

    /// - Parameter header: the canonical header.
    func signature(for header: [UInt8]) throws(DKIMKeyError) -> [UInt8] {
        let digest = SHA256.hash(data: header)
        switch self.kind {
        case .rsa(let key):
            guard let signature = try? key.signature(for: digest, padding: .insecurePKCS1v1_5) else {
                throw .unsupported
            }
            return Array(signature.rawRepresentation)
        case .ed25519(let key):
            guard let signature = try? key.signature(for: Array(digest)) else { throw .unsupported }
            return Array(signature)
        }
    }

    /// All of a PKCS #8 Ed25519 key but the 32 octets themselves. RFC 8410 §7.
    private static let ed25519Prefix: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]

    /// The version and whatever follows the key (attributes, the public key) may differ.
    private static func ed25519Seed(in der: [UInt8]) -> [UInt8]? {
        let fromIdentifier = self.ed25519Prefix[5...]
        guard der.count >= 48, der[0] == 0x30, der[2...3] == [0x02, 0x01], der[4] <= 1,
            der[5..<16] == fromIdentifier
        else { return nil }
        return Array(der[16..<48])
    }
}

extension DKIMPrivateKey {
    /// The TXT record that belongs under `SELECTOR._domainkey.DOMAIN`. RFC 6376 §3.6.1.
    package var recordText: String {
        let type = self.algorithm == .ed25519SHA256 ? "ed25519" : "rsa"
        return "v=DKIM1; k=\(type); p=\(Base64.encode(self.publicKeyOctets))"
    }

    /// The record as a zone file has it, in strings of at most 255 octets, ready to paste.
    package func zoneText(domain: String, selector: String) -> String {
        var strings: [Substring] = []
        var rest = self.recordText[...]
        while !rest.isEmpty {
            strings.append(rest.prefix(255))
            rest = rest.dropFirst(255)
        }
        let quoted = strings.map { "\"\($0)\"" }
        let name = "\(selector)._domainkey.\(domain)."
        return quoted.count == 1
            ? "\(name) IN TXT \(quoted[0])" : "\(name) IN TXT ( \(quoted.joined(separator: "\n    ")) )"
    }
}

/// The armour around a key in a text file. RFC 7468.
private enum PEMText {
    static func der(of pem: String) -> [UInt8]? {
        let lines = pem.split(whereSeparator: \.isNewline).map { $0.trimmingBlanks() }
        guard let begin = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") && $0.hasSuffix("PRIVATE KEY-----") }),
            let end = lines[begin...].firstIndex(where: { $0.hasPrefix("-----END ") })
        else { return nil }
        return Base64.decode(lines[begin + 1..<end].joined())
    }

    static func privateKey(_ der: [UInt8]) -> String {
        "-----BEGIN PRIVATE KEY-----\n\(Base64.encode(der))\n-----END PRIVATE KEY-----"
    }
}

extension Substring {
    fileprivate func trimmingBlanks() -> Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
