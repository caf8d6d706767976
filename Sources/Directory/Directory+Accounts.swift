package import MailTypes
internal import Synchronization

/// Accounts. Changes name them by number, so that no two that look alike are mistaken for each other.
extension Directory {
    /// The account of that name: with its domain, or without when it is in the default domain or in one only.
    package func account(named name: String) -> Account? {
        self.state.withLock { $0.index.account(login: name, defaultDomain: $0.settings.defaultDomain)?.summary }
    }

    package func account(_ id: AccountID) -> Account? {
        self.state.withLock { $0.index.accounts[id]?.summary }
    }

    package var accountCount: Int { self.state.withLock { $0.index.accounts.count } }

    /// The numbers of all accounts, suspended ones too.
    package func accountIDs() -> [AccountID] { self.snapshot.index.accounts.keys.sorted() }

    /// Accounts by domain and name.
    /// - Parameters:
    ///   - text: only those whose full name holds it, in either case.
    ///   - limit: at most so many.
    package func accounts(in domain: Domain? = nil, containing text: String = "", limit: Int = .max) -> [Account] {
        let accounts = self.snapshot.index.accounts.values
        let needle = LocalName.fold(text)
        let found = accounts.filter { account in
            (domain == nil || account.domain == domain) && (needle.isEmpty || account.name.contains(needle))
        }
        return found.smallest(limit) { left, right in
            left.domain == right.domain ? left.localPart < right.localPart : left.domain < right.domain
        }
        .map(\.summary)
    }

    package func addAccount(_ account: NewAccount) async throws -> AccountID {
        guard let id = try await self.addAccounts([account]).first else {
            preconditionFailure("adding one account gave none")
        }
        return id
    }

    /// Makes all of these accounts in one transaction, or none of them.
    /// - Returns: their numbers, in the same order.
    package func addAccounts(_ accounts: [NewAccount]) async throws -> [AccountID] {
        guard accounts.count <= DirectoryLimits.accountsPerChangeMax else {
            throw DirectoryError(
                .tooLarge,
                "\(accounts.count) accounts are too many for one change",
                advice: "Add at most \(DirectoryLimits.accountsPerChangeMax) at a time."
            )
        }
        // Cheap checks before the hashing that takes long; they are made again behind the gate.
        _ = try self.plan(accounts, hashed: nil, in: self.snapshot.index, self.snapshot.settings)
        let hashed = try await self.hash(accounts.map(\.password))
        return try await self.change { (index, options) throws(DirectoryError) in
            let made = try self.plan(accounts, hashed: hashed, in: index, RecipientSettings(options))
            return (made.map { Change.putAccount($0) }, made.map(\.id))
        }
    }

    package func setPassword(of id: AccountID, to password: NewPassword) async throws {
        guard let hashed = try await self.hash([password]).first else { return }
        try await self.update(id) { account in
            account.password = hashed.password
            account.scram = hashed.scram
        }
    }

    /// `nil` means no limit.
    package func setQuota(of id: AccountID, octets: Int?, messages: Int?) async throws {
        try await self.update(id) { account in
            account.quotaOctets = octets
            account.quotaMessages = messages
        }
    }

    /// Suspending drops remembered logins at once; sessions that are open ask ``isActive(_:)``.
    package func setState(of id: AccountID, to state: AccountState) async throws {
        try await self.update(id) { $0.state = state }
    }

    package func setAdmin(of id: AccountID, to isAdmin: Bool) async throws {
        try await self.update(id) { $0.isAdmin = isAdmin }
    }

    /// Removes an account and its name; its number is never used again. The caller removes its mail.
    /// - Parameter fromAliases: also takes it out of the aliases that name it; otherwise those make it fail.
    package func removeAccount(_ id: AccountID, fromAliases: Bool = false) async throws {
        try await self.change { (index, options) throws(DirectoryError) in
            guard let account = index.accounts[id] else { throw .unknown(account: id) }
            let address = account.summary.address
            let lookup = RecipientLookup(index: index, settings: RecipientSettings(options))
            var changes: [Change] = []
            for alias in lookup.referrers(of: address) {
                guard fromAliases else { throw Self.stillNamed(address, by: alias) }
                guard case .alias(let targets) = index.entry(at: alias) else { continue }
                let rest = targets.filter { !lookup.means($0, address) }
                guard !rest.isEmpty else { throw Self.stillNamed(address, by: alias) }
                changes.append(.putAlias(Alias(address: alias, targets: rest)))
            }
            return (changes + [.deleteAccount(account)], ())
        }
    }
}

