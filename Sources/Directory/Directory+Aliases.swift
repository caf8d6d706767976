package import MailTypes
internal import Synchronization

/// Second names, which lead to one or several others.
extension Directory {
    /// Aliases by domain and name.
    package func aliases(in domain: Domain? = nil, containing text: String = "", limit: Int = .max) -> [Alias] {
        let index = self.snapshot.index
        let needle = LocalName.fold(text)
        var found: [Alias] = []
        for (name, names) in index.domains where names.aliases > 0 && (domain == nil || domain == name) {
            for case (let localPart, .alias(let targets)) in names.entries {
                let alias = Alias(address: EmailAddress(localPart: localPart, domain: name), targets: targets)
                if needle.isEmpty || Self.mentions(alias, needle) { found.append(alias) }
            }
        }
        return found.smallest(limit) { left, right in
            left.address.domain == right.address.domain
                ? left.address.localPart < right.address.localPart : left.address.domain < right.address.domain
        }
    }

    /// The aliases that have an account or another alias as a target, in order.
    ///
    /// - Complexity: those that are found; the others are not looked at.
    package func aliases(leadingTo address: EmailAddress) -> [EmailAddress] {
        let (index, settings, _) = self.snapshot
        return RecipientLookup(index: index, settings: settings).referrers(of: LocalName.fold(address))
    }

    package func alias(_ address: EmailAddress) -> Alias? {
        let address = LocalName.fold(address)
        return self.state.withLock { state in
            guard case .alias(let targets) = state.index.entry(at: address) else { return nil }
            return Alias(address: address, targets: targets)
        }
    }

    /// Makes an alias, or gives an existing one new targets when `replacing`.
    package func addAlias(_ alias: Alias, replacing: Bool = false) async throws {
        try await self.addAliases([alias], replacing: replacing)
    }

    /// Makes all of these aliases in one transaction, or none. Later ones may lead to earlier ones.
    package func addAliases(_ aliases: [Alias], replacing: Bool = false) async throws {
        try await self.change { (index, options) throws(DirectoryError) in
            var plan = AliasPlan(index: index, settings: RecipientSettings(options))
            for alias in aliases { try plan.add(alias, replacing: replacing) }
            return (plan.changes, ())
        }
    }

    /// Refused while another alias leads to it.
    package func removeAlias(_ address: EmailAddress) async throws {
        try await self.change { (index, options) throws(DirectoryError) in
            let address = LocalName.fold(address)
            let lookup = RecipientLookup(index: index, settings: RecipientSettings(options))
            guard case .alias = index.entry(at: address) else {
                throw DirectoryError(
                    .unknown,
                    "There is no alias \(address)",
                    advice: "See `martlet alias list`."
                )
            }
            if let other = lookup.referrers(of: address).first {
                throw DirectoryError(
                    .inUse,
                    "The alias \(other) leads to \(address)",
                    advice: "Give \(other) other targets or remove it first."
                )
            }
            return ([.deleteAlias(address)], ())
        }
    }

    /// Aliases that lead, in part, to names nobody has: possible when a domain of theirs was added later. Mail for
    /// such a part goes to the postmaster of that domain.
    package func danglingAliases() -> [(alias: EmailAddress, missing: [EmailAddress])] {
        let (index, settings, _) = self.snapshot
        let lookup = RecipientLookup(index: index, settings: settings)
        return self.aliases().compactMap { alias in
            var expansion = AliasExpansion(lookup)
            _ = expansion.expand(alias.address, targets: alias.targets, detail: nil)
            return expansion.dangling.isEmpty ? nil : (alias.address, expansion.dangling)
        }
    }

    private static func mentions(_ alias: Alias, _ needle: String) -> Bool {
        alias.address.description.contains(needle) || alias.targets.contains { $0.description.contains(needle) }
    }
}
