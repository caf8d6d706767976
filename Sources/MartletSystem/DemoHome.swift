internal import Directory
internal import Glibc
internal import MailStore
package import MailTypes
package import MartletConfig

/// Prepares the folder of a demo: a configuration file, a domain, the accounts `alice` and `bob`, and more on request.
package enum DemoHome {
    /// Accounts made in one change of the directory.
    private static let accountsPerChange = 1_000

    /// - Returns: the path of the configuration file.
    package static func prepare(_ configuration: MartletConfig, domain: Domain, accounts: Int) async throws -> String {
        let home = configuration.server.data
        let stored = try StoredServices.open(configuration, clock: SystemClock())
        defer { stored.close() }
        let path = "\(home)/martlet.toml"
        try write(configuration.toml(), to: path)
        if !stored.directory.isLocal(domain) { try await stored.directory.addDomain(domain) }
        var wanted: [NewAccount] = ["alice", "bob"].map { name in
            NewAccount(
                address: EmailAddress(localPart: name, domain: domain),
                password: .clear(Secret("demo")),
                isAdmin: name == "alice"
            )
        }
        for number in 0..<max(0, accounts) {
            let digits = String(number)
            let name = "u" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
            wanted.append(
                NewAccount(
                    address: EmailAddress(localPart: name, domain: domain),
                    password: .throwaway(Secret("pw"))
                )
            )
        }
        let missing = wanted.filter { stored.directory.account(named: $0.address.description) == nil }
        for start in stride(from: 0, to: missing.count, by: Self.accountsPerChange) {
            let part = Array(missing[start..<min(start + Self.accountsPerChange, missing.count)])
            try await self.add(part, to: stored)
        }
        try await stored.makeMissingMailboxes()
        return path
    }

    private static func add(_ accounts: [NewAccount], to stored: StoredServices) async throws {
        let ids = try await stored.directory.addAccounts(accounts)
        try await withThrowingDiscardingTaskGroup { group in
            for id in ids { group.addTask { try await stored.store.createAccount(id) } }
        }
    }

    private static func write(_ text: String, to path: String) throws {
        guard let file = unsafe fopen(path, "we") else { throw SystemError("cannot write \(path)") }
        let isWritten = unsafe fputs(text, file) >= 0
        guard unsafe fclose(file) == 0, isWritten else { throw SystemError("cannot write \(path)") }
    }
}
