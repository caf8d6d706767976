import MIME
import MailTypes
import NIOCore
import Testing

@Suite("dates")
struct RFC5322DateTests {
    private static func parse(_ text: String) -> RFC5322Date? {
        RFC5322Date.parse(message(text).span)
    }

    @Test(
        "are written as RFC 5322 wants them",
        arguments: [
            (0, 0, "Thu, 1 Jan 1970 00:00:00 +0000"), (1_795_412_580, 0, "Mon, 23 Nov 2026 05:43:00 +0000"),
            (951_782_400, 0, "Tue, 29 Feb 2000 00:00:00 +0000"), (-1, 0, "Wed, 31 Dec 1969 23:59:59 +0000"),
            (0, -150, "Wed, 31 Dec 1969 21:30:00 -0230"), (0, 330, "Thu, 1 Jan 1970 05:30:00 +0530"),
            (4_102_444_799, 0, "Thu, 31 Dec 2099 23:59:59 +0000"),
        ] as [(Int64, Int, String)]
    )
    func format(seconds: Int64, zone: Int, expected: String) {
        var buffer = ByteBuffer()
        RFC5322Date.format(Instant(secondsSince1970: seconds), zoneMinutes: zone, into: &buffer)
        #expect(latin(buffer) == expected)
        let parsed = Self.parse(expected)
        #expect(parsed?.instant == Instant(secondsSince1970: seconds))
        #expect(parsed?.zoneMinutes == zone)
    }

    @Test(
        "are read in the forms real mail has",
        arguments: [
            ("Thu, 22 Aug 2002 18:26:25 +0700", "Thu, 22 Aug 2002 11:26:25 +0000"),
            ("22 Aug 2002 18:26 GMT", "Thu, 22 Aug 2002 18:26:00 +0000"),
            ("Thu, 22 Aug 02 18:26:25 EDT", "Thu, 22 Aug 2002 22:26:25 +0000"),
            ("Thu, 22-Aug-2002 18:26:25 -0400", "Thu, 22 Aug 2002 22:26:25 +0000"),
            ("Thu Aug 22 18:26:25 2002", "Thu, 22 Aug 2002 18:26:25 +0000"),
            ("Thu Aug 22 18:26:25 PDT 2002", "Fri, 23 Aug 2002 01:26:25 +0000"),
            ("Thu Aug 22 18:26:25 2002 +0200", "Thu, 22 Aug 2002 16:26:25 +0000"),
            ("2002-08-22 18:26:25", "Thu, 22 Aug 2002 18:26:25 +0000"),
            ("2002-08-22T18:26:25Z", "Thu, 22 Aug 2002 18:26:25 +0000"),
            ("2002-08-22T18:26:25.123+02:00", "Thu, 22 Aug 2002 16:26:25 +0000"),
            ("8/22/2002 6:26:25 PM", "Thu, 22 Aug 2002 18:26:25 +0000"),
            ("Thu, 22 Aug 2002 12:26:25 AM", "Thu, 22 Aug 2002 00:26:25 +0000"),
            ("Thu (x), 22 (y) Aug\n 2002 18:26:25 (z) +0700 (ICT)", "Thu, 22 Aug 2002 11:26:25 +0000"),
            ("Thu,22 Aug 2002 18:26:25 +0700", "Thu, 22 Aug 2002 11:26:25 +0000"),
            ("22 August 2002 18:26:25", "Thu, 22 Aug 2002 18:26:25 +0000"),
            ("Thu, 22 Aug 102 18:26:25 +0000", "Thu, 22 Aug 2002 18:26:25 +0000"),
            ("Thu, 22 Aug 2002", "Thu, 22 Aug 2002 00:00:00 +0000"),
            ("Fri, 21 Nov 97 09:55:06 -0600", "Fri, 21 Nov 1997 15:55:06 +0000"),
            ("Thu, 22 Aug 2002 18.26.25 +0700", "Thu, 22 Aug 2002 11:26:25 +0000"),
            ("Thu, 22 Aug 2002 18:26:60 +0000", "Thu, 22 Aug 2002 18:27:00 +0000"),
            ("Thu, 22 Aug 2002 18:26:25 -0000", "Thu, 22 Aug 2002 18:26:25 +0000"),
            ("Sun, 01 Sep 2002 02:24:12 -1600", "Sun, 1 Sep 2002 18:24:12 +0000"),
            ("Thu, 22 Aug 2002 18:26:25 A", "Thu, 22 Aug 2002 18:26:25 +0000"),
        ]
    )
    func reads(text: String, expected: String) {
        #expect(Self.parse(text).map { RFC5322Date.format($0.instant) } == expected)
    }

    @Test(
        "are refused where there is no such day",
        arguments: [
            "", "x", "Thu", "30 Feb 2002", "0 Jan 2002", "32 Jan 2002", "Aug 2002", "22 Aug", "29 Feb 1900 10:00",
            "99:99:99",
        ]
    )
    func refuses(text: String) {
        #expect(Self.parse(text) == nil)
    }

    @Test("keep the day as written, whatever the zone")
    func asWritten() {
        let date = Self.parse("Thu, 22 Aug 2002 23:30:00 -0700")
        #expect([date?.year, date?.month, date?.day, date?.zoneMinutes] == [2002, 8, 22, -420])
    }

    @Test("days of four hundred years are written and read back")
    func everyDay() {
        for day in stride(from: -26_000, through: 120_000, by: 7) {
            let instant = Instant(secondsSince1970: Int64(day) * 86_400 + 3_723)
            #expect(Self.parse(RFC5322Date.format(instant))?.instant == instant)
        }
    }

    @Test("cut short at every byte they never trap")
    func everySplit() {
        let bytes = message(
            "Thu, 22 Aug 2002 18:26:25 -0700 2002-08-22T18:26:25.123+02:00 8/22/02 6.5 PM 99999999999999999999"
        )
        for end in 0...bytes.count {
            for start in stride(from: 0, through: end, by: 3) {
                let part = Array(bytes[start..<end])
                _ = RFC5322Date.parse(part.span)
            }
        }
    }
}