extension Directory {
    private static func stillNamed(_ address: EmailAddress, by alias: EmailAddress) -> DirectoryError {
        DirectoryError(
            .inUse,
            "The alias \(alias) leads to \(address)",
            advice: "Give that alias another target or remove it: `martlet alias remove \(alias)`."
        )
    }

    private func update(_ id: AccountID, _ alter: @Sendable (inout StoredAccount) -> Void) async throws {
        try await self.change { (index, _) throws(DirectoryError) in
            guard var account = index.accounts[id] else { throw .unknown(account: id) }
            alter(&account)
            return ([.putAccount(account)], ())
        }
    }

    /// Checks new accounts against the directory and each other, and numbers them.
    private func plan(
        _ accounts: [NewAccount],
        hashed: [HashedPassword]?,
        in index: DirectoryIndex,
        _ settings: RecipientSettings
    ) throws(DirectoryError) -> [StoredAccount] {
        var names: Set<EmailAddress> = []
        var made: [StoredAccount] = []
        made.reserveCapacity(accounts.count)
        let now = self.clock.now
        for (position, new) in accounts.enumerated() {
            let address = LocalName.fold(new.address)
            guard LocalName.isValid(address.localPart, separators: settings.separators) else {
                throw .invalid(name: new.address)
            }
            guard index.domains[address.domain] != nil else { throw .unknown(domain: address.domain) }
            if let entry = index.entry(at: address) { throw .taken(address, by: entry) }
            let id = AccountID(rawValue: index.nextAccount.rawValue + Int64(position))
            guard names.insert(address).inserted else { throw .taken(address, by: .account(id)) }
            var account = StoredAccount(id: id, localPart: address.localPart, domain: address.domain, created: now)
            account.isAdmin = new.isAdmin
            account.quotaOctets = new.quotaOctets
            account.quotaMessages = new.quotaMessages
            account.password = hashed?[position].password
            account.scram = hashed?[position].scram
            made.append(account)
        }
        return made
    }

    private func hash(_ passwords: [NewPassword]) async throws -> [HashedPassword] {
        var hashed: [HashedPassword] = []
        hashed.reserveCapacity(passwords.count)
        for password in passwords { hashed.append(try await self.hash(password)) }
        return hashed
    }

    private func hash(_ password: NewPassword) async throws -> HashedPassword {
        switch password {
        case .none:
            return .none
        case .throwaway(let secret):
            try Self.check(secret)
            return .throwaway(secret)
        case .imported(let text):
            // A password that comes in clear is not kept in clear.
            guard case .plain(let clear) = StoredPassword(text) else { return try .imported(text) }
            return try await self.hash(.clear(Secret(clear)))
        case .clear(let secret):
            try Self.check(secret)
            let policy = self.logins.currentPolicy
            if let hashed = await self.logins.lane.run({ HashedPassword.hash(secret, policy) }) { return hashed }
            throw DirectoryError(
                .busy,
                "There was not enough memory to hash the password",
                advice: "Lower passwords.argon2_memory, or free memory, and try again."
            )
        }
    }

    private static func check(_ password: Secret) throws(DirectoryError) {
        guard (1...DirectoryLimits.passwordOctetsMax).contains(password.bytes.count), !password.bytes.contains(0),
            String(validating: password.bytes, as: UTF8.self) != nil
        else {
            throw DirectoryError(
                .invalidPassword,
                "The password is empty, not UTF-8, holds a NUL, or is too long",
                advice: "Choose one of 1 to \(DirectoryLimits.passwordOctetsMax) octets."
            )
        }
    }
}
