internal import MailTypes
internal import SASL

/// What is stored for a password: the hash, and SCRAM's keys where the password can be used with SCRAM.
struct HashedPassword: Hashable, Sendable {
    var password: String?
    var scram: String?

    /// Of argon2id and of SCRAM.
    static let saltOctets = 16

    static let none = HashedPassword(password: nil, scram: nil)

    /// Hashes as the policy says. Takes tens of milliseconds; `nil` when there is no memory for it.
    static func hash(_ password: Secret, _ policy: PasswordPolicy) -> HashedPassword? {
        let hash = Argon2Hash(hashing: password, salt: RandomOctets.make(Self.saltOctets), cost: policy.argon2Cost)
        guard let hash else { return nil }
        return HashedPassword(password: hash.text, scram: Self.scram(password, policy).map(SCRAMText.write))
    }

    static func scram(_ password: Secret, _ policy: PasswordPolicy) -> SCRAMCredentials? {
        let salt = RandomOctets.make(Self.saltOctets)
        return SCRAMCredentials(password: password, salt: salt, iterations: policy.scramIterations)
    }

    /// Kept in clear.
    static func throwaway(_ password: Secret) -> HashedPassword {
        HashedPassword(password: "{PLAIN}\(String(decoding: password.bytes, as: UTF8.self))", scram: nil)
    }

    /// A hash from elsewhere, as it is. An imported SCRAM key serves SCRAM too.
    static func imported(_ text: String) throws(DirectoryError) -> HashedPassword {
        guard let stored = StoredPassword(text) else {
            throw DirectoryError(
                .invalidPassword,
                "The password hash (\(StoredPassword.schemeName(of: text))) is malformed or of an unknown scheme",
                advice: "Give an argon2 PHC string, a crypt(3) hash (\(CryptHash.prefixes.joined(separator: " "))), "
                    + "or one marked {SCHEME}: \(StoredPassword.schemes.joined(separator: ", ")); "
                    + "or set a new password in clear."
            )
        }
        if case .scram(let credentials) = stored {
            return HashedPassword(password: text, scram: SCRAMText.write(credentials))
        }
        return HashedPassword(password: text, scram: nil)
    }
}

extension PasswordPolicy {
    var argon2Cost: Argon2Hash.Cost {
        Argon2Hash.Cost(
            memoryKiB: self.argon2MemoryKiB,
            iterations: self.argon2Iterations,
            parallelism: self.argon2Parallelism
        )
    }
}
