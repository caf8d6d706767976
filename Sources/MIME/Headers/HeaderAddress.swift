/// One member of an address field: a mailbox, or the start or end of a group. RFC 5322 §3.4.
///
/// Where a part is missing or broken it holds a word that says so (`MISSING_DOMAIN`), so that a client shows something.
package struct HeaderAddress: Hashable, Sendable {
    /// The display name, or the comment that stands for one; quotes and folds are undone, encoded words are not.
    package var name: [UInt8]?
    /// An obsolete source route with its `@` and commas.
    package var route: [UInt8]?
    /// The local part, unquoted; the group's name at a group's start; `nil` at a group's end.
    package var mailbox: [UInt8]?
    /// `nil` at a group's start and end only.
    package var domain: [UInt8]?
    /// Whether the field's text breaks the grammar here.
    package var isBroken = false

    package init(
        name: [UInt8]? = nil,
        route: [UInt8]? = nil,
        mailbox: [UInt8]? = nil,
        domain: [UInt8]? = nil
    ) {
        self.name = name
        self.route = route
        self.mailbox = mailbox
        self.domain = domain
    }

    package var isGroupStart: Bool { self.domain == nil && self.mailbox != nil }
    package var isGroupEnd: Bool { self.domain == nil && self.mailbox == nil }

    /// Whether this may be somebody: neither a group's start or end nor empty brackets.
    package var namesSomebody: Bool {
        guard let domain = self.domain else { return false }
        return !self.isBroken || self.mailbox != Self.missingMailbox || domain != Self.missingDomain
    }

    static let missingMailbox = Array("MISSING_MAILBOX".utf8)
    static let missingDomain = Array("MISSING_DOMAIN".utf8)
}
