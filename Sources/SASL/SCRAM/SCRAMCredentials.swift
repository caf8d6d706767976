internal import Crypto
package import MailTypes

/// What a server keeps of a password for SCRAM: enough to check a proof, not enough to log in elsewhere. RFC 5802 §3.
package struct SCRAMCredentials: Hashable, Sendable {
    package let salt: [UInt8]
    package let iterations: Int
    package let storedKey: [UInt8]
    package let serverKey: [UInt8]
    /// Made up for a login that does not exist; no proof against it is ever accepted.
    package let isDecoy: Bool

    package init(salt: [UInt8], iterations: Int, storedKey: [UInt8], serverKey: [UInt8], isDecoy: Bool = false) {
        self.salt = salt
        self.iterations = iterations
        self.storedKey = storedKey
        self.serverKey = serverKey
        self.isDecoy = isDecoy
    }

    /// Derives them from a password; `nil` when SASLprep refuses it, so that no client could ever prove it.
    /// - Complexity: `iterations` rounds of HMAC-SHA-256, about a millisecond for 4,000: never on an event loop.
    package init?(password: Secret, salt: [UInt8], iterations: Int) {
        guard let prepared = SASLprep.prepare(password.bytes) else { return nil }
        let salted = PasswordDerivation.pbkdf2(.sha256, password: prepared, salt: salt, rounds: iterations, octets: 32)
        guard let salted else { return nil }
        let keys = SCRAMKeys(saltedPassword: salted)
        self.init(salt: salt, iterations: iterations, storedKey: keys.storedKey, serverKey: keys.serverKey)
    }

    /// Credentials for a login nobody has: always the same salt for the same name, so that asking twice tells nothing.
    /// Another number of rounds gives another salt, as a new password does.
    ///
    /// - Parameters:
    ///   - key: the site's own secret; without it the salt cannot be told from a real one.
    ///   - saltOctets: 64 at most.
    package static func decoy(login: String, key: Secret, iterations: Int, saltOctets: Int) -> SCRAMCredentials {
        func digest(_ purpose: String) -> [UInt8] { Self.decoyDigest(purpose, login, key) }
        let look = "\(iterations) \(saltOctets)"
        let salt = digest("salt \(look)") + digest("more salt \(look)")
        return SCRAMCredentials(
            salt: Array(salt.prefix(saltOctets)),
            iterations: iterations,
            storedKey: digest("stored"),
            serverKey: digest("server"),
            isDecoy: true
        )
    }

    /// A number that a login nobody has draws, so that it can be decided by lot what its decoy looks like.
    package static func decoyLot(login: String, key: Secret, iterations: Int, saltOctets: Int) -> UInt64 {
        Self.decoyDigest("lot \(iterations) \(saltOctets)", login, key).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func decoyDigest(_ purpose: String, _ login: String, _ key: Secret) -> [UInt8] {
        HMACSHA256.code(for: Array("\(purpose)\u{0}\(login)".utf8), key: key.bytes)
    }
}

/// The keys of RFC 5802 §3 that follow from a salted password.
struct SCRAMKeys {
    let clientKey: [UInt8]
    let storedKey: [UInt8]
    let serverKey: [UInt8]

    init(saltedPassword: [UInt8]) {
        self.clientKey = HMACSHA256.code(for: Array("Client Key".utf8), key: saltedPassword)
        self.storedKey = Array(SHA256.hash(data: self.clientKey))
        self.serverKey = HMACSHA256.code(for: Array("Server Key".utf8), key: saltedPassword)
    }
}
