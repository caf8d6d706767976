internal import Directory
internal import MailTypes

extension AliasAdd {
    package func perform(on system: AdministeredSystem) async throws -> Done {
        let alias = Alias(address: try readAddress(self.address), targets: try self.targets.map(readAddress))
        try await system.directory.addAlias(alias)
        return Done("Mail for \(alias.address) goes to \(alias.targets.map(\.description).joined(separator: ", ")).")
    }
}

extension AliasList {
    package func perform(on system: AdministeredSystem) async throws -> [Row] {
        system.directory.aliases(containing: self.containing, limit: self.limit).map { alias in
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
