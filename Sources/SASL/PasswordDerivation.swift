internal import Crypto
internal import CryptoExtras

/// Turns a password into a key so slowly that guessing hurts. RFC 8018 §5.2.
package enum PasswordDerivation {
    package enum Hash: Hashable, Sendable {
        case sha1
        case sha256
        case sha512
    }

    /// `nil` when the library refuses the parameters.
    package static func pbkdf2(
        _ hash: Hash,
        password: [UInt8],
        salt: [UInt8],
        rounds: Int,
        octets: Int
    ) -> [UInt8]? {
        guard rounds >= 1, octets >= 1 else { return nil }
        let function: KDF.Insecure.PBKDF2.HashFunction =
            switch hash {
            case .sha1: .insecureSHA1
            case .sha256: .sha256
            case .sha512: .sha512
            }
        let key = try? KDF.Insecure.PBKDF2.deriveKey(
            from: password,
            salt: salt,
            using: function,
            outputByteCount: octets,
            unsafeUncheckedRounds: rounds
        )
        return unsafe key?.withUnsafeBytes { unsafe Array($0) }
    }
}

/// HMAC-SHA-256 over arrays. RFC 2104.
enum HMACSHA256 {
    static func code(for message: [UInt8], key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }
}

/// Compares secrets in a time that tells nothing about where they differ.
package enum ConstantTime {
    /// Whether both are the same; their lengths are not secret.
    package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
