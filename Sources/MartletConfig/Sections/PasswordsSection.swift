/// `[passwords]`: how passwords are hashed.
package struct PasswordsSection: ConfigSection {
    package var argon2Memory = 19 << 20
    package var argon2Iterations = 2
    package var argon2Parallelism = 1
    package var scramIterations = 15_000
    package var remember = Duration.seconds(300)
    package var workers = 2
    package var waitingMax = 512
    package var waitingPerAddressMax = 128
    package var upgradeImported = true

    package init() {}

    static let name = "passwords"
    static let help = "How passwords are hashed. Changes hold for passwords set from then on."

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "argon2_memory",
            \.argon2Memory,
            .octets,
            bounds: .octets(1 << 20...1 << 30),
            help: "Memory argon2id takes for one password."
        ),
        ConfigField(
            "argon2_iterations",
            \.argon2Iterations,
            .number,
            bounds: .number(1...32),
            help: "Passes of argon2id over that memory."
        ),
        ConfigField(
            "argon2_parallelism",
            \.argon2Parallelism,
            .number,
            bounds: .number(1...16),
            help: "Lanes of argon2id."
        ),
        ConfigField(
            "scram_iterations",
            \.scramIterations,
            .number,
            bounds: .number(4_096...1_000_000),
            help: "Rounds for SCRAM's keys; clients have to compute them at each login."
        ),
        ConfigField(
            "remember",
            \.remember,
            .duration,
            bounds: .duration(.zero ... .seconds(3_600)),
            help: "How long a verified login is remembered, as a keyed digest in memory; 0s means never."
        ),
        ConfigField(
            "workers",
            \.workers,
            .number,
            bounds: .number(1...64),
            help: "Passwords hashed at a time."
        ),
        ConfigField(
            "waiting_max",
            \.waitingMax,
            .number,
            bounds: .number(0...100_000),
            help: "Logins that may wait for a worker; more are told to try again."
        ),
        ConfigField(
            "waiting_per_address_max",
            \.waitingPerAddressMax,
            .number,
            bounds: .number(0...100_000),
            help: "How many of them may come from one address (IPv6: /64). Addresses are served in turns."
        ),
        ConfigField(
            "upgrade_imported",
            \.upgradeImported,
            .flag,
            help: "Whether a good login replaces an imported hash by argon2id and SCRAM keys."
        ),
    ]
}
