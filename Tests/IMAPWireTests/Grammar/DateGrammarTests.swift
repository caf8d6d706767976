import IMAPWire
import MailTypes
import NIOCore
import Testing

@Suite("dates (RFC 9051 §9)")
struct DateGrammarTests {
    @Test(
        "reads days",
        arguments: [
            ("1-Feb-1994", 8_797), ("01-feb-1994", 8_797), ("\"1-FEB-1994\"", 8_797), ("1-Jan-1970", 0),
            ("31-Dec-1969", -1), ("29-Feb-2000", 11_016), ("28-Feb-1900", -25_509), ("31-Dec-9999", 2_932_896),
            ("1-Jan-0000", -719_528),
        ]
    )
    func days(_ text: String, _ days: Int) {
        expectTakes(text, days) { cursor throws(WireSyntaxError) in try cursor.takeDate().daysSince1970 }
    }

    @Test(
        "refuses what is no day",
        arguments: [
            "", "1", "1-", "1-Foo-1994", "1-Feb-94", "29-Feb-1900", "30-Feb-2000", "0-Jan-2000", "32-Jan-2000",
            "31-Apr-2000", "\"1-Feb-1994", "001-Feb-1994", "1-February-1994", "1 Feb 1994",
        ]
    )
    func noDays(_ text: String) {
        expectRefuses(text, .date) { cursor throws(WireSyntaxError) in try cursor.takeDate() }
    }

    @Test(
        "reads moments",
        arguments: [
            ("\"17-Jul-1996 02:44:25 -0700\"", 837_596_665), ("\" 1-Jan-1970 00:00:00 +0000\"", 0),
            ("\"1-Jan-1970 00:00:00 +0000\"", 0), ("\"01-Jan-1970 01:00:00 +0100\"", 0),
            ("\"31-Dec-1969 23:59:60 +0000\"", 0), ("\"25-Oct-2026 12:00:00 +0530\"", 1_792_909_800),
        ]
    )
    func moments(_ text: String, _ seconds: Int64) {
        expectTakes(text, seconds) { cursor throws(WireSyntaxError) in try cursor.takeDateTime().secondsSince1970 }
    }

    @Test(
        "refuses what is no moment",
        arguments: [
            "", "17-Jul-1996 02:44:25 -0700", "\"17-Jul-1996 02:44:25\"", "\"17-Jul-1996 24:00:00 +0000\"",
            "\"17-Jul-1996 02:60:00 +0000\"", "\"17-Jul-1996 02:44:61 +0000\"", "\"17-Jul-1996 02:44:25 0700\"",
            "\"17-Jul-1996 02:44:25 +0060\"", "\"17-Jul-1996 02:44:25 +070\"", "\"17-Jul-1996 02:44:25 -0700",
            "\"31-Jun-1996 02:44:25 +0000\"",
        ]
    )
    func noMoments(_ text: String) {
        expectRefuses(text, .dateTime) { cursor throws(WireSyntaxError) in try cursor.takeDateTime() }
    }

    @Test("what is written reads back, over ten thousand years")
    func roundTrip() throws {
        var seconds: Int64 = -62_167_219_200
        while seconds < 253_402_300_800 {
            var buffer = ByteBuffer()
            buffer.writeDateTime(Instant(secondsSince1970: seconds))
            #expect(buffer.readableBytes == 28)
            var cursor = WireCursor(buffer)
            #expect(try cursor.takeDateTime().secondsSince1970 == seconds)
            seconds += 86_400 * 173 + 12_347
        }
    }

    @Test("every day of four centuries follows the one before it")
    func calendar() {
        var expected = -25_567  // 1900-01-01
        for year in 1_900..<2_300 {
            for month in 1...12 {
                for day in 1...GregorianCalendar.days(inMonth: month, year: year) {
                    let days = GregorianCalendar.daysSince1970(year: year, month: month, day: day)
                    let date = GregorianCalendar.date(daysSince1970: days)
                    if days != expected || date != (year, month, day) { Issue.record("\(year)-\(month)-\(day)") }
                    expected += 1
                }
            }
        }
    }
}
