internal import MIME
internal import MailBytes
internal import MailTypes

/// Compares a part of a date in a header field. RFC 5260 §4.
final class DateTest: CheckedTest {
    let position: SievePosition
    private let match: MatchRule
    private let selection: FieldSelection
    private let part: DatePartChoice
    private let zone: DateZone
    private let keys: SieveKeys
    var name: String { "date" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.match = call.match
        guard let selection = FieldSelection(call, checker, names: call.strings(0)),
            let part = DatePartChoice(call.string(1), checker), let zone = DateZone(call, checker)
        else { return nil }
        (self.selection, self.part, self.zone) = (selection, part, zone)
        self.keys = checker.keys(call.strings(2), for: call.match)
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        var session = try MatchSession(self.match, self.keys, run)
        guard let part = self.part.part(run) else { return false }
        let isFound = try self.selection.first(run) { (header, place) throws(SieveRunError) -> Bool in
            let text = header.text(at: place)
            try run.spend(text.count / 64)
            guard let date = Self.date(in: text),
                let zone = self.zone.minutes(original: date.zoneMinutes, run)
            else {
                try run.spend(1)
                return false
            }
            return try session.feed(part.value(of: date.instant, zoneMinutes: zone), run)
        }
        return isFound ? true : try session.finish(run)
    }

    /// The date in a field; in `Received` and its like it stands behind the last semicolon.
    private static func date(in text: [UInt8]) -> RFC5322Date? {
        let start = text.lastIndex(of: UInt8(ascii: ";")).map { $0 + 1 } ?? 0
        return RFC5322Date.parse(start..<text.count, in: text.span)
    }
}

/// Compares a part of the present time. RFC 5260 §5.
final class CurrentDateTest: CheckedTest {
    let position: SievePosition
    private let match: MatchRule
    private let part: DatePartChoice
    private let zone: DateZone
    private let keys: SieveKeys
    var name: String { "currentdate" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.match = call.match
        guard let part = DatePartChoice(call.string(0), checker), let zone = DateZone(call, checker) else { return nil }
        (self.part, self.zone) = (part, zone)
        self.keys = checker.keys(call.strings(1), for: call.match)
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        var session = try MatchSession(self.match, self.keys, run)
        guard let part = self.part.part(run),
            let zone = self.zone.minutes(original: run.situation.zoneMinutes, run)
        else { return false }
        let value = part.value(of: run.situation.now, zoneMinutes: zone)
        return try session.decide(value, run)
    }
}

/// The part of a date that a script names, in any case, maybe by a variable.
struct DatePartChoice: Sendable {
    private let text: SieveText
    private let constant: DatePart?

    init?(_ name: SyntaxString, _ checker: SieveChecker) {
        self.text = checker.text(name)
        self.constant = self.text.constant.flatMap(Self.part)
        if let bytes = self.text.constant, self.constant == nil {
            let all = DatePart.allCases.map(\.rawValue).joined(separator: ", ")
            let found = String(decoding: bytes, as: UTF8.self)
            checker.error(at: name.position, "'\(found)' is no part of a date: expected one of \(all)")
            return nil
        }
    }

    /// - Returns: `nil` when a variable holds the name of none.
    func part(_ run: SieveRun) -> DatePart? {
        if let constant = self.constant { return constant }
        let part = Self.part(run.bytes(self.text))
        if part == nil { run.trace { "no such part of a date" } }
        return part
    }

    private static func part(_ name: [UInt8]) -> DatePart? {
        DatePart(rawValue: String(decoding: ASCIIFold.folded(name), as: UTF8.self))
    }
}

/// What of a date is compared. RFC 5260 §4.2.
enum DatePart: String, CaseIterable, Sendable {
    case year
    case month
    case day
    case date
    case julian
    case hour
    case minute
    case second
    case time
    case iso8601
    case std11
    case zone
    case weekday

    func value(of instant: Instant, zoneMinutes: Int) -> [UInt8] {
        let time = CivilTime(secondsSince1970: instant.secondsSince1970 + Int64(zoneMinutes) * 60)
        return Array(self.text(time, instant: instant, zoneMinutes: zoneMinutes).utf8)
    }

    private func text(_ time: CivilTime, instant: Instant, zoneMinutes: Int) -> String {
        let date = "\(Self.padded(time.year, 4))-\(Self.padded(time.month))-\(Self.padded(time.day))"
        let clock = "\(Self.padded(time.hour)):\(Self.padded(time.minute)):\(Self.padded(time.second))"
        switch self {
        case .year: return Self.padded(time.year, 4)
        case .month: return Self.padded(time.month)
        case .day: return Self.padded(time.day)
        case .date: return date
        case .julian:
            // Modified: days from 1858-11-17. RFC 5260 §4.2.
            let seconds = instant.secondsSince1970 + Int64(zoneMinutes) * 60
            let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
            return String(days + 40_587)
        case .hour: return Self.padded(time.hour)
        case .minute: return Self.padded(time.minute)
        case .second: return Self.padded(time.second)
        case .time: return clock
        case .iso8601: return "\(date)T\(clock)\(zoneMinutes == 0 ? "Z" : Self.zone(zoneMinutes, separator: ":"))"
        case .std11:
            // A day of one digit is written with two, so that scripts can cut the text by its columns.
            var text = RFC5322Date.format(instant, zoneMinutes: zoneMinutes)
            if time.day < 10 { text.insert("0", at: text.index(text.startIndex, offsetBy: 5)) }
            return text
        case .zone: return Self.zone(zoneMinutes, separator: "")
        case .weekday: return String(time.weekday)
        }
    }

    private static func padded(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func zone(_ minutes: Int, separator: String) -> String {
        let absolute = abs(minutes)
        return (minutes < 0 ? "-" : "+") + Self.padded(absolute / 60) + separator + Self.padded(absolute % 60)
    }
}
