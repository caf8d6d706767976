/// Sends mail for an address to others, here or elsewhere.
package struct AliasAdd: AdministrativeCall {
    package static let name = "alias/add"
    package var address: String
    package var targets: [String]

    package init(address: String, targets: [String]) {
        self.address = address
        self.targets = targets
    }
}

package struct AliasList: AdministrativeCall {
    package static let name = "alias/list"
    package var containing: String
    /// `nil` means all.
    package var domain: String?
    package var limit: Int

    package init(containing: String, domain: String? = nil, limit: Int) {
        self.containing = containing
        self.domain = domain
        self.limit = limit
    }

    package struct Row: Codable, Sendable {
        package var address: String
        package var targets: [String]
    }
}

package struct AliasRemove: AdministrativeCall {
    package static let name = "alias/remove"
    package var address: String

    package init(address: String) {
        self.address = address
    }
}
