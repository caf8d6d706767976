import MailBytes
import NIOCore
import Testing

@Suite("line scans")
struct LineScanTests {
    @Test(
        "octets with all lines ended by CRLF are counted",
        arguments: [
            ("", 0), ("\r\n", 2), ("\n", 2), ("a", 3), ("a\r", 4), ("a\r\nb\n\nc", 11), ("a\r\r\n", 4),
        ]
    )
    func octetsInLines(_ text: String, _ octets: Int) {
        let counted = Array(text.utf8).span.octetsInCRLFLines
        #expect(counted == octets)
    }

    @Test(
        "find the first CRLF, past bare CRs and LFs",
        arguments: [
            ("", nil), ("a", nil), ("\r", nil), ("\n", nil), ("\n\r", nil), ("\r\n", 0), ("a\r\n", 1), ("a\nb\r\n", 3),
            ("\r\r\n", 1), ("a\n\r\n", 2),
        ] as [(String, Int?)]
    )
    func firstCRLF(_ text: String, _ expected: Int?) {
        let found = Array(text.utf8).span.firstCRLF()
        #expect(found == expected)
    }

    @Test("agree with a search octet by octet, from every start")
    func firstIndex() {
        let bytes = Array("a\nb\n\nc".utf8)
        for start in 0...bytes.count {
            let toEnd = bytes.span.firstIndex(of: 0x0A, from: start)
            #expect(toEnd == bytes[start...].firstIndex(of: 0x0A))
            for end in start...bytes.count {
                let found = bytes.span.firstIndex(of: 0x0A, from: start, to: end)
                #expect(found == bytes[start..<end].firstIndex(of: 0x0A))
            }
        }
    }

    @Test(
        "tell clean line ends from bare ones",
        arguments: [
            ("", true), ("a", true), ("a\r\nb", true), ("a\r\n\r\n", true), ("\r", false), ("\n", false),
            ("a\r\n\n", false),
            ("\ra\r\n", false), ("a\r\r\n", false), ("a\r\nb\r", false),
        ]
    )
    func cleanLineEnds(_ text: String, _ expected: Bool) {
        let isClean = Array(text.utf8).span.hasOnlyCRLF
        #expect(isClean == expected)
    }

    @Test(
        "see the lines that must be stuffed",
        arguments: [
            ("", false), (".", true), ("a.", false), ("a\r\n.", true), ("a\r\n b.\r\n", false), ("a\n.b", true),
        ]
    )
    func dotLines(_ text: String, _ expected: Bool) {
        let isFound = Array(text.utf8).span.hasDotLine
        #expect(isFound == expected)
    }

    @Test("compare words but for their case")
    func words() {
        let bytes = Array("xQuItx".utf8)
        let same = bytes.span.equalsIgnoringCase("QUIT", from: 1, to: 5)
        let longer = bytes.span.equalsIgnoringCase("QUIT", from: 1, to: 6)
        let other = bytes.span.equalsIgnoringCase("QUIX", from: 1, to: 5)
        let empty = bytes.span.equalsIgnoringCase("", from: 2, to: 2)
        #expect([same, longer, other, empty] == [true, false, false, true])
    }

    @Test("copy and read parts of a span")
    func parts() {
        var buffer = ByteBuffer()
        let bytes = Array("h\u{e9}llo".utf8)
        buffer.writeSpan(bytes.span)
        buffer.writeSpan(bytes.span, 1..<3)
        #expect(String(buffer: buffer) == "h\u{e9}llo\u{e9}")
        #expect(buffer.octetsBeforeLineFeed() == nil)
        let whole = String(validating: bytes.span, 0..<3)
        let cut = String(validating: bytes.span, 0..<2)
        #expect(whole == "h\u{e9}")
        #expect(cut == nil)
    }
}
