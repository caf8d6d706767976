/// Something we can do, as CAPABILITY announces it. RFC 9051 §7.2.2.
package enum IMAPCapability: Hashable, Sendable {
    case imap4rev1
    case literalPlus
    case literalMinus
    case saslIR
    case id
    case enable
    case idle
    case namespace
    case children
    case unselect
    case uidPlus
    case move
    case condstore
    case specialUse
    case createSpecialUse
    case statusSize
    case listExtended
    case listStatus
    case esearch
    case searchRes
    case within
    case multiAppend
    case metadata
    /// RFC 6785; where ManageSieve is, as a URI.
    case imapSieve(String)
    case startTLS
    case loginDisabled
    /// RFC 7889; octets of the largest message we take by APPEND.
    case appendLimit(Int)
    /// A SASL mechanism: `AUTH=PLAIN`.
    case auth(String)
}
