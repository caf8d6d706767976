import MailTypes
import NIOCore
import Testing

@testable import POP3Wire

@Suite("POP3 commands (RFC 1939 §9)")
struct POP3CommandParserTests {
    @Test(
        "reads what the grammar allows",
        arguments: [
            ("USER alice@example.org", .user("alice@example.org")), ("user a b", .user("a b")),
            ("PASS  two  spaces ", .pass(Secret(" two  spaces "))), ("PASS ", .pass(Secret(""))),
            ("STAT", .stat), ("stat ", .stat), ("LIST", .list(nil)), ("LIST 1", .list(1)),
            ("RETR 10000", .retr(10_000)),
            ("DELE 2", .dele(2)), ("NOOP", .noop), ("RSET", .rset), ("QUIT", .quit), ("UIDL", .uidl(nil)),
            ("UIDL 3", .uidl(3)), ("TOP 1 0", .top(1, lines: 0)), ("top 1 10", .top(1, lines: 10)), ("CAPA", .capa),
            ("STLS", .stls), ("AUTH", .auth(mechanism: nil, initialResponse: nil)),
            ("AUTH plain", .auth(mechanism: "PLAIN", initialResponse: nil)),
            ("AUTH PLAIN AGEAYg==", .auth(mechanism: "PLAIN", initialResponse: ByteBuffer(string: "AGEAYg=="))),
            ("AUTH PLAIN =", .auth(mechanism: "PLAIN", initialResponse: ByteBuffer())),
            ("RETR 99999999999999999999", .retr(Int.max)), ("RETR 007", .retr(7)),
        ] as [(String, POP3Command)]
    )
    func accepts(_ line: String, _ expected: POP3Command) throws {
        #expect(try POP3CommandParser.parse(ByteBuffer(string: line)) == expected)
    }

    @Test(
        "refuses what it does not",
        arguments: [
            ("", .unknownCommand), ("XYZZY", .unknownCommand), ("TO 1 1", .unknownCommand),
            ("RETRX 1", .unknownCommand),
            ("APOP a 00", .unknownCommand), (" STAT", .unknownCommand), ("TOPX 1 1", .unknownCommand),
            ("USER", .arguments), ("PASS", .arguments), ("STAT 1", .arguments), ("LIST 0", .arguments),
            ("LIST x", .arguments), ("LIST 1 2", .arguments), ("RETR", .arguments), ("RETR -1", .arguments),
            ("RETR 1x", .arguments), ("DELE", .arguments), ("NOOP x", .arguments), ("QUIT x", .arguments),
            ("TOP 1", .arguments), ("TOP 0 1", .arguments), ("TOP 1 -1", .arguments), ("TOP 1 1 1", .arguments),
            ("AUTH PL!IN", .arguments), ("AUTH A B C", .arguments), ("AUTH ABCDEFGHIJKLMNOPQRSTU", .arguments),
        ] as [(String, POP3SyntaxError.Kind)]
    )
    func refuses(_ line: String, _ kind: POP3SyntaxError.Kind) {
        #expect { try POP3CommandParser.parse(ByteBuffer(string: line)) } throws: {
            ($0 as? POP3SyntaxError)?.kind == kind
        }
    }

    @Test("never traps, whatever a line says (seeded)")
    func mutations() {
        let seeds = ["USER alice", "PASS secret", "TOP 12 34", "AUTH PLAIN AGEAYg==", "UIDL 3", "RETR 10000"]
        var state: UInt64 = 1_939
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return Int(state >> 33) % bound
        }
        for round in 0..<20_000 {
            var bytes = Array(seeds[round % seeds.count].utf8)
            for _ in 0...random(4) where !bytes.isEmpty {
                switch random(3) {
                case 0: bytes[random(bytes.count)] = UInt8(random(256))
                case 1: bytes.remove(at: random(bytes.count))
                default: bytes.insert(UInt8(random(256)), at: random(bytes.count))
                }
            }
            do throws(POP3SyntaxError) {
                _ = try POP3CommandParser.parse(ByteBuffer(bytes: bytes))
            } catch {
                #expect((0...bytes.count).contains(error.offset))
            }
        }
    }
}
