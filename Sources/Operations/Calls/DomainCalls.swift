/// Makes a domain ours: mail for it is accepted for the users and aliases it has.
package struct DomainAdd: AdministrativeCall {
    package static let name = "domain/add"
    package var domain: String

    package init(domain: String) {
        self.domain = domain
    }
}

package struct DomainList: AdministrativeCall {
    package static let name = "domain/list"

    package init() {}

    package struct Row: Codable, Sendable {
        package var domain: String
        package var accounts: Int
        package var aliases: Int
        package var isDefault: Bool
    }
}

/// Removes a domain that has neither accounts nor aliases.
package struct DomainRemove: AdministrativeCall {
    package static let name = "domain/remove"
    package var domain: String

    package init(domain: String) {
        self.domain = domain
    }
}
