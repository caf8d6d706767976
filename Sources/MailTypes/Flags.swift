/// A message's flags in one mailbox as bits: the five of IMAP that stay, then an account's keywords.
///
/// Which bit is which keyword is kept per account, so a set means the same in all its mailboxes and COPY maps nothing.
/// `\Recent` is no bit: it belongs to sessions. RFC 9051 §2.3.2.
@usableFromInline
package struct FlagSet: OptionSet, Hashable, Sendable {
    @usableFromInline package var rawValue: UInt64

    @inlinable package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    @inlinable package static var seen: Self { Self(rawValue: 1 << 0) }
    @inlinable package static var answered: Self { Self(rawValue: 1 << 1) }
    @inlinable package static var flagged: Self { Self(rawValue: 1 << 2) }
    @inlinable package static var deleted: Self { Self(rawValue: 1 << 3) }
    @inlinable package static var draft: Self { Self(rawValue: 1 << 4) }

    package static let systemFlags: Self = [.seen, .answered, .flagged, .deleted, .draft]

    /// Keywords one account can have: bits 5 to 62, so that a set fits SQLite's signed integers.
    package static let keywordsMax = 58

    /// The bit of an account's keyword number `index`, 0 to ``keywordsMax`` - 1.
    package static func keyword(_ index: Int) -> Self {
        precondition(index >= 0 && index < Self.keywordsMax, "a keyword number is 0 to 57")
        return Self(rawValue: 1 << UInt64(5 + index))
    }
}

/// What a mailbox is for, so that every client finds it whatever its name. RFC 6154 §2.
package enum SpecialUse: String, Hashable, Sendable, CaseIterable {
    case all = "\\All"
    case archive = "\\Archive"
    case drafts = "\\Drafts"
    case flagged = "\\Flagged"
    case junk = "\\Junk"
    case sent = "\\Sent"
    case trash = "\\Trash"

    /// By its name, in any case. RFC 6154 §2.
    package init?(named text: String) {
        let wanted = text.lowercased()
        guard let found = Self.allCases.first(where: { $0.rawValue.lowercased() == wanted }) else { return nil }
        self = found
    }
}
