internal import MailTypes

/// Finds who an address means, without following aliases.
struct RecipientLookup {
    let index: DirectoryIndex
    let settings: RecipientSettings

    enum Match {
        case remote
        case nobody
        case account(StoredAccount, detail: String?)
        case alias(EmailAddress, targets: [EmailAddress], detail: String?)
    }

    func resolve(_ path: ForwardPath) -> Resolution {
        switch path {
        case .address(let address): return self.resolve(address)
        case .postmaster:
            guard let domain = self.settings.defaultDomain ?? self.index.firstDomain else { return .unknownUser }
            return self.resolve(EmailAddress(localPart: "postmaster", domain: domain))
        }
    }

    func resolve(_ address: EmailAddress) -> Resolution {
        switch self.match(address) {
        case .remote: return .notLocal
        case .nobody: return .unknownUser
        case .account(let account, let detail):
            guard account.state == .active else { return .suspended }
            return .local([LocalTarget(account: account.id, name: account.name, detail: detail)], remote: [])
        case .alias(let alias, let targets, let detail):
            var expansion = AliasExpansion(self)
            let resolution = expansion.expand(alias, targets: targets, detail: detail)
            if case .local = resolution { return resolution }
            guard alias.localPart == "postmaster", let account = self.lastResort else { return resolution }
            return .local([LocalTarget(account: account.id, name: account.name, detail: detail)], remote: [])
        }
    }

    /// The aliases that name an account or alias as one of their targets, with or without detail; in order.
    func referrers(of address: EmailAddress) -> [EmailAddress] {
        let candidates = self.index.referrers[address] ?? []
        return candidates.filter { alias in
            guard case .alias(let targets) = self.index.entry(at: alias) else { return false }
            return targets.contains { self.means($0, address) }
        }.sorted { $0.description < $1.description }
    }

    /// Whether `target` is `address`, or a sub-address of it.
    func means(_ target: EmailAddress, _ address: EmailAddress) -> Bool {
        switch self.match(target) {
        case .account(let account, _): account.localPart == address.localPart && account.domain == address.domain
        case .alias(let alias, _, _): alias == address
        case .remote, .nobody: false
        }
    }

    /// The name as it stands comes first, then without its detail, then the postmaster every domain has.
    func match(_ address: EmailAddress) -> Match {
        guard let names = self.index.domains[address.domain] else { return self.atHost(address) }
        let folded = LocalName.fold(address.localPart)
        if let entry = names.entries[folded] { return self.match(entry, name: folded, in: address.domain, detail: nil) }
        guard let parts = LocalName.split(address.localPart, at: self.settings.separators) else {
            return self.role(folded, in: address.domain, detail: nil)
        }
        let user = LocalName.fold(parts.user)
        if let entry = names.entries[user] {
            return self.match(entry, name: user, in: address.domain, detail: parts.detail)
        }
        if folded == Self.daemon { return self.role(folded, in: address.domain, detail: nil) }
        return self.role(user, in: address.domain, detail: parts.detail)
    }

    /// The name that notices come from. Its separator, where `-` is one, separates nothing.
    private static let daemon = "mailer-daemon"

    /// The names nobody has to make: `postmaster`, and the one that notices come from, whose answers are for the same
    /// people. RFC 5321 §4.5.1.
    private func role(_ name: String, in domain: Domain, detail: String?) -> Match {
        switch name {
        case "postmaster": return self.postmaster(of: domain, detail: detail)
        case Self.daemon:
            if let entry = self.index.entry("postmaster", in: domain) {
                return self.match(entry, name: "postmaster", in: domain, detail: detail)
            }
            return self.postmaster(of: domain, detail: detail)
        default: return .nobody
        }
    }

    /// A host that is no domain of mail has a postmaster all the same: whoever a bare `<postmaster>` means.
    private func atHost(_ address: EmailAddress) -> Match {
        guard self.settings.hostNames.contains(address.domain),
            let domain = self.settings.defaultDomain ?? self.index.firstDomain
        else { return .remote }
        let folded = LocalName.fold(address.localPart)
        let parts = folded == Self.daemon ? nil : LocalName.split(address.localPart, at: self.settings.separators)
        let user = parts.map { LocalName.fold($0.user) } ?? folded
        guard user == Self.daemon || user == "postmaster" else { return .remote }
        return self.role(Self.daemon, in: domain, detail: parts?.detail)
    }

    private func match(_ entry: DirectoryIndex.Entry, name: String, in domain: Domain, detail: String?) -> Match {
        let detail = detail.flatMap { $0.isEmpty ? nil : $0 }
        switch entry {
        case .account(let id):
            guard let account = self.index.accounts[id] else { return .nobody }
            return .account(account, detail: detail)
        case .alias(let targets):
            return .alias(EmailAddress(localPart: name, domain: domain), targets: targets, detail: detail)
        }
    }

    /// RFC 5321 §4.5.1: mail to postmaster is always accepted.
    private func postmaster(of domain: Domain, detail: String?) -> Match {
        let address = EmailAddress(localPart: "postmaster", domain: domain)
        if let configured = self.settings.postmaster, configured != address {
            return .alias(address, targets: [configured], detail: detail)
        }
        return self.lastResort.map { .account($0, detail: detail) } ?? .nobody
    }

    /// Who gets postmaster's mail when nobody else does.
    private var lastResort: StoredAccount? {
        self.index.postmaster.flatMap { self.index.accounts[$0] }
    }
}

/// The part of the options that decides about recipients, ready for use.
struct RecipientSettings: Sendable {
    let defaultDomain: Domain?
    let postmaster: EmailAddress?
    let hostNames: Set<Domain>
    let separators: [UInt8]

    init(_ options: DirectoryOptions) {
        self.defaultDomain = options.defaultDomain
        self.hostNames = options.hostNames
        self.postmaster = options.postmaster.map { LocalName.fold($0) }
        self.separators = Array(options.detailSeparators.utf8)
    }
}
