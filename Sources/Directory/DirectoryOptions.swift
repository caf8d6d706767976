package import MailTypes

/// How a directory behaves, from the configuration. Can be replaced while it runs.
package struct DirectoryOptions: Hashable, Sendable {
    /// The domain of logins without one, and of `<postmaster>`; `nil` means the first domain that was added.
    package var defaultDomain: Domain?
    /// Who gets `postmaster@` of each domain that has no account or alias of that name; `nil` means the first admin.
    package var postmaster: EmailAddress?
    /// The names of this host, address literals included: what the program writes comes from there. They need not be
    /// domains of mail for its postmaster to be reached at them.
    package var hostNames: Set<Domain> = []
    /// Each of these ASCII characters splits `user+detail`; empty means no sub-addressing. RFC 5233 §1.
    package var detailSeparators: String
    package var passwords: PasswordPolicy

    package init(
        defaultDomain: Domain? = nil,
        postmaster: EmailAddress? = nil,
        detailSeparators: String = "+",
        passwords: PasswordPolicy = PasswordPolicy()
    ) {
        self.defaultDomain = defaultDomain
        self.postmaster = postmaster
        self.detailSeparators = detailSeparators
        self.passwords = passwords
    }
}

/// How passwords are hashed, and how long a verified one is remembered.
package struct PasswordPolicy: Hashable, Sendable {
    /// argon2id's memory for one hash. RFC 9106 §4, OWASP: 19 MiB with two passes.
    package var argon2MemoryKiB: Int
    /// argon2id's passes.
    package var argon2Iterations: Int
    package var argon2Parallelism: Int
    /// Rounds for SCRAM's keys; RFC 7677 §4 asks for 4,096 at least and for 15,000 where it can be.
    package var scramIterations: Int
    /// How long a verified login is remembered as a keyed digest; zero means never.
    package var rememberedFor: Duration
    /// Verified logins remembered at most.
    package var rememberedMax: Int
    /// Hashes computed at a time: each takes a core and `argon2MemoryKiB`.
    package var workers: Int
    /// Logins that may wait for a worker; beyond that the answer is "try again".
    package var waitingMax: Int
    /// How many of them may come from one address.
    package var waitingPerAddressMax: Int
    /// After a good login with an imported hash, store argon2id and SCRAM keys instead.
    package var upgradesImported: Bool

    package init(
        argon2MemoryKiB: Int = 19_456,
        argon2Iterations: Int = 2,
        argon2Parallelism: Int = 1,
        scramIterations: Int = 15_000,
        rememberedFor: Duration = .seconds(300),
        rememberedMax: Int = 65_536,
        workers: Int = 2,
        waitingMax: Int = 512,
        waitingPerAddressMax: Int = 128,
        upgradesImported: Bool = true
    ) {
        self.argon2MemoryKiB = argon2MemoryKiB
        self.argon2Iterations = argon2Iterations
        self.argon2Parallelism = argon2Parallelism
        self.scramIterations = scramIterations
        self.rememberedFor = rememberedFor
        self.rememberedMax = rememberedMax
        self.workers = workers
        self.waitingMax = waitingMax
        self.waitingPerAddressMax = waitingPerAddressMax
        self.upgradesImported = upgradesImported
    }
}
