import Testing

@testable import MailBytes

@Suite("plain lines are passed over")
struct PlainLinesTests {
    /// What the words of the rule say, byte by byte.
    private static func isPlain(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        range.allSatisfy { index in
            let before = bytes[index - 1]
            if (bytes[index] == ASCII.lineFeed) != (before == ASCII.carriageReturn) { return false }
            return before != ASCII.lineFeed || bytes[index] != ASCII.dot
        }
    }

    private static func random(_ seed: UInt64, count: Int) -> [UInt8] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        var bytes: [UInt8] = Array("x".utf8)
        while bytes.count < count {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            switch state >> 33 & 0x3F {
            case 0..<6: bytes += [ASCII.carriageReturn, ASCII.lineFeed]
            case 6: bytes.append(ASCII.dot)
            case 7 where state >> 40 & 7 == 0: bytes.append(ASCII.lineFeed)
            case 8 where state >> 40 & 7 == 0: bytes.append(ASCII.carriageReturn)
            default: bytes.append(UInt8(truncatingIfNeeded: state >> 41) | 0x40)
            }
        }
        return bytes
    }

    @Test("nothing that is not plain is passed over, wherever the scan begins", arguments: 0..<200 as Range<UInt64>)
    func soundness(seed: UInt64) {
        let bytes = Self.random(seed, count: 150)
        for start in 1..<bytes.count where bytes[start - 1] != ASCII.carriageReturn {
            let end = bytes.span.endOfPlainLines(from: start)
            #expect(end >= start && end <= bytes.count)
            #expect(Self.isPlain(bytes, start..<end), "\(bytes) from \(start) to \(end)")
            if end > start { #expect(bytes[end - 1] != ASCII.carriageReturn) }
        }
    }

    @Test("lines in order are passed over up to the last few bytes")
    func progress() {
        let text = Array(String(repeating: "A line of a message, as it should be.\r\n", count: 40).utf8)
        #expect(text.span.endOfPlainLines(from: 1) > text.count - 33)
    }

    @Test("the scan stops at the block with a dot line, a bare CR or a bare LF", arguments: ["\r\n.", "\r", "\n"])
    func stops(trouble: String) {
        let text = Array((String(repeating: "x", count: 100) + trouble + String(repeating: "y", count: 100)).utf8)
        let end = text.span.endOfPlainLines(from: 1)
        #expect(end > 64 && end <= 100)
    }
}
