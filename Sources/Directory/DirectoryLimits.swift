/// Bounds that keep one name from costing everybody.
package enum DirectoryLimits {
    /// Addresses one alias may name itself; more belongs to a mailing list.
    package static let aliasTargetsMax = 1_000
    /// Names met while one alias is followed, nested ones included.
    package static let expandedNamesMax = 5_000
    /// Aliases that may lead to one another in a row.
    package static let aliasDepthMax = 16
    /// Addresses of one account that are told to its scripts.
    package static let addressesMax = 200
    /// Octets of a login; two RFC 5321 addresses.
    static let loginOctetsMax = 512
    /// Octets of a password that is looked at.
    package static let passwordOctetsMax = 1_024
    /// Octets of a stored hash.
    static let storedPasswordOctetsMax = 2_048
    /// Signing keys of one domain, retired ones included; a yearly change of two kinds of keys needs about six.
    package static let signingKeysMax = 32
    /// Accounts made in one transaction.
    package static let accountsPerChangeMax = 100_000
}
