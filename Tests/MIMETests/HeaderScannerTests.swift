import MIME
import Testing

@Suite("header fields")
struct HeaderScannerTests {
    private static func fields(_ bytes: [UInt8]) -> [[String]] {
        var scanner = HeaderScanner()
        var fields: [[String]] = []
        while let field = scanner.next(in: bytes.span) {
            fields.append([latin(bytes[field.name]), latin(bytes[field.value])])
        }
        return fields
    }

    @Test(
        "are found however they are written",
        arguments: [
            ("A: b\n\nbody", [["A", "b"]]), ("A:b\nC:  d \n\n", [["A", "b"], ["C", "d "]]),
            ("A: b\n c\n\td\n\n", [["A", "b\r\n c\r\n\td"]]), ("A : b\n\n", [["A", "b"]]), ("A:\n\n", [["A", ""]]),
            ("A:\n b\n\n", [["A", "\r\n b"]]), ("no colon\nA: b\n\n", [["", "no colon"], ["A", "b"]]),
            (": b\n\n", [["", "b"]]), (" A: b\n\n", [[" A", "b"]]), ("A: b", [["A", "b"]]), ("A: b\n", [["A", "b"]]),
            ("\nA: b\n", []), ("", []), ("A: b\n \n\n", [["A", "b\r\n "]]), ("A: \u{FC}\n\n", [["A", "\u{FC}"]]),
            ("A: b: c\n\n", [["A", "b: c"]]), ("A:    \n\n", [["A", "   "]]),
        ] as [(String, [[String]])]
    )
    func scan(text: String, expected: [[String]]) {
        #expect(Self.fields(message(text)) == expected)
    }

    @Test("a bare LF ends a line as well, a bare CR does not")
    func lineEnds() {
        #expect(Self.fields(Array("A: b\n c\nD: e\n\nbody".utf8)) == [["A", "b\n c"], ["D", "e"]])
        #expect(Self.fields(Array("A: b\rC: d\r\n\r\n".utf8)) == [["A", "b\rC: d"]])
    }

    @Test("the header is cut short at every byte without a trap, and fields lie one behind the other")
    func everySplit() {
        let bytes = message("Received: a\n b\nSubject : c\nno colon\nX:\n\nbody")
        for end in 0...bytes.count {
            let part = Array(bytes[..<end])
            var scanner = HeaderScanner()
            var last = 0
            while let field = scanner.next(in: part.span) {
                #expect(field.whole.lowerBound == last)
                #expect(field.whole.upperBound == scanner.position)
                #expect(field.name.lowerBound >= last && field.value.upperBound <= scanner.position)
                last = scanner.position
            }
            #expect(scanner.position <= end)
        }
    }

    @Test("first, last and count go by name in any case")
    func lookUp() {
        let bytes = message("RECEIVED: 1\nReceived: 2\nreceived : 3\nSubject: x\n\nReceived: no\n")
        #expect(HeaderScanner.count(.received, in: bytes.span) == 3)
        #expect(slice(bytes, HeaderScanner.first("Received", in: bytes.span)?.value) == "1")
        #expect(slice(bytes, HeaderScanner.last(.received, in: bytes.span)?.value) == "3")
        #expect(HeaderScanner.first("Missing", in: bytes.span) == nil)
        #expect(slice(bytes, 0..<HeaderScanner.headerOctets(of: bytes.span))?.hasSuffix("x\r\n\r\n") == true)
    }
}
