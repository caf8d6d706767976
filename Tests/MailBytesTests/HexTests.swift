import MailBytes
import NIOCore
import Testing

@Suite("hexadecimal digits (RFC 4648 §8)")
struct HexTests {
    @Test(
        "stand for bytes, in either case",
        arguments: [("", []), ("00", [0]), ("0aFf", [10, 255])] as [(String, [UInt8])]
    )
    func decode(_ text: String, _ bytes: [UInt8]) {
        #expect(Hex.decode(text) == bytes)
        #expect(Hex.encode(bytes) == text.lowercased())
    }

    @Test("are refused when odd or no digits", arguments: ["0", "0g", "0x10", " 00", "000"])
    func refuses(_ text: String) {
        #expect(Hex.decode(text) == nil)
    }

    @Test(
        "of a number have the width asked for",
        arguments: [(0, 1, "0"), (255, 1, "ff"), (255, 8, "000000ff"), (UInt64.max, 16, "ffffffffffffffff")]
            as [(UInt64, Int, String)]
    )
    func numbers(_ number: UInt64, _ width: Int, _ text: String) {
        var buffer = ByteBuffer()
        Hex.write(number, width: width, into: &buffer)
        #expect(String(buffer: buffer) == text)
    }
}
