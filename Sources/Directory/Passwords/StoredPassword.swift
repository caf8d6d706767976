internal import MailBytes
internal import MailTypes
internal import SASL

/// A stored password, read: what it was hashed with, and whether a given password is the one.
///
/// Forms it knows: PHC strings of argon2, the hashes of crypt(3), and `{SCHEME}` as Dovecot writes it. Whatever it
/// cannot read whole is no password at all, and whoever tries it is denied.
enum StoredPassword: Sendable {
    case argon2(Argon2Hash)
    case crypt(CryptHash)
    case plain([UInt8])
    case digest(DigestHash)
    case pbkdf2(PBKDF2Hash)
    case scram(SCRAMCredentials)

    init?(_ text: String) {
        guard text.utf8.count <= DirectoryLimits.storedPasswordOctetsMax, !text.utf8.contains(0) else { return nil }
        guard text.utf8.first == 0x7B else {
            self.init(unprefixed: text)
            return
        }
        guard let end = text.utf8.firstIndex(of: 0x7D) else { return nil }
        let name = text[text.utf8.index(after: text.startIndex)..<end].uppercased()
        self.init(scheme: name, value: text[text.utf8.index(after: end)...])
    }

    private init?(unprefixed text: String) {
        if let argon2 = Argon2Hash(text) {
            self = .argon2(argon2)
        } else if let crypt = CryptHash(text) {
            self = .crypt(crypt)
        } else {
            return nil
        }
    }

    /// What may stand in braces before a hash, as Dovecot names it.
    static let schemes =
        ["ARGON2ID", "ARGON2I", "CRYPT", "SHA512-CRYPT", "SHA256-CRYPT", "BLF-CRYPT", "MD5-CRYPT", "PBKDF2"]
        + ["SCRAM-SHA-256", "PLAIN"] + DigestHash.names

    private init?(scheme: String, value: Substring) {
        switch scheme {
        case "PLAIN", "CLEAR", "CLEARTEXT":
            guard !value.isEmpty else { return nil }
            self = .plain(Array(value.utf8))
        case "ARGON2", "ARGON2ID", "ARGON2I":
            guard let hash = Argon2Hash(String(value)) else { return nil }
            self = .argon2(hash)
        case "CRYPT", "MD5-CRYPT", "SHA256-CRYPT", "SHA512-CRYPT", "BLF-CRYPT":
            guard let hash = CryptHash(String(value)), hash.belongs(to: scheme) else { return nil }
            self = .crypt(hash)
        case "PBKDF2":
            guard let hash = PBKDF2Hash(value) else { return nil }
            self = .pbkdf2(hash)
        case "SCRAM-SHA-256":
            guard let credentials = SCRAMText.read(value) else { return nil }
            self = .scram(credentials)
        default:
            guard let hash = DigestHash(scheme: scheme, value: value) else { return nil }
            self = .digest(hash)
        }
    }

    /// Whether `password` is the one. Takes a time that does not tell how nearly it is.
    func matches(_ password: Secret) -> Bool {
        let bytes = password.bytes
        // HMAC and crypt(3) cannot tell a NUL at the end from none.
        guard !bytes.isEmpty, bytes.count <= DirectoryLimits.passwordOctetsMax, !bytes.contains(0) else { return false }
        return switch self {
        case .argon2(let hash): hash.matches(password)
        case .crypt(let hash): hash.matches(password)
        case .plain(let bytes): Self.areEqual(bytes, password)
        case .digest(let hash): hash.matches(password)
        case .pbkdf2(let hash): hash.matches(password)
        case .scram(let credentials): Self.matches(credentials, password)
        }
    }

    /// Whether judging it takes microseconds, so that it may be done on an event loop.
    var isCheap: Bool {
        switch self {
        case .plain, .digest: true
        case .argon2, .crypt, .pbkdf2, .scram: false
        }
    }

    /// Whether it is what this release would store itself, so that there is nothing better to replace it with.
    var isOwn: Bool {
        switch self {
        case .argon2(let hash): hash.variant == .id
        case .plain: true
        case .crypt, .digest, .pbkdf2, .scram: false
        }
    }

    private static func areEqual(_ bytes: [UInt8], _ password: Secret) -> Bool {
        // Both are hashed first, so that the time does not tell the stored one's length.
        ConstantTime.areEqual(DigestHash.sha256(bytes), DigestHash.sha256(password.bytes))
    }

    private static func matches(_ stored: SCRAMCredentials, _ password: Secret) -> Bool {
        let given = SCRAMCredentials(password: password, salt: stored.salt, iterations: stored.iterations)
        return given.map { ConstantTime.areEqual($0.storedKey, stored.storedKey) } ?? false
    }
}

extension StoredPassword {
    /// The scheme's name for lists, read from the first characters only.
    static func schemeName(of text: String) -> String {
        if text.utf8.first == 0x7B {
            let name = text.dropFirst().prefix { $0 != "}" }
            return name.lowercased()
        }
        return Self.prefixes.first { text.hasPrefix($0.prefix) }?.name ?? "unknown"
    }

    private static let prefixes: [(prefix: String, name: String)] = [
        ("$argon2id$", "argon2id"), ("$argon2i$", "argon2i"), ("$argon2d$", "argon2d"), ("$6$", "sha512-crypt"),
        ("$5$", "sha256-crypt"), ("$2", "bcrypt"), ("$y$", "yescrypt"), ("$gy$", "gost-yescrypt"), ("$7$", "scrypt"),
        ("$1$", "md5-crypt"),
    ]
}
