import MailBytes
import NIOCore
import Testing

@Suite("base64 (RFC 4648 §10)")
struct Base64Tests {
    @Test(
        "is written and read as in the standard",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"), ("\u{ff}\u{fe}?>", "w7/Dvj8+"),
        ]
    )
    func vectors(_ plain: String, _ text: String) {
        #expect(Base64.encode(plain.utf8) == text)
        #expect(Base64.decode(text) == Array(plain.utf8))
        #expect(Base64.encodedCount(plain.utf8.count) == text.utf8.count)
        var lenient: [UInt8] = []
        Base64.decodeLeniently(Array(text.utf8).span, into: &lenient)
        #expect(lenient == Array(plain.utf8))
    }

    @Test(
        "refuses everything else",
        arguments: [
            "Z", "Zg", "Zg=", "Zm9v=", "Zg==Zg==", "Z===", "====", "Zh==", "Zm9=", "Zm9v\n", " Zm9", "Zm-_", "=m9v",
            "Zm=v",
        ]
    )
    func refuses(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(
        "reads leniently what damaged mail holds",
        arguments: [
            ("Zm9v\r\nYmFy\r\n", "foobar"), ("Z m 9 v", "foo"), ("Zm9vYg", "foob"), ("Zm9v!YmFy", "foobar"),
            ("Zm9vYg==ignored", "foob"), ("Z", ""), ("=", ""),
        ]
    )
    func lenient(_ text: String, _ plain: String) {
        var bytes: [UInt8] = []
        Base64.decodeLeniently(Array(text.utf8).span, into: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == plain)
    }

    @Test("is broken into lines of the length asked for")
    func lines() {
        var buffer = ByteBuffer()
        Base64.write([UInt8](repeating: 0, count: 7).span, lineLength: 4, into: &buffer)
        #expect(String(buffer: buffer) == "AAAA\r\nAAAA\r\nAA==\r\n")
        var unbroken = ByteBuffer()
        Base64.write([UInt8](repeating: 0, count: 7).span, into: &unbroken)
        #expect(String(buffer: unbroken) == "AAAAAAAAAA==")
    }

    @Test("any bytes come back as they were, and no text traps (seeded)")
    func roundTrip() {
        var state: UInt64 = 64
        for count in 0..<500 {
            var bytes: [UInt8] = []
            for _ in 0..<(count % 70) {
                state = state &* 6_364_136_223_846_793_005 &+ 1
                bytes.append(UInt8(truncatingIfNeeded: state >> 33))
            }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            var lenient: [UInt8] = []
            Base64.decodeLeniently(bytes.span, into: &lenient)
            #expect(lenient.count <= bytes.count)
        }
    }
}
