/// Lists an account's Sieve scripts.
package struct ScriptList: AdministrativeCall {
    package static let name = "sieve/list"
    package var address: String

    package init(address: String) {
        self.address = address
    }

    package struct Row: Codable, Sendable {
        package var name: String
        package var octets: Int
        package var isActive: Bool
        package var changedAt: String
    }
}

/// Shows one of an account's scripts.
package struct ScriptShow: AdministrativeCall {
    package static let name = "sieve/show"
    package var address: String
    /// `nil` for the active one.
    package var script: String?

    package init(address: String, script: String?) {
        self.address = address
        self.script = script
    }

    package struct Output: Codable, Sendable {
        package var name: String
        package var text: String
    }
}

/// Checks a script and keeps it for an account.
package struct ScriptPut: AdministrativeCall {
    package static let name = "sieve/put"
    package var address: String
    package var script: String
    package var text: String
    package var activates: Bool

    package init(address: String, script: String, text: String, activates: Bool) {
        self.address = address
        self.script = script
        self.text = text
        self.activates = activates
    }
}

/// Makes a script the one that runs at delivery.
package struct ScriptActivate: AdministrativeCall {
    package static let name = "sieve/activate"
    package var address: String
    /// `nil` for none.
    package var script: String?

    package init(address: String, script: String?) {
        self.address = address
        self.script = script
    }
}

package struct ScriptRemove: AdministrativeCall {
    package static let name = "sieve/remove"
    package var address: String
    package var script: String

    package init(address: String, script: String) {
        self.address = address
        self.script = script
    }
}
