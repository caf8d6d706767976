package import MailTypes

/// One mailbox as LIST or LSUB tells it. RFC 9051 §7.3.1, RFC 5258, RFC 6154.
package struct ListResponse: Hashable, Sendable {
    package struct Attributes: OptionSet, Hashable, Sendable {
        package var rawValue: UInt16

        package init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        package static let noInferiors = Self(rawValue: 1 << 0)
        package static let noSelect = Self(rawValue: 1 << 1)
        package static let nonExistent = Self(rawValue: 1 << 2)
        package static let hasChildren = Self(rawValue: 1 << 3)
        package static let hasNoChildren = Self(rawValue: 1 << 4)
        package static let subscribed = Self(rawValue: 1 << 5)
        package static let marked = Self(rawValue: 1 << 6)
        package static let unmarked = Self(rawValue: 1 << 7)
        package static let remote = Self(rawValue: 1 << 8)
    }

    package var attributes: Attributes
    package var specialUse: SpecialUse?
    /// UTF-8, levels separated by `/`; empty for the answer to `LIST "" ""`.
    package var name: String
    /// `("CHILDINFO" ("SUBSCRIBED"))`: a child matches the selection though this one may not. RFC 5258 §3.5.
    package var hasSubscribedChildInfo: Bool

    package init(
        attributes: Attributes,
        specialUse: SpecialUse? = nil,
        name: String,
        hasSubscribedChildInfo: Bool = false
    ) {
        self.attributes = attributes
        self.specialUse = specialUse
        self.name = name
        self.hasSubscribedChildInfo = hasSubscribedChildInfo
    }
}

/// A mailbox's figures for a STATUS response; those that are `nil` are not written. RFC 9051 §7.3.4.
package struct StatusValues: Hashable, Sendable {
    package var messages: Int?
    package var recent: Int?
    package var uidNext: UID?
    package var uidValidity: UIDValidity?
    package var unseen: Int?
    package var deleted: Int?
    package var size: Int?
    package var highestModSeq: ModSeq?
    package var appendLimit: Int?

    package init() {}
}

/// The answer to an extended search; parts that are `nil` are not written. RFC 4731 §3.1, RFC 7162 §3.1.10.
package struct ESearchResponse: Hashable, Sendable {
    package var tag: String
    package var numbering: Numbering
    package var minimum: UInt32?
    package var maximum: UInt32?
    /// Ascending; `nil` when not asked for, and not written when empty.
    package var all: [UInt32]?
    package var count: Int?
    package var modSeq: ModSeq?

    package init(tag: String, numbering: Numbering) {
        self.tag = tag
        self.numbering = numbering
    }
}
