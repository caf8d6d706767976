internal import CArgon2
internal import MailTypes
internal import SASL

/// One argon2 hash with all that made it, as a PHC string writes it. RFC 9106 §3.1.
///
///     $argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>
struct Argon2Hash: Hashable, Sendable {
    enum Variant: String, Sendable {
        case id = "argon2id"
        case i = "argon2i"
        case d = "argon2d"
    }

    struct Cost: Hashable, Sendable {
        var memoryKiB: Int
        var iterations: Int
        var parallelism: Int

        /// RFC 9106 §3.1: memory is at least eight blocks a lane. The upper bounds keep a wrong number in an imported
        /// hash from taking the machine: 4 GiB, 64 passes.
        var isReasonable: Bool {
            (1...64).contains(self.iterations) && (1...64).contains(self.parallelism)
                && (8 * self.parallelism...4 << 20).contains(self.memoryKiB)
        }
    }

    let variant: Variant
    let version: Int
    let cost: Cost
    let salt: [UInt8]
    let hash: [UInt8]

    /// Hashes a new password; `nil` when the library refuses, which is for want of memory.
    init?(hashing password: Secret, salt: [UInt8], cost: Cost) {
        guard cost.isReasonable, (8...64).contains(salt.count) else { return nil }
        let computed = Self.compute(.id, 0x13, cost, password: password, salt: salt, octets: 32)
        guard let hash = computed else { return nil }
        self.init(variant: .id, version: 0x13, cost: cost, salt: salt, hash: hash)
    }

    /// A hash that nothing matches and that costs as much to try as any: for logins nobody has.
    static func decoy(cost: Cost) -> Argon2Hash {
        Argon2Hash(
            variant: .id,
            version: 0x13,
            cost: cost,
            salt: RandomOctets.make(16),
            hash: RandomOctets.make(32)
        )
    }

    private init(variant: Variant, version: Int, cost: Cost, salt: [UInt8], hash: [UInt8]) {
        self.variant = variant
        self.version = version
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    /// `nil` for anything that is not exactly such a string within its bounds.
    init?(_ text: String) {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 6, fields[0].isEmpty, let variant = Variant(rawValue: String(fields[1])),
            let version = Self.number(fields[2], "v"), version == 0x10 || version == 0x13,
            let cost = Self.cost(fields[3]), cost.isReasonable,
            let salt = PHCBase64.decode(fields[4]), (8...64).contains(salt.count),
            let hash = PHCBase64.decode(fields[5]), (16...64).contains(hash.count)
        else { return nil }
        self.init(variant: variant, version: version, cost: cost, salt: salt, hash: hash)
    }

    var text: String {
        let cost = "m=\(self.cost.memoryKiB),t=\(self.cost.iterations),p=\(self.cost.parallelism)"
        let salt = PHCBase64.encode(self.salt)
        return "$\(self.variant.rawValue)$v=\(self.version)$\(cost)$\(salt)$\(PHCBase64.encode(self.hash))"
    }

    func matches(_ password: Secret) -> Bool {
        let computed = Self.compute(
            self.variant,
            self.version,
            self.cost,
            password: password,
            salt: self.salt,
            octets: self.hash.count
        )
        return computed.map { ConstantTime.areEqual($0, self.hash) } ?? false
    }

    private static func cost(_ text: Substring) -> Cost? {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count == 3, let memory = self.number(fields[0], "m"), let passes = self.number(fields[1], "t"),
            let lanes = self.number(fields[2], "p")
        else { return nil }
        return Cost(memoryKiB: memory, iterations: passes, parallelism: lanes)
    }

    private static func number(_ field: Substring, _ name: String) -> Int? {
        guard field.hasPrefix("\(name)="), field.utf8.count <= 12 else { return nil }
        let digits = field.dropFirst(name.utf8.count + 1)
        return digits.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } ? Int(digits) : nil
    }

    private static func compute(
        _ variant: Variant,
        _ version: Int,
        _ cost: Cost,
        password: Secret,
        salt: [UInt8],
        octets: Int
    ) -> [UInt8]? {
        var hash = [UInt8](repeating: 0, count: octets)
        let type: argon2_type =
            switch variant {
            case .id: Argon2_id
            case .i: Argon2_i
            case .d: Argon2_d
            }
        let result = unsafe argon2_hash(
            UInt32(cost.iterations),
            UInt32(cost.memoryKiB),
            UInt32(cost.parallelism),
            password.bytes,
            password.bytes.count,
            salt,
            salt.count,
            &hash,
            octets,
            nil,
            0,
            type,
            UInt32(version)
        )
        return result == ARGON2_OK.rawValue ? hash : nil
    }
}
