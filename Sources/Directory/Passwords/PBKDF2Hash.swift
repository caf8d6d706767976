internal import MailBytes
internal import MailTypes
internal import SASL

/// PBKDF2 with SHA-1 as Dovecot writes it: `$1$<salt>$<rounds>$<hexadecimal hash>`. RFC 8018 §5.2.
struct PBKDF2Hash: Hashable, Sendable {
    private let salt: [UInt8]
    private let rounds: Int
    private let hash: [UInt8]

    init?(_ text: Substring) {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 5, fields[0].isEmpty, fields[1] == "1", (1...64).contains(fields[2].utf8.count),
            let rounds = Int(fields[3]), (1...10_000_000).contains(rounds),
            let hash = Hex.decode(fields[4]), hash.count == 20
        else { return nil }
        self.salt = Array(fields[2].utf8)
        self.rounds = rounds
        self.hash = hash
    }

    func matches(_ password: Secret) -> Bool {
        let computed = PasswordDerivation.pbkdf2(
            .sha1,
            password: password.bytes,
            salt: self.salt,
            rounds: self.rounds,
            octets: self.hash.count
        )
        return computed.map { ConstantTime.areEqual($0, self.hash) } ?? false
    }
}
