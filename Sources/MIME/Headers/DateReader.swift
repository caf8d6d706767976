internal import MailBytes
internal import MailTypes

/// Makes out a date by what its words and numbers look like rather than by one grammar, since real mail has dozens.
///
///     date-time = [day-of-week ","] day month year time zone        (RFC 5322 §3.3)
///     ctime     = day-of-week month day time [zone] year
///     ISO 8601  = year "-" month "-" day ("T" / SP) time [zone]
///     American  = month "/" day "/" year [time] ["AM" / "PM"]
struct DateReader {
    private var lexer: FieldLexer
    private var year: Int?
    private var month: Int?
    private var day: Int?
    private var seconds: Int?
    private var zoneMinutes: Int?
    private var isAfternoon: Bool?

    private static let months = Array("janfebmaraprmayjunjulaugsepoctnovdec".utf8)
    private static let weekdays = Array("sunmontuewedthufrisat".utf8)

    /// Hours from Greenwich of the zone names of RFC 5322 §4.3, and of some that mail really has.
    private static let zones: [(name: StaticString, hours: Int)] = [
        ("gmt", 0), ("ut", 0), ("utc", 0), ("z", 0), ("wet", 0), ("bst", 1), ("cet", 1), ("met", 1), ("mez", 1),
        ("west", 1), ("cest", 2), ("mest", 2), ("mesz", 2), ("eet", 2), ("eest", 3), ("msk", 3), ("ist", 5),
        ("jst", 9), ("kst", 9), ("aest", 10), ("aedt", 11), ("nzst", 12), ("nzdt", 13), ("est", -5), ("edt", -4),
        ("cst", -6), ("cdt", -5), ("mst", -7), ("mdt", -6), ("pst", -8), ("pdt", -7), ("akst", -9), ("hst", -10),
    ]

    init(_ value: Range<Int>) {
        let start = value.lowerBound
        self.lexer = FieldLexer(start..<min(value.upperBound, start + 256))
    }

