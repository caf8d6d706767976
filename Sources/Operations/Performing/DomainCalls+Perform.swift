internal import Directory
internal import MailTypes

extension DomainAdd {
    package func perform(on system: AdministeredSystem) async throws -> Done {
        try await system.directory.addDomain(Domain(self.domain))
        return Done("Mail for \(Domain(self.domain)) is accepted now. Next: martlet account add you@\(self.domain)")
    }
}

extension DomainList {
    package func perform(on system: AdministeredSystem) async throws -> [Row] {
        system.directory.domains().map { domain in
            Row(
                domain: domain.domain.name,
                accounts: domain.accounts,
                aliases: domain.aliases,
                isDefault: domain.isDefault
            )
        }
    }
}

extension DomainRemove {
    package func perform(on system: AdministeredSystem) async throws -> Done {
        try await system.directory.removeDomain(Domain(self.domain))
        return Done("Mail for \(Domain(self.domain)) is not accepted any more.")
    }
}
