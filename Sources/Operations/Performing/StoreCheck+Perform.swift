internal import Directory
internal import MailQueue
internal import MailStore
internal import MailTypes
internal import Storage

extension StoreCheck {
    package func perform(on system: AdministeredSystem) async throws -> Output {
        let store = system.store
        let before = try await AccountDifference(system)
        let found = try await onThread { store.check() }
        let queued = try await system.queue.check()
        // An account that is just being made or removed is in one of the two for a moment, and not both times.
        let accounts = try await AccountDifference(system).inBoth(before)
        var output = Output(findings: found.filter { !$0.isLeftover }.map(\.description))
        output.findings += queued.filter { !$0.isLeftover }.map { "queue: \($0)" }
        output.findings += try await accounts.strangers(in: system)
        output.leftovers =
            found.filter(\.isLeftover).map(\.description) + queued.filter(\.isLeftover).map { "queue: \($0)" }
        let empty = accounts.withoutMailboxes(in: system)
        // A start makes them.
        if system.running == nil { output.leftovers? += empty } else { output.findings += empty }
        return output
    }
}

/// Accounts that only one of directory and mailboxes knows.
private struct AccountDifference {
    private var withoutMailboxes: Set<AccountID>
    private var strangers: Set<AccountID>

    init(_ system: AdministeredSystem) async throws {
        let stored = Set(try await system.store.accounts())
        let known = Set(system.directory.accountIDs())
        self.withoutMailboxes = known.subtracting(stored)
        self.strangers = stored.subtracting(known)
    }

    func inBoth(_ other: Self) -> Self {
        var both = self
        both.withoutMailboxes.formIntersection(other.withoutMailboxes)
        both.strangers.formIntersection(other.strangers)
        return both
    }

    func withoutMailboxes(in system: AdministeredSystem) -> [String] {
        self.withoutMailboxes.sorted().compactMap { system.directory.account($0) }.map { account in
            "directory: accountWithoutMailboxes: account \(account.id.rawValue), \(account.login)"
        }
    }

    func strangers(in system: AdministeredSystem) async throws -> [String] {
        var findings: [String] = []
        for account in self.strangers.sorted() {
            let usage: AccountUsage
            do {
                usage = try await system.store.usage(of: account)
            } catch MailStoreError.noSuchAccount {
                continue
            }
            let shard = system.store.shard(of: account).name
            findings.append(
                "\(shard): accountNotInDirectory: account \(account.rawValue) with \(usage.messages) messages, "
                    + "\(usage.octets) octets"
            )
        }
        return findings
    }
}
