internal import IMAPWire
internal import MIME
internal import MailStore
internal import MailTypes

/// A search's criteria with everything looked up that the mailbox and the account say about them.
indirect enum SearchCondition: Sendable {
    case constant(Bool)
    /// Messages by index: ascending, not overlapping.
    case indices([Range<Int>])
    case flags(all: FlagSet, none: FlagSet)
    case recent(Bool)
    case changedFrom(ModSeq)
    /// RFC822.SIZE.
    case octets(ClosedRange<UInt64>)
    /// Seconds since 1970 of the internal date.
    case received(ClosedRange<Int64>)
    /// Days since 1970 of the Date field, as written there.
    case sent(ClosedRange<Int>)
    case header(HeaderName, SearchNeedle)
    case body(SearchNeedle)
    case text(SearchNeedle)
    case not(SearchCondition)
    /// Cheapest first.
    case and([SearchCondition])
    case or([SearchCondition])

    /// What must be looked at to decide a condition.
    enum Cost: Int, Comparable {
        case memory
        case row
        case header
        case body

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    var cost: Cost {
        switch self {
        case .constant, .indices, .flags, .recent, .changedFrom, .octets: .memory
        case .received: .row
        case .sent, .header: .header
        case .body, .text: .body
        case .not(let condition): condition.cost
        case .and(let conditions), .or(let conditions): conditions.map(\.cost).max() ?? .memory
        }
    }

    /// Whether a part of it needs the internal date.
    var needsRow: Bool {
        switch self {
        case .received: true
        case .not(let condition): condition.needsRow
        case .and(let conditions), .or(let conditions): conditions.contains { $0.needsRow }
        default: false
        }
    }

    /// How many parts of it are answered by going through a message's text.
    var textsCount: Int {
        switch self {
        case .sent, .header, .body, .text: 1
        case .not(let condition): condition.textsCount
        case .and(let conditions), .or(let conditions): conditions.reduce(0) { $0 + $1.textsCount }
        default: 0
        }
    }
}

/// Turns the keys of a SEARCH into conditions. RFC 9051 §6.4.4.
struct SearchCompiler {
    let view: MailboxView
    let saved: [ClosedRange<UInt32>]
    let keywords: KeywordTable
    let now: Instant
    /// Whether MODSEQ was among the keys, so that the answer tells it.
    private(set) var mentionsModSeq = false
    /// What `$` means, once it was met: a thousand of them share it.
    private var savedMessages: SearchCondition?

    init(view: MailboxView, saved: [ClosedRange<UInt32>], keywords: KeywordTable, now: Instant) {
        self.view = view
        self.saved = saved
        self.keywords = keywords
        self.now = now
    }

    mutating func compile(_ key: SearchKey) throws(Reply) -> SearchCondition {
        switch key {
        case .all: return .constant(true)
        case .messages(let set): return try self.messages(set, .sequence)
        case .uid(let set): return try self.messages(set, .uid)
        case .hasFlags(let flags): return .flags(all: flags, none: [])
        case .lacksFlags(let flags): return .flags(all: [], none: flags)
        case .keyword(let name):
            return self.keywords.flag(name).map { .flags(all: $0, none: []) } ?? .constant(false)
        case .unkeyword(let name):
            return self.keywords.flag(name).map { .flags(all: [], none: $0) } ?? .constant(true)
        case .recent: return .recent(true)
        case .old: return .recent(false)
        case .new: return .and([.recent(true), .flags(all: [], none: .seen)])
        case .larger(let octets): return octets == .max ? .constant(false) : .octets(octets + 1 ... .max)
        case .smaller(let octets): return octets == 0 ? .constant(false) : .octets(0...octets - 1)
        case .modSeq(let modSeq):
            self.mentionsModSeq = true
            return .changedFrom(modSeq)
        case .not(let key): return .not(try self.compile(key))
        case .or(let left, let right):
            return .or(Self.cheapestFirst([try self.compile(left), try self.compile(right)]))
        case .and(let keys):
            var conditions: [SearchCondition] = []
            for key in keys { conditions.append(try self.compile(key)) }
            return .and(Self.cheapestFirst(conditions))
        default:
            return Self.date(key, self.now) ?? Self.content(key)
        }
    }

    private mutating func messages(_ set: MessageSet, _ numbering: Numbering) throws(Reply) -> SearchCondition {
        if set == .saved, let known = self.savedMessages { return known }
        let selection = try MessageSelection(set, numbering, in: self.view, saved: self.saved)
        let condition = SearchCondition.indices(selection.ranges)
        if set == .saved { self.savedMessages = condition }
        return condition
    }

    private static func cheapestFirst(_ conditions: [SearchCondition]) -> [SearchCondition] {
        conditions.enumerated().sorted { ($0.element.cost, $0.offset) < ($1.element.cost, $1.offset) }.map(\.element)
    }

    /// Dates are days of this server, which is in UTC. RFC 5032 for the intervals.
    private static func date(_ key: SearchKey, _ now: Instant) -> SearchCondition? {
        let day: (CalendarDate) -> Int64 = { Int64($0.daysSince1970) * 86_400 }
        switch key {
        case .before(let date): return .received(.min...day(date) - 1)
        case .on(let date): return .received(day(date)...day(date) + 86_399)
        case .since(let date): return .received(day(date) ... .max)
        case .sentBefore(let date): return .sent(.min...date.daysSince1970 - 1)
        case .sentOn(let date): return .sent(date.daysSince1970...date.daysSince1970)
        case .sentSince(let date): return .sent(date.daysSince1970 ... .max)
        case .older(let seconds): return .received(.min...now.secondsSince1970 - Int64(seconds))
        case .younger(let seconds): return .received(now.secondsSince1970 - Int64(seconds) ... .max)
        default: return nil
        }
    }

    private static func content(_ key: SearchKey) -> SearchCondition {
        switch key {
        case .from(let text): .header(.from, SearchNeedle(text))
        case .to(let text): .header(.to, SearchNeedle(text))
        case .cc(let text): .header(.cc, SearchNeedle(text))
        case .bcc(let text): .header(.bcc, SearchNeedle(text))
        case .subject(let text): .header(.subject, SearchNeedle(text))
        case .header(let name, let text): .header(HeaderName(name), SearchNeedle(text))
        case .body(let text): .body(SearchNeedle(text))
        case .text(let text): .text(SearchNeedle(text))
        default: preconditionFailure("every search key is compiled")
        }
    }
}
