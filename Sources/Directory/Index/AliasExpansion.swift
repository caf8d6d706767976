internal import MailTypes

/// Follows aliases to everyone they lead to, each once, in the order they are met.
///
/// Aliases form a graph: a name met before adds nobody new, so circles end by themselves and nobody in one is left
/// out. As long as somebody else is reached, nothing is lost in silence: of a name that leads nowhere the postmaster
/// gets the share, and that of an account which takes no mail at present waits.
struct AliasExpansion {
    private let lookup: RecipientLookup
    private var waiting: [(address: EmailAddress, detail: String?)] = []
    private var seen: Set<EmailAddress> = []
    private var locals: [LocalTarget] = []
    private var remotes: [EmailAddress] = []
    private var known: Set<Reached> = []
    /// Accounts that take no mail at present, each once.
    private var suspended: [EmailAddress] = []
    private var suspendedAccounts: Set<AccountID> = []
    /// Addresses of ours that nobody has.
    private(set) var dangling: [EmailAddress] = []
    private(set) var isTooLarge = false

    private enum Reached: Hashable {
        case account(AccountID)
        case remote(EmailAddress)
    }

    init(_ lookup: RecipientLookup) {
        self.lookup = lookup
    }

    var reached: Int { self.known.count }

    /// - Parameter detail: handed on to accounts that are named without one of their own.
    mutating func expand(_ address: EmailAddress, targets: [EmailAddress], detail: String?) -> Resolution {
        self.seen.insert(address)
        self.push(targets, detail: detail)
        self.drain()
        guard !self.known.isEmpty, !self.isTooLarge else {
            return !self.suspended.isEmpty && !self.isTooLarge ? .suspended : .unknownUser
        }
        for domain in Set(self.dangling.map(\.domain)).sorted() {
            self.push([EmailAddress(localPart: "postmaster", domain: domain)], detail: nil)
        }
        self.drain()
        return .local(self.locals, remote: self.remotes + self.suspended)
    }

    private mutating func push(_ targets: [EmailAddress], detail: String?) {
        for target in targets.reversed() { self.waiting.append((target, detail)) }
    }

    private mutating func drain() {
        while let next = self.waiting.popLast() {
            guard self.seen.insert(next.address).inserted else { continue }
            guard self.seen.count <= DirectoryLimits.expandedNamesMax else {
                self.isTooLarge = true
                return
            }
            self.visit(next.address, detail: next.detail)
        }
    }

    private mutating func visit(_ address: EmailAddress, detail: String?) {
        switch self.lookup.match(address) {
        case .remote:
            if self.known.insert(.remote(address)).inserted { self.remotes.append(address) }
        case .nobody:
            self.dangling.append(address)
        case .account(let account, let ownDetail):
            guard account.state == .active else {
                guard self.suspendedAccounts.insert(account.id).inserted else { return }
                self.suspended.append(account.summary.address)
                return
            }
            guard self.known.insert(.account(account.id)).inserted else { return }
            let target = LocalTarget(account: account.id, name: account.name, detail: ownDetail ?? detail)
            self.locals.append(target)
        case .alias(let alias, let targets, let ownDetail):
            // An alias met under a sub-address is the same alias; it is expanded once.
            guard alias == address || self.seen.insert(alias).inserted else { return }
            self.push(targets, detail: ownDetail ?? detail)
        }
    }
}
