internal import MailTypes

/// The whole directory in memory. Every answer about a recipient or a login comes from here; the disk is only written.
struct DirectoryIndex: Sendable {
    enum Entry: Sendable {
        case account(AccountID)
        case alias([EmailAddress])
    }

    /// One domain's names, local parts folded.
    struct Names: Sendable {
        var entries: [String: Entry] = [:]
        var accounts = 0
        /// Domains are numbered as they were added; the lowest is the default.
        var order: Int

        var aliases: Int { self.entries.count - self.accounts }

        mutating func add(_ account: StoredAccount) {
            self.entries[account.localPart] = .account(account.id)
            self.accounts += 1
        }

        mutating func remove(_ account: StoredAccount) {
            self.entries[account.localPart] = nil
            self.accounts -= 1
        }
    }

    private(set) var domains: [Domain: Names] = [:]
    private(set) var accounts: [AccountID: StoredAccount] = [:]
    /// Which aliases name an address, or perhaps a sub-address of it: candidates, to be looked at.
    private(set) var referrers: [EmailAddress: Set<EmailAddress>] = [:]
    private(set) var signingKeys = SigningKeyTable()
    private(set) var scramLooks = SCRAMLooks()
    /// The domain that was added first.
    private(set) var firstDomain: Domain?
    /// Who gets postmaster's mail when nothing says otherwise: the first active admin, else the first active account.
    private(set) var postmaster: AccountID?
    private(set) var nextDomainOrder = 1
    private(set) var nextAccount = AccountID(rawValue: 1)

    mutating func reserve(accounts: Int, in domain: Domain, names: Int) {
        self.accounts.reserveCapacity(accounts)
        self.domains[domain]?.entries.reserveCapacity(names)
    }

    func entry(_ localPart: String, in domain: Domain) -> Entry? {
        self.domains[domain]?.entries[localPart]
    }

    func entry(at address: EmailAddress) -> Entry? {
        self.entry(address.localPart, in: address.domain)
    }

    /// The account somebody logs in to: with its domain, or without when it is in the default domain or in one only.
    func account(login: String, defaultDomain: Domain?) -> StoredAccount? {
        let (user, domain) = LocalName.split(login: login)
        let name = LocalName.fold(user)
        if let domain { return self.account(name, in: domain) }
        if let domain = defaultDomain ?? self.firstDomain, let account = self.account(name, in: domain) {
            return account
        }
        let found = self.domains.keys.lazy.compactMap { self.account(name, in: $0) }.prefix(2)
        return found.count == 1 ? found.first : nil
    }

    private func account(_ name: String, in domain: Domain) -> StoredAccount? {
        guard case .account(let id) = self.entry(name, in: domain) else { return nil }
        return self.accounts[id]
    }
}

// MARK: - Changes

extension DirectoryIndex {
    /// Takes over a change that is on the disk.
    mutating func apply(_ change: Change) {
        switch change {
        case .putDomain(let domain, let order): self.put(domain, order: order)
        case .deleteDomain(let domain): self.delete(domain)
        case .putAccount(let account): self.put(account)
        case .deleteAccount(let account): self.delete(account)
        case .putAlias(let alias): self.put(alias)
        case .deleteAlias(let address): self.deleteAlias(address)
        case .putSigningKey(let key): self.signingKeys.put(key)
        case .deleteSigningKey(let selector, let domain): self.signingKeys.remove(selector, of: domain)
        }
    }

    /// Account numbers up to this one were given out, whether or not their accounts still exist.
    mutating func accountsWereMade(through last: AccountID) {
        self.nextAccount = max(self.nextAccount, AccountID(rawValue: last.rawValue + 1))
    }

    private mutating func put(_ domain: Domain, order: Int) {
        self.domains[domain] = Names(order: order)
        self.nextDomainOrder = max(self.nextDomainOrder, order + 1)
        if let first = self.firstDomain, let names = self.domains[first], names.order < order { return }
        self.firstDomain = domain
    }

    private mutating func delete(_ domain: Domain) {
        self.domains[domain] = nil
        self.signingKeys.removeAll(of: domain)
        guard self.firstDomain == domain else { return }
        self.firstDomain = self.domains.min { $0.value.order < $1.value.order }?.key
    }

    private mutating func put(_ account: StoredAccount) {
        let earlier = self.accounts.updateValue(account, forKey: account.id)
        self.scramLooks.discount(earlier)
        self.scramLooks.count(account)
        if earlier == nil {
            self.domains[account.domain]?.add(account)
            self.accountsWereMade(through: account.id)
        }
        self.reconsiderPostmaster(account)
    }

    private mutating func delete(_ account: StoredAccount) {
        self.scramLooks.discount(self.accounts.removeValue(forKey: account.id))
        self.domains[account.domain]?.remove(account)
        if self.postmaster == account.id { self.choosePostmaster() }
    }

    private mutating func put(_ alias: Alias) {
        self.forgetTargets(of: alias.address)
        self.domains[alias.address.domain]?.entries[alias.address.localPart] = .alias(alias.targets)
        for target in alias.targets {
            for key in Self.possibleNames(target) { self.referrers[key, default: []].insert(alias.address) }
        }
    }

    private mutating func deleteAlias(_ address: EmailAddress) {
        self.forgetTargets(of: address)
        self.domains[address.domain]?.entries[address.localPart] = nil
    }

    private mutating func forgetTargets(of alias: EmailAddress) {
        guard case .alias(let targets) = self.entry(at: alias) else { return }
        for key in targets.flatMap(Self.possibleNames) {
            self.referrers[key]?.remove(alias)
            if self.referrers[key]?.isEmpty == true { self.referrers[key] = nil }
        }
    }

    /// The address, and what is left of it before each character that could be a separator.
    private static func possibleNames(_ target: EmailAddress) -> [EmailAddress] {
        let separators = target.localPart.indices.dropFirst().filter { index in
            !target.localPart[index].isLetter && !target.localPart[index].isNumber && target.localPart[index] != "."
        }
        return [target]
            + separators.map { EmailAddress(localPart: String(target.localPart[..<$0]), domain: target.domain) }
    }

    private mutating func reconsiderPostmaster(_ account: StoredAccount) {
        guard let current = self.postmaster, let holder = self.accounts[current] else {
            self.postmaster = account.state == .active ? account.id : nil
            return
        }
        if current == account.id { return self.choosePostmaster() }
        if Self.comesBefore(account, holder) { self.postmaster = account.id }
    }

    private mutating func choosePostmaster() {
        self.postmaster = self.accounts.values.lazy.filter { $0.state == .active }.min(by: Self.comesBefore)?.id
    }

    private static func comesBefore(_ left: StoredAccount, _ right: StoredAccount) -> Bool {
        guard left.state == right.state else { return left.state == .active }
        return left.isAdmin == right.isAdmin ? left.id < right.id : left.isAdmin
    }
}
