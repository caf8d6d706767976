internal import MailBytes
package import MailTypes
package import NIOCore

/// A date as a header has it: the moment, and the day and zone as they are written there. RFC 5322 §3.3, §4.3.
package struct RFC5322Date: Hashable, Sendable {
    package var instant: Instant
    /// Minutes east of Greenwich; 0 where none is given or it is unknown.
    package var zoneMinutes: Int
    /// As written, without regard to the zone, as IMAP's SENTBEFORE and its like compare it. RFC 9051 §6.4.4.
    package var year: Int
    /// 1 to 12.
    package var month: Int
    /// 1 to 31.
    package var day: Int

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

    /// Reads a date in any form that real mail has: RFC 5322's, its obsolete ones, ctime(3)'s, ISO 8601's.
    ///
    /// - Returns: `nil` when no day, or no such day, can be made out.
    package static func parse(_ text: Span<UInt8>) -> RFC5322Date? {
        Self.parse(0..<text.count, in: text)
    }

    /// The same for a stretch of a message.
    package static func parse(_ value: Range<Int>, in bytes: Span<UInt8>) -> RFC5322Date? {
        var reader = DateReader(value)
        return reader.read(bytes)
    }

    /// Appends the moment as RFC 5322 §3.3 wants it: `Mon, 23 Nov 2026 05:43:00 +0000`.
    ///
    /// - Parameter zoneMinutes: in which zone it is told, minutes east of Greenwich.
    package static func format(_ instant: Instant, zoneMinutes: Int = 0, into buffer: inout ByteBuffer) {
        buffer.writeString(Self.format(instant, zoneMinutes: zoneMinutes))
    }

    package static func format(_ instant: Instant, zoneMinutes: Int = 0) -> String {
        let local = instant.secondsSince1970 + Int64(zoneMinutes) * 60
        let days = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
        let seconds = Int(local - days * 86_400)
        let (year, month, day) = CivilDay.date(ofDay: Int(days))
        let weekday = Self.weekdays[Int(((days + 4) % 7 + 7) % 7)]
        let zone = abs(zoneMinutes)
        return "\(weekday), \(day) \(Self.months[month - 1]) \(Self.padded(year, 4))"
            + " \(Self.padded(seconds / 3_600, 2)):\(Self.padded(seconds / 60 % 60, 2)):\(Self.padded(seconds % 60, 2))"
            + " \(zoneMinutes < 0 ? "-" : "+")\(Self.padded(zone / 60, 2))\(Self.padded(zone % 60, 2))"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// Days of the Gregorian calendar, extended backwards, counted from 1970-01-01.
enum CivilDay {
    private static let daysPerEra = 146_097

    /// The count of a date; the day may be any number, so that the 31st of a short month is the next month's.
    static func number(year: Int, month: Int, day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * Self.daysPerEra + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func date(ofDay number: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - (Self.daysPerEra - 1)) / Self.daysPerEra
        let dayOfEra = shifted - era * Self.daysPerEra
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    /// 28 to 31.
    static func length(ofMonth month: Int, year: Int) -> Int {
        let next = month == 12 ? (year + 1, 1) : (year, month + 1)
        return Self.number(year: next.0, month: next.1, day: 1) - Self.number(year: year, month: month, day: 1)
    }
}
