import Testing

@testable import SieveLanguage

@Suite("replace and enclose, as they are written")
struct EnclosingTests {
    private static func enclosed(_ message: String) throws -> String {
        try run("require \"enclose\"; enclose \"see inside\"; keep;", on: message).message(0, of: message)
    }

    @Test("a message that knows our boundaries is enclosed in another one")
    func boundaries() throws {
        let head = "Subject: x\n\n"
        let octets = 600
        let known = (0..<12).map { "--=_enclosed_\(octets)_\($0)_\n" }.joined()
        let rest = octets - wire(head + known).count
        let message = head + known + String(repeating: "y", count: rest)
        #expect(wire(message).count == octets)
        let text = try Self.enclosed(message)
        let boundary = try #require(text.firstMatch(of: /boundary="([^"]+)"/)).1
        #expect(!message.contains(boundary))
        #expect(text.split(separator: "\n").count { $0.hasPrefix("--\(boundary)") } == 3)
    }

    @Test("what is enclosed in 8 bits is said to be so, inside and out (RFC 2045 §6.4)", arguments: [true, false])
    func eightBit(_ isEightBit: Bool) throws {
        let text = try Self.enclosed("Subject: x\n\nWo\(isEightBit ? "ü" : "u")rter\n")
        let parts = text.split(separator: "\nContent-Type: message/rfc822\n", maxSplits: 1)
        let line = "Content-Transfer-Encoding: 8bit\n"
        let header = parts[0].firstRange(of: "\n\n").map { parts[0][..<$0.upperBound] } ?? ""
        #expect(header.contains(line) == isEightBit)
        #expect(parts[1].hasPrefix(line) == isEightBit)
    }

    @Test("neither a bare CR nor a NUL of a script gets into a message", arguments: ["", ":mime "])
    func oddOctets(_ tag: String) throws {
        let script = """
            require ["replace", "encoded-character"];
            replace \(tag)"Content-Type: text/plain\r\n\r\na${hex:00}b${hex:0d}c\nd"; keep;
            """
        let result = try run(script, on: plainMessage)
        let bytes = Array(result.message(0).utf8)
        #expect(!bytes.contains(0) && !bytes.contains(0x0D))
        #expect(result.message(0).contains("d\n"))
    }
}
