package import MailTypes

/// Domains whose mail ends here.
extension Directory {
    /// Every domain, the default first, then by name.
    package func domains() -> [DomainSummary] {
        let (index, settings, _) = self.snapshot
        let preferred = settings.defaultDomain ?? index.firstDomain
        return index.domains.map { domain, names in
            DomainSummary(
                domain: domain,
                accounts: names.accounts,
                aliases: names.aliases,
                isDefault: domain == preferred
            )
        }.sorted { $0.isDefault == $1.isDefault ? $0.domain < $1.domain : $0.isDefault }
    }

    package func addDomain(_ domain: Domain) async throws {
        try await self.change { (index, _) throws(DirectoryError) in
            guard LocalName.isValid(domain), !domain.isAddressLiteral else {
                throw DirectoryError(
                    .invalidName,
                    "“\(domain)” is no domain name",
                    advice: "Give a name such as example.org."
                )
            }
            guard index.domains[domain] == nil else {
                throw DirectoryError(
                    .exists,
                    "The domain \(domain) is here already",
                    advice: "See `martlet domain list`."
                )
            }
            return ([.putDomain(domain, order: index.nextDomainOrder)], ())
        }
    }

    /// Its signing keys go with it. Refused as long as the domain has accounts or aliases, as their mail would be lost.
    package func removeDomain(_ domain: Domain) async throws {
        try await self.change { (index, _) throws(DirectoryError) in
            guard let names = index.domains[domain] else { throw .unknown(domain: domain) }
            guard names.entries.isEmpty else {
                throw DirectoryError(
                    .inUse,
                    "The domain \(domain) is still in use (accounts: \(names.accounts), aliases: \(names.aliases))",
                    advice: "Remove them first; `martlet account list --domain \(domain)` shows them."
                )
            }
            return ([.deleteDomain(domain)], ())
        }
    }
}

extension DirectoryError {
    static func unknown(domain: Domain) -> DirectoryError {
        DirectoryError(
            .unknown,
            "The domain \(domain) is not here",
            advice: "See `martlet domain list`, or add it with `martlet domain add \(domain)`."
        )
    }

    static func unknown(account: AccountID) -> DirectoryError {
        DirectoryError(
            .unknown,
            "There is no account number \(account.rawValue)",
            advice: "See `martlet account list`."
        )
    }

    static func invalid(name: EmailAddress) -> DirectoryError {
        DirectoryError(
            .invalidName,
            "“\(name)” cannot be the name of an account or alias",
            advice: "Use letters, digits, dots, hyphens and underscores, at most 64, without the sub-address separator."
        )
    }

    static func taken(_ address: EmailAddress, by entry: DirectoryIndex.Entry) -> DirectoryError {
        switch entry {
        case .account:
            DirectoryError(
                .exists,
                "There is an account \(address)",
                advice: "Choose another name, or remove that account first."
            )
        case .alias:
            DirectoryError(
                .exists,
                "There is an alias \(address)",
                advice: "Choose another name, or remove that alias first."
            )
        }
    }
}
