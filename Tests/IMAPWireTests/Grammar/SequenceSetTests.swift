import IMAPWire
import NIOCore
import Testing

@Suite("sequence-set (RFC 9051 §9)")
struct SequenceSetTests {
    @Test(
        "reads what the grammar allows",
        arguments: [
            ("1", [1...1]),
            ("2,4:7", [2...2, 4...7]),
            ("7:4", [4...7]),
            ("5:*", [5...9]),
            ("*:5", [5...9]),
            ("*", [9...9]),
            ("12:*", [9...12]),
            ("1:3,2:5,6", [1...6]),
            ("4294967295", [4_294_967_295...4_294_967_295]),
            ("4294967294:4294967295,1", [1...1, 4_294_967_294...4_294_967_295]),
        ] as [(String, [ClosedRange<UInt32>])]
    )
    func accepts(_ text: String, _ expected: [ClosedRange<UInt32>]) {
        expectTakes(text, expected) { cursor throws(WireSyntaxError) in
            try cursor.takeSequenceSet().resolved(highest: 9)
        }
    }

    @Test(
        "refuses what it does not, and consumes none of it",
        arguments: [
            "", "0", "01", "1:", ",1", "1,,2", "1:2,", "1,", "4294967296", "99999999999999999999999", "-1", "a", "$",
        ]
    )
    func rejects(_ text: String) {
        expectRefuses(text) { cursor throws(WireSyntaxError) in try cursor.takeSequenceSet() }
    }

    @Test("`$` is the saved result, and only as the whole set (RFC 5182 §2.1)")
    func saved() {
        expectTakes("$", MessageSet.saved) { cursor throws(WireSyntaxError) in try cursor.takeMessageSet() }
        expectTakes("3", MessageSet.numbers(.numbers(3))) { cursor throws(WireSyntaxError) in
            try cursor.takeMessageSet()
        }
        expectRefuses("x", .sequenceSet) { cursor throws(WireSyntaxError) in try cursor.takeMessageSet() }
    }

    @Test("`*` names nothing in an empty mailbox")
    func emptyMailbox() {
        #expect(SequenceSet.range(1, .highest).resolved(highest: 0).isEmpty)
        #expect(SequenceSet.range(1, .highest).mentionsHighest)
        #expect(!SequenceSet.numbers(1, 2).mentionsHighest)
    }

    @Test("lesson 9: a set stops at its limit with a clean error, one element less is read")
    func limit() throws {
        let largest = Array(repeating: "1", count: IMAPLimits.sequenceSetElementsMax).joined(separator: ",")
        var cursor = WireCursor(ByteBuffer(string: largest))
        #expect(try cursor.takeSequenceSet().resolved(highest: 5) == [1...1])
        expectRefuses(largest + ",1", .sequenceSetSize) { cursor throws(WireSyntaxError) in
            try cursor.takeSequenceSet()
        }
    }

    @Test(
        "written sets read back as they were",
        arguments: [[1], [1, 2, 3], [1, 3, 5], [9, 1, 2], [.max - 1, .max]]
    )
    func roundTrip(_ numbers: [UInt32]) throws {
        var buffer = ByteBuffer()
        buffer.writeNumberSet(numbers)
        var cursor = WireCursor(buffer)
        let ranges = try cursor.takeSequenceSet().resolved(highest: .max)
        #expect(ranges.flatMap { Array($0) } == numbers.sorted())
        #expect(cursor.isAtEnd)
    }
}
