import MailBytes
import Testing

@Suite("UTF-8")
struct UTF8TextTests {
    @Test(
        "tells UTF-8 from other bytes",
        arguments: [
            ([], true), ([0x61], true), ([0xC3, 0xBC], true), ([0xC3], false), ([0xFC], false), ([0xC0, 0x80], false),
            ([0xED, 0xA0, 0x80], false), ([0xF4, 0x90, 0x80, 0x80], false), ([0xF0, 0x9F, 0x98, 0x80], true),
        ] as [([UInt8], Bool)]
    )
    func validates(bytes: [UInt8], isValid: Bool) {
        #expect(UTF8Text.isValid(bytes.span) == isValid)
    }

    @Test("finds a byte beyond ASCII wherever it is", arguments: 0...33)
    func findsAnywhere(count: Int) {
        var bytes = [UInt8](repeating: 0x7F, count: count)
        #expect(UTF8Text.isASCII(bytes.span) == true)
        for index in 0..<count {
            bytes[index] = 0x80
            #expect(UTF8Text.isASCII(bytes.span) == false)
            bytes[index] = 0
        }
    }

    @Test("cuts between characters")
    func cuts() {
        let bytes = Array("aü😀b".utf8)
        let kept = (0...bytes.count).map { UTF8Text.wholeCharacters(bytes.span, limit: $0) }
        #expect(kept == [0, 1, 1, 3, 3, 3, 3, 7, 8])
    }

    @Test("repairs what is ill-formed and nothing else")
    func repairs() {
        #expect(UTF8Text.repaired([0x61, 0xFF, 0x62].span) == "a\u{FFFD}b")
        #expect(UTF8Text.repaired(Array("ü".utf8).span) == "ü")
        #expect(UTF8Text.isASCII(Array("abc".utf8).span) == true)
        #expect(UTF8Text.isASCII(Array("ü".utf8).span) == false)
    }
}