    mutating func read(_ bytes: Span<UInt8>) -> RFC5322Date? {
        while self.lexer.skipBlanks(bytes) == .more {
            let byte = self.lexer.current(bytes)
            if ASCII.isLetter(byte) {
                self.takeWord(bytes)
            } else if ASCII.isDigit(byte) {
                self.takeNumbers(bytes)
            } else if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"), self.takeZone(bytes) {
                continue
            } else {
                self.lexer.position += 1
            }
        }
        return self.result()
    }

    // MARK: - Words

    private mutating func takeWord(_ bytes: Span<UInt8>) {
        let start = self.lexer.position
        while ASCII.isLetter(self.lexer.current(bytes)) { self.lexer.position += 1 }
        var word: [UInt8] = []
        for index in start..<self.lexer.position { word.append(ASCII.lowercased(bytes[index])) }
        if word.isCaseInsensitively("am") || word.isCaseInsensitively("pm") {
            self.isAfternoon = word[0] == UInt8(ascii: "p")
        } else if word.count >= 3, self.month == nil, let month = Self.place(of: word, in: Self.months) {
            self.month = month + 1
        } else if word.count >= 3, Self.place(of: word, in: Self.weekdays) != nil, self.seconds == nil {
            return
        } else if self.zoneMinutes == nil, let zone = Self.zones.first(where: { word.isCaseInsensitively($0.name) }) {
            self.zoneMinutes = zone.hours * 60
        }
    }

    /// Which of the three-letter names in `table` the word begins with.
    private static func place(of word: [UInt8], in table: [UInt8]) -> Int? {
        (0..<table.count / 3).first { table[$0 * 3..<$0 * 3 + 3].elementsEqual(word[..<3]) }
    }

    // MARK: - Numbers

    private mutating func takeNumber(_ bytes: Span<UInt8>) -> (value: Int, digits: Int) {
        var value = 0
        var digits = 0
        while ASCII.isDigit(self.lexer.current(bytes)) {
            value = min(value * 10 + Int(self.lexer.current(bytes) - 0x30), 99_999_999)
            digits += 1
            self.lexer.position += 1
        }
        return (value, digits)
    }

    private func isDigit(_ bytes: Span<UInt8>, ahead: Int) -> Bool {
        self.lexer.position + ahead < self.lexer.end && ASCII.isDigit(bytes[self.lexer.position + ahead])
    }

    /// A day, a year, a time, or a whole date of numbers.
    private mutating func takeNumbers(_ bytes: Span<UInt8>) {
        let (value, digits) = self.takeNumber(bytes)
        let mark = self.lexer.current(bytes)
        if self.seconds == nil, digits <= 2, self.isDigit(bytes, ahead: 1),
            mark == UInt8(ascii: ":") || mark == ASCII.dot && self.year != nil
        {
            self.takeTime(bytes, hours: value, mark: mark)
        } else if mark == UInt8(ascii: "/") || mark == UInt8(ascii: "-"), self.isDigit(bytes, ahead: 1),
            self.month == nil, self.day == nil
        {
            self.takeNumericDate(bytes, first: value, digits: digits, mark: mark)
        } else if digits == 8, self.day == nil, self.month == nil, self.year == nil {
            (self.year, self.month, self.day) = (value / 10_000, value / 100 % 100, value % 100)
        } else if digits >= 3 || self.day != nil {
            if self.year == nil { self.year = Self.fullYear(value, digits: digits) }
        } else {
            self.day = value
        }
    }

    ///     time-of-day = hour ":" minute [ ":" second ]
    private mutating func takeTime(_ bytes: Span<UInt8>, hours: Int, mark: UInt8) {
        var time = hours * 3_600
        self.lexer.position += 1
        time += self.takeNumber(bytes).value * 60
        if self.lexer.current(bytes) == mark, self.isDigit(bytes, ahead: 1) {
            self.lexer.position += 1
            time += self.takeNumber(bytes).value
        }
        if self.lexer.current(bytes) == ASCII.dot, self.isDigit(bytes, ahead: 1) {
            self.lexer.position += 1
            _ = self.takeNumber(bytes)
        }
        self.seconds = time
    }

    /// `2002-08-22`, `8/22/2002` or `22-08-2002`.
    private mutating func takeNumericDate(_ bytes: Span<UInt8>, first: Int, digits: Int, mark: UInt8) {
        self.lexer.position += 1
        let second = self.takeNumber(bytes).value
        guard self.lexer.current(bytes) == mark, self.isDigit(bytes, ahead: 1) else {
            (self.day, self.month) = (first, second)
            return
        }
        self.lexer.position += 1
        let third = self.takeNumber(bytes)
        if digits >= 3 {
            (self.year, self.month, self.day) = (first, second, third.value)
        } else if mark == UInt8(ascii: "/"), first <= 12 {
            (self.month, self.day) = (first, second)
            self.year = Self.fullYear(third.value, digits: third.digits)
        } else {
            (self.day, self.month) = (first, second)
            self.year = Self.fullYear(third.value, digits: third.digits)
        }
    }

    /// Two digits are 2000 to 2049 or 1950 to 1999, three count from 1900. RFC 5322 §4.3.
    private static func fullYear(_ value: Int, digits: Int) -> Int {
        switch digits {
        case ...2: value < 50 ? value + 2_000 : value + 1_900
        case 3: value + 1_900
        default: value
        }
    }

    ///     zone = (FWS ( "+" / "-" ) 4DIGIT) / obs-zone
    ///
    /// - Returns: Whether a zone stood here; else nothing is consumed.
    private mutating func takeZone(_ bytes: Span<UInt8>) -> Bool {
        guard self.seconds != nil, self.zoneMinutes == nil, self.isDigit(bytes, ahead: 1) else { return false }
        let sign = self.lexer.current(bytes) == UInt8(ascii: "-") ? -1 : 1
        self.lexer.position += 1
        let (value, digits) = self.takeNumber(bytes)
        if digits <= 2, self.lexer.current(bytes) == UInt8(ascii: ":"), self.isDigit(bytes, ahead: 1) {
            self.lexer.position += 1
            self.zoneMinutes = sign * (value * 60 + self.takeNumber(bytes).value)
        } else {
            self.zoneMinutes = sign * (digits <= 2 ? value * 60 : value / 100 * 60 + value % 100)
        }
        return true
    }

    // MARK: - Result

    private func result() -> RFC5322Date? {
        guard let year = self.year, let month = self.month, let day = self.day, (1...12).contains(month),
            (1...9_999).contains(year), day >= 1, day <= CivilDay.length(ofMonth: month, year: year)
        else { return nil }
        var seconds = self.seconds ?? 0
        if let isAfternoon = self.isAfternoon, seconds < 13 * 3_600 {
            seconds = seconds % (12 * 3_600) + (isAfternoon ? 12 * 3_600 : 0)
        }
        guard seconds <= 86_400 else { return nil }
        let zone = self.zoneMinutes.map { abs($0) < 24 * 60 ? $0 : 0 } ?? 0
        let days = Int64(CivilDay.number(year: year, month: month, day: day))
        let instant = Instant(secondsSince1970: days * 86_400 + Int64(seconds) - Int64(zone) * 60)
        return RFC5322Date(instant: instant, zoneMinutes: zone, year: year, month: month, day: day)
    }
}
