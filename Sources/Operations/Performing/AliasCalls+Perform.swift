internal import Directory
internal import MailTypes

extension AliasAdd {
    package func perform(on system: AdministeredSystem) async throws -> Done {
        let alias = Alias(address: try readAddress(self.address), targets: try self.targets.map(readAddress))
        try await system.directory.addAlias(alias)
        let targets = alias.targets.map(\.description).joined(separator: ", ")
        return Done("Mail for \(alias.address) goes to \(targets).\(self.warning(about: alias, on: system))")
    }

    /// Mail that such a target gets can only come back.
    private func warning(about alias: Alias, on system: AdministeredSystem) -> String {
        let lost = alias.targets.filter { target in
            system.directory.resolve(.address(target)) == .notLocal && !system.hasRoute(target)
        }
        guard !lost.isEmpty else { return "" }
        return "\nWarning: there is no way to \(lost.map(\.description).joined(separator: ", ")). "
            + "Name a [route] for its domain, or a [smart_host], in the configuration."
    }
}

extension AliasList {
    package func perform(on system: AdministeredSystem) async throws -> [Row] {
        let domain = self.domain.map { Domain($0) }
        return system.directory.aliases(in: domain, containing: self.containing, limit: self.limit).map { alias in
            Row(address: "\(alias.address)", targets: alias.targets.map(\.description))
        }
    }
}

extension AliasRemove {
    package func perform(on system: AdministeredSystem) async throws -> Done {
        let address = try readAddress(self.address)
        try await system.directory.removeAlias(address)
        return Done("The alias \(address) is gone.")
    }
}
