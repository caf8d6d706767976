import NIOCore
import Testing

@testable import POP3Wire

@Suite("POP3 answers")
struct POP3TextTests {
    private func written(_ message: String, lines: Int? = nil, octetsMax: Int = .max) -> String {
        let bytes = Array(message.utf8)
        var text = POP3Text(bodyLines: lines)
        var target = ByteBuffer()
        var rounds = 0
        while !text.write(bytes.span, octetsMax: octetsMax, into: &target), rounds <= bytes.count { rounds += 1 }
        return String(buffer: target)
    }

    @Test(
        "lesson 8: a message is stuffed and ended the same way however it is cut",
        arguments: [
            ("", ".\r\n"), ("a", "a\r\n.\r\n"), ("a\r\n", "a\r\n.\r\n"), (".", "..\r\n.\r\n"),
            ("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n"), (".a\r\n..b\r\n", "..a\r\n...b\r\n.\r\n"),
            ("a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"), ("\r\n\r\n", "\r\n\r\n.\r\n"), ("a\r\r\nb", "a\r\r\nb\r\n.\r\n"),
            ("a\r", "a\r\r\n.\r\n"), ("\n", "\r\n.\r\n"),
        ]
    )
    func whole(_ message: String, _ expected: String) {
        for octetsMax in [1, 2, 3, 5, Int.max] {
            #expect(self.written(message, octetsMax: octetsMax) == expected)
        }
    }

    @Test(
        "TOP gives the header, the empty line and as many lines as asked (RFC 1939 §7)",
        arguments: [
            (0, "H: 1\r\nI: 2\r\n\r\n.\r\n"), (1, "H: 1\r\nI: 2\r\n\r\n..a\r\n.\r\n"),
            (2, "H: 1\r\nI: 2\r\n\r\n..a\r\n\r\n.\r\n"), (9, "H: 1\r\nI: 2\r\n\r\n..a\r\n\r\nb\r\n.\r\n"),
        ]
    )
    func top(_ lines: Int, _ expected: String) {
        for octetsMax in [1, 4, Int.max] {
            #expect(self.written("H: 1\r\nI: 2\r\n\r\n.a\r\n\r\nb", lines: lines, octetsMax: octetsMax) == expected)
            #expect(self.written("H: 1\nI: 2\n\n.a\n\nb", lines: lines, octetsMax: octetsMax) == expected)
        }
        #expect(self.written("H: 1\r\nno body", lines: 0) == "H: 1\r\nno body\r\n.\r\n")
    }

    @Test(
        "are one line, with their code in brackets (RFC 2449 §8)",
        arguments: [
            (POP3Reply.done("ready"), "+OK ready\r\n"), (.done(""), "+OK\r\n"),
            (.refused("Locked", .inUse), "-ERR [IN-USE] Locked\r\n"),
            (.refused("Later", .temporaryTrouble), "-ERR [SYS/TEMP] Later\r\n"),
            (.refused("a\r\n+OK b"), "-ERR a  +OK b\r\n"),
        ]
    )
    func replies(_ reply: POP3Reply, _ wire: String) {
        var buffer = ByteBuffer()
        buffer.writePOP3Reply(reply)
        #expect(String(buffer: buffer) == wire)
    }

    @Test("list numbers and end with a dot")
    func lists() {
        var buffer = ByteBuffer()
        buffer.writePOP3Pair(1, 0)
        buffer.writePOP3Pair(10_000, 4_096)
        buffer.writePOP3Challenge(Array("a".utf8))
        buffer.writePOP3End()
        #expect(String(buffer: buffer) == "1 0\r\n10000 4096\r\n+ YQ==\r\n.\r\n")
    }

    @Test("CAPA names what is to be had now")
    func capabilities() {
        let plain = POP3Capabilities(offersTLS: true, offersUser: false, mechanisms: ["SCRAM-SHA-256"])
        #expect(plain.lines.contains("STLS"))
        #expect(!plain.lines.contains("USER"))
        #expect(plain.lines.contains("SASL SCRAM-SHA-256"))
        let none = POP3Capabilities(offersTLS: false, offersUser: true, mechanisms: [])
        #expect(!none.lines.contains("STLS"))
        #expect(none.lines.contains("USER"))
        #expect(!none.lines.contains { $0.hasPrefix("SASL") })
    }
}
