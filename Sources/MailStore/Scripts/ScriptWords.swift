internal import MailBytes
package import MailTypes

/// A user's Sieve script as it is listed.
package struct StoredScript: Sendable, Hashable {
    package var name: String
    package var octets: Int
    /// Whether it is the one that runs at delivery; at most one of an account's is.
    package var isActive: Bool
    package var changedAt: Instant

    package init(name: String, octets: Int, isActive: Bool, changedAt: Instant) {
        self.name = name
        self.octets = octets
        self.isActive = isActive
        self.changedAt = changedAt
    }
}

/// How much an account may keep in scripts. RFC 5804 §2.5.
package struct ScriptQuota: Sendable, Hashable {
    package var scripts: Int
    /// Of all scripts together.
    package var octets: Int

    package init(scripts: Int = 64, octets: Int = 4 * 1_024 * 1_024) {
        self.scripts = scripts
        self.octets = octets
    }
}

/// A request about scripts that was understood and is declined.
package enum ScriptError: Error, Sendable, Hashable {
    case noSuchAccount
    case noSuchScript
    /// The new name of a script is another's.
    case scriptExists
    /// The active script cannot be removed. RFC 5804 §2.10.
    case scriptIsActive
    case invalidName
    case tooManyScripts
    case scriptsTooLarge
}

/// Names of scripts. RFC 5804 §1.6.
package enum ScriptName {
    /// Octets; the RFC asks for at least 512, which 128 characters of UTF-8 can have.
    package static let octetsMax = 512

    /// The name in normal form C (RFC 5198 §3), so that what looks the same is one script's name; `nil` when no script
    /// may be called that: no controls, no line or paragraph separators, no code points that are no characters, no
    /// byte order mark at the beginning, and no `/`, which would be a path where scripts are exported to files.
    package static func normalized(_ name: String) -> String? {
        guard !name.isEmpty, name.utf8.count <= Self.octetsMax, name != ".", name != "..",
            name.unicodeScalars.first != "\u{FEFF}",
            name.unicodeScalars.allSatisfy({ $0 != "/" && NetUnicode.isAllowedInNames($0) })
        else { return nil }
        let normalized = NetUnicode.normalized(name)
        return normalized.utf8.count <= Self.octetsMax ? normalized : nil
    }
}
