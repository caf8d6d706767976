internal import Crypto
internal import MailBytes
internal import MailTypes
internal import SASL

/// One round of SHA, with or without salt, as LDAP and Dovecot write it. Weak; taken so that its users can be imported.
///
///     {SSHA256}<base64 of hash and salt>      {SHA256.HEX}<hexadecimal hash>
struct DigestHash: Hashable, Sendable {
    private enum Algorithm {
        case sha1
        case sha256
        case sha512

        var octets: Int {
            switch self {
            case .sha1: 20
            case .sha256: 32
            case .sha512: 64
            }
        }
    }

    private let algorithm: Algorithm
    private let hash: [UInt8]
    private let salt: [UInt8]

    /// - Parameter scheme: in capitals, with Dovecot's suffix for the encoding if it has one.
    init?(scheme: String, value: Substring) {
        let parts = scheme.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let (algorithm, isSalted) = Self.schemes[String(parts[0])],
            let bytes = Self.decode(value, suffix: parts.count == 2 ? parts[1] : nil, algorithm: algorithm),
            isSalted ? bytes.count > algorithm.octets : bytes.count == algorithm.octets
        else { return nil }
        self.algorithm = algorithm
        self.hash = Array(bytes.prefix(algorithm.octets))
        self.salt = Array(bytes.dropFirst(algorithm.octets))
    }

    static var names: [String] { Self.schemes.keys.sorted() }

    private static let schemes: [String: (Algorithm, isSalted: Bool)] = [
        "SHA": (.sha1, false), "SHA1": (.sha1, false), "SHA256": (.sha256, false), "SHA512": (.sha512, false),
        "SSHA": (.sha1, true), "SSHA256": (.sha256, true), "SSHA512": (.sha512, true),
    ]

    /// Without a suffix, text of exactly twice a hash's length in hexadecimal digits is hexadecimal, as in Dovecot.
    private static func decode(_ value: Substring, suffix: Substring?, algorithm: Algorithm) -> [UInt8]? {
        switch suffix {
        case "HEX": return Hex.decode(value)
        case "B64", "BASE64": return Base64.decode(value)
        case nil:
            if value.utf8.count == algorithm.octets * 2, let bytes = Hex.decode(value) { return bytes }
            return Base64.decode(value)
        default: return nil
        }
    }

    func matches(_ password: Secret) -> Bool {
        let salted = password.bytes + self.salt
        let computed: [UInt8] =
            switch self.algorithm {
            case .sha1: Array(Insecure.SHA1.hash(data: salted))
            case .sha256: Array(SHA256.hash(data: salted))
            case .sha512: Array(SHA512.hash(data: salted))
            }
        return ConstantTime.areEqual(computed, self.hash)
    }

    static func sha256(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
}
