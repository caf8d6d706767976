internal import MailBytes
package import MailTypes

extension WireCursor {
    /// A day, quoted or not.
    ///
    ///     date      = date-text / DQUOTE date-text DQUOTE
    ///     date-text = date-day "-" date-month "-" date-year
    ///     date-day  = 1*2DIGIT
    ///
    /// RFC 9051 §9.
    package mutating func takeDate() throws(WireSyntaxError) -> CalendarDate {
        try self.whole { cursor throws(WireSyntaxError) in
            let isQuoted = cursor.skip(ASCII.quote)
            let date = try cursor.takeDateText(.date)
            if isQuoted { try cursor.expect(ASCII.quote, .date) }
            return date
        }
    }

    /// A moment with its zone, always quoted.
    ///
    ///     date-time      = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
    ///     date-day-fixed = (SP DIGIT) / 2DIGIT
    ///     time           = 2DIGIT ":" 2DIGIT ":" 2DIGIT
    ///     zone           = ("+" / "-") 4DIGIT
    ///
    /// RFC 9051 §9. Departs from it in taking one digit without its space, as some clients send.
    package mutating func takeDateTime() throws(WireSyntaxError) -> Instant {
        try self.whole { cursor throws(WireSyntaxError) in
            try cursor.expect(ASCII.quote, .dateTime)
            _ = cursor.skip(ASCII.space)
            let date = try cursor.takeDateText(.dateTime)
            try cursor.expect(ASCII.space, .dateTime)
            let seconds = try cursor.takeTimeOfDay()
            try cursor.expect(ASCII.space, .dateTime)
            let zone = try cursor.takeZone()
            try cursor.expect(ASCII.quote, .dateTime)
            return Instant(secondsSince1970: Int64(date.daysSince1970 * 86_400 + seconds - zone))
        }
    }

    private mutating func takeDateText(
        _ expected: WireSyntaxError.Expectation
    ) throws(WireSyntaxError) -> CalendarDate {
        let start = self.offset
        let day = try self.takeFixedDigits(self.run(limit: 2, ASCII.isDigit) == 1 ? 1 : 2, expected)
        try self.expect(UInt8(ascii: "-"), expected)
        let month = try self.takeMonth(expected)
        try self.expect(UInt8(ascii: "-"), expected)
        let year = try self.takeFixedDigits(4, expected)
        guard let date = CalendarDate(year: year, month: month, day: day) else {
            throw WireSyntaxError(expected: expected, offset: start)
        }
        return date
    }

    /// Seconds since midnight; a leap second counts as the next minute's first.
    private mutating func takeTimeOfDay() throws(WireSyntaxError) -> Int {
        let hour = try self.takeFixedDigits(2, .dateTime)
        try self.expect(UInt8(ascii: ":"), .dateTime)
        let minute = try self.takeFixedDigits(2, .dateTime)
        try self.expect(UInt8(ascii: ":"), .dateTime)
        let second = try self.takeFixedDigits(2, .dateTime)
        guard hour < 24, minute < 60, second <= 60 else { throw self.syntaxError(.dateTime) }
        return hour * 3_600 + minute * 60 + second
    }

    /// Seconds east of Greenwich.
    private mutating func takeZone() throws(WireSyntaxError) -> Int {
        let isWest = self.next == UInt8(ascii: "-")
        guard isWest || self.next == UInt8(ascii: "+") else { throw self.syntaxError(.dateTime) }
        self.advance(by: 1)
        let hours = try self.takeFixedDigits(2, .dateTime)
        let minutes = try self.takeFixedDigits(2, .dateTime)
        guard hours < 24, minutes < 60 else { throw self.syntaxError(.dateTime) }
        return (hours * 3_600 + minutes * 60) * (isWest ? -1 : 1)
    }

    /// `date-month = "Jan" / "Feb" / …`, in any case; 1 to 12.
    private mutating func takeMonth(_ expected: WireSyntaxError.Expectation) throws(WireSyntaxError) -> Int {
        var letters: UInt32 = 0
        for distance in 0..<3 {
            letters = letters << 8 | UInt32(ASCII.lowercased(self.peek(distance) ?? 0))
        }
        guard let index = Self.months.firstIndex(of: letters) else { throw self.syntaxError(expected) }
        self.advance(by: 3)
        return index + 1
    }

    /// Each month's three letters as one number.
    private static let months: [UInt32] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ].map { $0.utf8.reduce(0) { $0 << 8 | UInt32($1) } }
}
