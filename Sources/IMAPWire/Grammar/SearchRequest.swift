package import MailTypes

/// `SEARCH` or `UID SEARCH`. RFC 9051 §6.4.4, RFC 4731, RFC 5182.
package struct SearchRequest: Hashable, Sendable {
    /// What `RETURN (…)` asks for. `RETURN ()` is `RETURN (ALL)`. RFC 4731 §3.1.
    package struct Returns: OptionSet, Hashable, Sendable {
        package var rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        package static let minimum = Self(rawValue: 1)
        package static let maximum = Self(rawValue: 2)
        package static let all = Self(rawValue: 4)
        package static let count = Self(rawValue: 8)
        /// Keep the result for `$`. With this alone no ESEARCH response is sent. RFC 5182 §2.1.
        package static let save = Self(rawValue: 16)
    }

    package var numbering: Numbering
    /// `nil`: no RETURN was given and the answer is an untagged SEARCH, not ESEARCH.
    package var returns: Returns?
    /// As the client spelled it, `nil` when not given. Strings in the keys are in this charset.
    package var charset: SearchCharset?
    package var key: SearchKey

    package init(numbering: Numbering, returns: Returns? = nil, charset: SearchCharset? = nil, key: SearchKey) {
        self.numbering = numbering
        self.returns = returns
        self.charset = charset
        self.key = key
    }
}

/// The charset of a search's strings. RFC 9051 §6.4.4.
package enum SearchCharset: Hashable, Sendable {
    case usASCII
    case utf8
    /// Something else, upper-cased: answer `NO [BADCHARSET (US-ASCII UTF-8)]`, or convert.
    case other(String)
}

/// A search's criteria as a tree whose depth and size are bounded by ``IMAPLimits``. RFC 9051 §6.4.4, RFC 3501 §6.4.4.
package indirect enum SearchKey: Hashable, Sendable {
    case all
    case messages(MessageSet)
    case uid(MessageSet)
    /// All of these flags are set (`SEEN` is `.hasFlags(.seen)`).
    case hasFlags(FlagSet)
    /// None of these flags is set (`UNSEEN`, `UNDELETED`, …).
    case lacksFlags(FlagSet)
    case keyword(String)
    case unkeyword(String)
    /// `\Recent`.
    case recent
    /// Not `\Recent`.
    case old
    /// `\Recent` and not `\Seen`.
    case new
    case before(CalendarDate)
    case on(CalendarDate)
    case since(CalendarDate)
    case sentBefore(CalendarDate)
    case sentOn(CalendarDate)
    case sentSince(CalendarDate)
    /// Received more than, or exactly, this many seconds ago. RFC 5032.
    case older(seconds: UInt32)
    /// Received within this many seconds. RFC 5032.
    case younger(seconds: UInt32)
    case larger(octets: UInt64)
    case smaller(octets: UInt64)
    case from(SearchText)
    case to(SearchText)
    case cc(SearchText)
    case bcc(SearchText)
    case subject(SearchText)
    /// Header field's name, and the text in it; an empty text means that the field exists.
    case header(String, SearchText)
    case body(SearchText)
    case text(SearchText)
    /// Modification sequence at least this. Enables CONDSTORE; the answer carries MODSEQ. RFC 7162 §3.1.5.
    case modSeq(ModSeq)
    case not(SearchKey)
    case or(SearchKey, SearchKey)
    /// All of them; never empty.
    case and([SearchKey])
}

/// Bytes to look for, in the search's charset; UTF-8 unless another one was named.
package struct SearchText: Hashable, Sendable {
    package var bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init(_ text: String) {
        self.bytes = Array(text.utf8)
    }
}

/// A day without a time zone, as `1-Feb-1994` names it. Valid by construction. RFC 9051 §9 (`date`).
package struct CalendarDate: Hashable, Comparable, Sendable {
    package let year: Int
    package let month: Int
    package let day: Int

    /// - Returns: `nil` when there is no such day.
    package init?(year: Int, month: Int, day: Int) {
        guard (0...9_999).contains(year), (1...12).contains(month), day >= 1,
            day <= GregorianCalendar.days(inMonth: month, year: year)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Days since 1970-01-01, which compares with `Instant.secondsSince1970 / 86,400` (rounded down) for a UTC server.
    package var daysSince1970: Int {
        GregorianCalendar.daysSince1970(year: self.year, month: self.month, day: self.day)
    }

    package static func < (left: Self, right: Self) -> Bool { left.daysSince1970 < right.daysSince1970 }
}

extension SearchKey {
    /// Whether a MODSEQ key is anywhere in the tree, so that the answer carries one and CONDSTORE is on.
    package var mentionsModSeq: Bool {
        self.contains { if case .modSeq = $0 { true } else { false } }
    }

    /// Whether `$` is anywhere in the tree.
    package var mentionsSaved: Bool {
        self.contains { $0 == .messages(.saved) || $0 == .uid(.saved) }
    }

    private func contains(_ isWanted: (Self) -> Bool) -> Bool {
        if isWanted(self) { return true }
        return switch self {
        case .not(let key): key.contains(isWanted)
        case .or(let first, let second): first.contains(isWanted) || second.contains(isWanted)
        case .and(let keys): keys.contains { $0.contains(isWanted) }
        default: false
        }
    }
}
