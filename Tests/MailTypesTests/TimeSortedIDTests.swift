import MailTypes
import Testing

@Suite("time-sorted id")
struct TimeSortedIDTests {
    @Test("its text reads back to the same id", arguments: [1, 31, 32, 1 << 22, 1 << 59, .max] as [UInt64])
    func roundTrip(_ raw: UInt64) {
        let id = TimeSortedID(rawValue: raw)
        #expect(id.description.utf8.count == TimeSortedID.textLength)
        #expect(TimeSortedID(id.description) == id)
        #expect(TimeSortedID(id.description.uppercased()) == id)
    }

    @Test(
        "what is not an id is none",
        arguments: ["", "0", "000000000000l", "zzzzzzzzzzzzz", "00000000000000", "é00000000000"]
    )
    func refuses(_ text: String) {
        #expect(TimeSortedID(text) == nil)
    }

    @Test("later ids sort after earlier ones, as numbers and as text, even when the clock steps back")
    func order() {
        let source = TimeSortedIDSource()
        let ids = [1_700_000_000_000, 1_700_000_000_000, 1_600_000_000_000, 1_700_000_000_001]
            .map { source.next(at: $0) }
        #expect(ids == ids.sorted())
        #expect(Set(ids).count == 4)
        #expect(ids.map(\.description) == ids.map(\.description).sorted())
        #expect(ids[3].millisecondsSince1970 == 1_700_000_000_001)
    }

    @Test("what is passed over is not made again, nor anything before it")
    func passedOver() {
        let source = TimeSortedIDSource()
        let known = TimeSortedIDSource().next(at: 1_700_000_000_000)
        source.passOver(known)
        #expect(source.next(at: 1_600_000_000_000) > known)
        #expect(source.next(at: 1_700_000_000_000) > known)
        #expect(source.next(at: 1_700_000_000_001).millisecondsSince1970 == 1_700_000_000_001)
        source.passOver(known)
        #expect(source.next(at: 1_700_000_000_001).millisecondsSince1970 == 1_700_000_000_001)
    }
}
