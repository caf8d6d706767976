import Directory
import MailTesting
import MailTypes
import SASL

/// A directory of its own for one test, with hashing as cheap as it can be.
struct DirectoryFixture {
    let directory: Directory
    let clock: ManualClock
    let folder: TemporaryFolder

    static let domain = Domain("martlet.test")
    static let policy = PasswordPolicy(argon2MemoryKiB: 8, argon2Iterations: 1, scramIterations: 4_096)

    static func with<R>(
        _ options: DirectoryOptions = DirectoryOptions(passwords: policy),
        _ body: (DirectoryFixture) async throws -> R
    ) async throws -> R {
        try await TemporaryFolder.with { folder in
            let clock = ManualClock()
            let directory = try Directory.open(folder: folder.path, options: options, clock: clock)
            defer { directory.close() }
            return try await body(DirectoryFixture(directory: directory, clock: clock, folder: folder))
        }
    }

    /// With the domain and accounts of these names; their password is `pw`.
    static func with<R>(
        accounts: [String],
        options: DirectoryOptions = DirectoryOptions(passwords: policy),
        _ body: (DirectoryFixture) async throws -> R
    ) async throws -> R {
        try await self.with(options) { fixture in
            try await fixture.directory.addDomain(Self.domain)
            for name in accounts { _ = try await fixture.add(name) }
            return try await body(fixture)
        }
    }

    @discardableResult
    func add(
        _ name: String,
        _ password: NewPassword = .clear(Secret("pw")),
        isAdmin: Bool = false
    ) async throws -> AccountID {
        try await self.directory.addAccount(
            NewAccount(address: address(name), password: password, isAdmin: isAdmin)
        )
    }

    func alias(_ name: String, _ targets: String..., replacing: Bool = false) async throws {
        try await self.directory.addAlias(
            Alias(address: address(name), targets: targets.map { address($0) }),
            replacing: replacing
        )
    }

    func id(_ name: String) -> AccountID { self.directory.account(named: name)?.id ?? AccountID(rawValue: -1) }

    func resolve(_ name: String) -> Resolution { self.directory.resolve(.address(address(name))) }

    func login(_ login: String, _ password: String, as identity: String? = nil) async -> AuthenticationResult {
        await self.directory.authenticate(
            PasswordClaim(authorizationIdentity: identity, login: login, password: Secret(password)),
            from: .network(1)
        )
    }
}

/// `name`, in the tests' own domain when it has none.
func address(_ name: String) -> EmailAddress {
    let parts = name.split(separator: "@", maxSplits: 1)
    let domain = parts.count == 2 ? Domain(String(parts[1])) : DirectoryFixture.domain
    return EmailAddress(localPart: String(parts[0]), domain: domain)
}

extension Resolution {
    /// Who is reached, as sorted text; the reason when nobody is.
    var names: [String] {
        switch self {
        case .local(let targets, let remote):
            (targets.map { $0.name + ($0.detail.map { " [\($0)]" } ?? "") } + remote.map(\.description)).sorted()
        case .unknownUser: ["unknown"]
        case .notLocal: ["not local"]
        case .suspended: ["suspended"]
        }
    }
}

extension AuthenticationResult {
    var name: String {
        switch self {
        case .accepted(let user): user.login
        case .denied: "denied"
        case .unavailable: "unavailable"
        }
    }
}

/// The code a change was declined with; `nil` when it went through.
func code(_ change: () async throws -> Void) async -> DirectoryError.Code? {
    do {
        try await change()
        return nil
    } catch {
        return (error as? DirectoryError)?.code
    }
}
