/// `LIST` or `LSUB`: which mailboxes, and what to tell of each. RFC 9051 §6.3.9, RFC 5258, RFC 5819.
package struct ListRequest: Hashable, Sendable {
    /// What narrows the list, before the reference. RFC 5258 §3.1.
    package struct Selection: OptionSet, Hashable, Sendable {
        package var rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        package static let subscribed = Self(rawValue: 1)
        package static let remote = Self(rawValue: 2)
        /// Only together with another one that selects. RFC 5258 §3.5.
        package static let recursiveMatch = Self(rawValue: 4)
        package static let specialUse = Self(rawValue: 8)
    }

    /// What is told of each mailbox, after `RETURN`. RFC 5258 §3.2.
    package struct Returns: OptionSet, Hashable, Sendable {
        package var rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        package static let subscribed = Self(rawValue: 1)
        package static let children = Self(rawValue: 2)
        package static let specialUse = Self(rawValue: 4)
    }

    package var selection: Selection
    /// Decoded from modified UTF-7; often empty.
    package var reference: String
    /// At least one.
    package var patterns: [MailboxPattern]
    package var returns: Returns
    /// `RETURN (STATUS (…))`: a STATUS response follows each selectable mailbox. RFC 5819.
    package var status: StatusItems?
    /// Whether any of the extended syntax was used. A basic LIST with an empty pattern asks for the separator only.
    package var isExtended: Bool

    package init(
        selection: Selection = [],
        reference: String = "",
        patterns: [MailboxPattern],
        returns: Returns = [],
        status: StatusItems? = nil,
        isExtended: Bool = false
    ) {
        self.selection = selection
        self.reference = reference
        self.patterns = patterns
        self.returns = returns
        self.status = status
        self.isExtended = isExtended
    }
}

/// What STATUS tells of a mailbox. RFC 9051 §6.3.11, RFC 8438, RFC 7162 §3.1.7, RFC 7889 §3.2.
package struct StatusItems: OptionSet, Hashable, Sendable {
    package var rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let messages = Self(rawValue: 1 << 0)
    package static let recent = Self(rawValue: 1 << 1)
    package static let uidNext = Self(rawValue: 1 << 2)
    package static let uidValidity = Self(rawValue: 1 << 3)
    package static let unseen = Self(rawValue: 1 << 4)
    package static let deleted = Self(rawValue: 1 << 5)
    package static let size = Self(rawValue: 1 << 6)
    /// Asking for it enables CONDSTORE for the session.
    package static let highestModSeq = Self(rawValue: 1 << 7)
    package static let appendLimit = Self(rawValue: 1 << 8)
}
