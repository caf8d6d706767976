/// An account: one person's or one role's mail. Its low bits say which shard holds it; it is never reused.
@usableFromInline
package struct AccountID: RawRepresentable, Hashable, Comparable, Sendable {
    @usableFromInline package var rawValue: Int64

    @inlinable package init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    @inlinable package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A mailbox within its shard. Survives RENAME; never reused.
@usableFromInline
package struct MailboxID: RawRepresentable, Hashable, Comparable, Sendable {
    @usableFromInline package var rawValue: Int64

    @inlinable package init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    @inlinable package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A stored message within its shard: bytes and parsed structure, apart from the mailboxes it is placed in.
@usableFromInline
package struct StoredMessageID: RawRepresentable, Hashable, Comparable, Sendable {
    @usableFromInline package var rawValue: Int64

    @inlinable package init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    @inlinable package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A message's unique identifier in a mailbox, 1 to 4,294,967,295, ascending in order of arrival. RFC 9051 §2.3.1.1.
@usableFromInline
package struct UID: RawRepresentable, Hashable, Comparable, Sendable {
    @usableFromInline package var rawValue: UInt32

    @inlinable package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    @inlinable package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The generation of a mailbox's UIDs; a change tells clients to forget what they cached. RFC 9051 §2.3.1.1.
@usableFromInline
package struct UIDValidity: RawRepresentable, Hashable, Sendable {
    @usableFromInline package var rawValue: UInt32

    @inlinable package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }
}

/// A point in an account's history: every change has the next one. 1 to 2^63 - 1. RFC 7162 §3.1.
@usableFromInline
package struct ModSeq: RawRepresentable, Hashable, Comparable, Sendable {
    @usableFromInline package var rawValue: Int64

    @inlinable package init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    @inlinable package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
