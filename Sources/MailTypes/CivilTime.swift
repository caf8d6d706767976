/// A moment in UTC by calendar and clock, proleptic Gregorian, without leap seconds.
package struct CivilTime: Hashable, Sendable {
    package var year: Int
    /// 1 to 12.
    package var month: Int
    /// 1 to 31.
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    /// 0 Sunday to 6 Saturday.
    package var weekday: Int

    package init(secondsSince1970: Int64) {
        let days = Int((Double(secondsSince1970) / 86_400).rounded(.down))
        let rest = Int(secondsSince1970) - days * 86_400
        self.hour = rest / 3_600
        self.minute = rest / 60 % 60
        self.second = rest % 60
        self.weekday = ((days + 4) % 7 + 7) % 7
        // Years counted from March, so that the leap day is a year's last; eras of 400 years repeat.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        self.month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.year = yearOfEra + era * 400 + (self.month <= 2 ? 1 : 0)
    }

    /// `2026-01-31T12:00:00`, without zone.
    package var timestamp: String {
        "\(Self.padded(self.year, 4))-\(Self.padded(self.month))-\(Self.padded(self.day))"
            + "T\(Self.padded(self.hour)):\(Self.padded(self.minute)):\(Self.padded(self.second))"
    }

    /// `20260131-12`.
    package var dayAndHour: String {
        "\(Self.padded(self.year, 4))\(Self.padded(self.month))\(Self.padded(self.day))-\(Self.padded(self.hour))"
    }

    private static func padded(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
