import MailTypes
import Testing

@Suite("civil time")
struct CivilTimeTests {
    @Test(
        "seconds become calendar and clock",
        arguments: [
            (0, "1970-01-01T00:00:00", 4),
            (951_782_400, "2000-02-29T00:00:00", 2),
            (1_709_208_000, "2024-02-29T12:00:00", 4),
            (4_107_542_399, "2100-02-28T23:59:59", 0),
            (4_107_542_400, "2100-03-01T00:00:00", 1),
            (-1, "1969-12-31T23:59:59", 3),
            (-86_401, "1969-12-30T23:59:59", 2),
        ] as [(Int64, String, Int)]
    )
    func conversion(_ seconds: Int64, _ text: String, _ weekday: Int) {
        let time = CivilTime(secondsSince1970: seconds)
        #expect(time.timestamp == text)
        #expect(time.weekday == weekday)
    }

    @Test("days follow each other without gap or repeat over 800 years")
    func continuity() {
        var previous = CivilTime(secondsSince1970: -12_622_780_800)
        for day in 1...292_194 {
            let next = CivilTime(secondsSince1970: -12_622_780_800 + Int64(day) * 86_400)
            let isNextDay = next.day == previous.day + 1 && next.month == previous.month
            let isNextMonth = next.day == 1 && (next.month == previous.month + 1 || next.month == 1)
            guard isNextDay || isNextMonth, next.weekday == (previous.weekday + 1) % 7 else {
                Issue.record("\(next) does not follow \(previous)")
                return
            }
            previous = next
        }
    }
}
