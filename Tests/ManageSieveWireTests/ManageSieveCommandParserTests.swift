import NIOCore
import Testing

@testable import ManageSieveWire

@Suite("ManageSieve commands (RFC 5804 §4)")
struct ManageSieveCommandParserTests {
    static func name(_ text: String) throws -> ManageSieveScriptName { try #require(ManageSieveScriptName(text)) }

    @Test(
        "reads commands without names",
        arguments: [
            ("STARTTLS", .startTLS), ("logout", .logout), ("Capability", .capability), ("LISTSCRIPTS", .listScripts),
            ("UNAUTHENTICATE", .unauthenticate), ("NOOP", .noop(tag: nil)),
            ("NOOP \"x \\\"y\\\\\"", .noop(tag: ByteBuffer(string: "x \"y\\"))),
            ("NOOP \"\"", .noop(tag: ByteBuffer())),
            ("NOOP {3+}\r\na\r\n", .noop(tag: ByteBuffer(string: "a\r\n"))),
            ("AUTHENTICATE \"plain\"", .authenticate(mechanism: "PLAIN", initialResponse: nil)),
            (
                "AUTHENTICATE \"PLAIN\" \"AGEAYg==\"",
                .authenticate(mechanism: "PLAIN", initialResponse: ByteBuffer(string: "AGEAYg=="))
            ),
            (
                "AUTHENTICATE {13+}\r\nSCRAM-SHA-256 {4+}\r\nAGEA",
                .authenticate(mechanism: "SCRAM-SHA-256", initialResponse: ByteBuffer(string: "AGEA"))
            ),
            ("AUTHENTICATE \"X\" \"\"", .authenticate(mechanism: "X", initialResponse: ByteBuffer())),
            ("CHECKSCRIPT \"keep;\"", .checkScript(ByteBuffer(string: "keep;"))),
            ("CHECKSCRIPT {0+}\r\n", .checkScript(ByteBuffer())),
            ("SETACTIVE \"\"", .setActive(nil)), ("SETACTIVE {0+}\r\n", .setActive(nil)),
        ] as [(String, ManageSieveCommand)]
    )
    func accepts(_ line: String, _ expected: ManageSieveCommand) throws {
        #expect(try ManageSieveCommandParser.parse(ByteBuffer(string: line)) == expected)
    }

    @Test("reads commands with names")
    func names() throws {
        let main = try Self.name("main")
        let table: [(String, ManageSieveCommand)] = [
            ("HAVESPACE \"main\" 4294967295", .haveSpace(main, octets: 4_294_967_295)),
            ("HAVESPACE \"main\" 0", .haveSpace(main, octets: 0)),
            ("PUTSCRIPT \"main\" {5}\r\nkeep;", .putScript(main, ByteBuffer(string: "keep;"))),
            ("PUTSCRIPT {4+}\r\nmain \"\"", .putScript(main, ByteBuffer())),
            ("SETACTIVE \"main\"", .setActive(main)), ("GETSCRIPT \"main\"", .getScript(main)),
            ("DELETESCRIPT {4+}\nmain", .deleteScript(main)),
            ("RENAMESCRIPT \"main\" \"ürläüb ☂\"", .renameScript(main, to: try Self.name("ürläüb ☂"))),
            ("RENAMESCRIPT {4+}\r\nmain {2+}\r\n\"\\", .renameScript(main, to: try Self.name("\"\\"))),
        ]
        for (line, expected) in table {
            #expect(try ManageSieveCommandParser.parse(ByteBuffer(string: line)) == expected, "\(line)")
        }
    }

    @Test(
        "refuses what the grammar does not allow",
        arguments: [
            ("", .unknownCommand), ("XYZZY", .unknownCommand), (" NOOP", .unknownCommand), ("NOOPX", .unknownCommand),
            ("UNAUTHENTICATED", .unknownCommand), ("LOGOUT ", .endOfCommand), ("LOGOUT x", .endOfCommand),
            ("NOOP ", .string), ("NOOP x", .string), ("NOOP \"x", .string), ("NOOP \"x\" ", .endOfCommand),
            ("NOOP \"\\n\"", .string), ("NOOP \"\\", .string), ("NOOP \"a\0\"", .string), ("NOOP \"a\rb\"", .string),
            ("NOOP {3+}", .string), ("NOOP {3+}\r\nab", .string), ("NOOP {x}\r\nab", .string),
            ("NOOP  \"x\"", .string), ("CHECKSCRIPT", .space), ("GETSCRIPT", .space), ("GETSCRIPT main", .string),
            ("GETSCRIPT \"\"", .scriptName), ("GETSCRIPT \"a\u{1}\"", .scriptName),
            ("GETSCRIPT \"a\" \"b\"", .endOfCommand), ("SETACTIVE", .space), ("SETACTIVE \"\u{85}\"", .scriptName),
            ("RENAMESCRIPT \"a\"", .space), ("RENAMESCRIPT \"a\" \"\"", .scriptName), ("PUTSCRIPT \"a\"", .space),
            ("HAVESPACE \"a\"", .space), ("HAVESPACE \"a\" ", .number), ("HAVESPACE \"a\" -1", .number),
            ("HAVESPACE \"a\" 4294967296", .number), ("HAVESPACE \"a\" 01", .number),
            ("HAVESPACE \"a\" 99999999999999999999", .number), ("HAVESPACE \"a\" 1x", .endOfCommand),
            ("AUTHENTICATE", .space), ("AUTHENTICATE PLAIN", .string), ("AUTHENTICATE \"\"", .mechanism),
            ("AUTHENTICATE \"PL!IN\"", .mechanism), ("AUTHENTICATE \"ABCDEFGHIJKLMNOPQRSTU\"", .mechanism),
            ("AUTHENTICATE \"PLAIN\" ", .string), ("AUTHENTICATE \"PLAIN\" \"a\" \"b\"", .endOfCommand),
        ] as [(String, ManageSieveSyntaxError.Kind)]
    )
    func refuses(_ line: String, _ kind: ManageSieveSyntaxError.Kind) {
        #expect { try ManageSieveCommandParser.parse(ByteBuffer(string: line)) } throws: {
            ($0 as? ManageSieveSyntaxError)?.kind == kind
        }
    }

    @Test("an answer to a challenge is one string")
    func responses() throws {
        let parse = ManageSieveCommandParser.parseSASLResponse
        #expect(try parse(ByteBuffer(string: "\"*\"")) == ByteBuffer(string: "*"))
        #expect(try parse(ByteBuffer(string: "{4+}\r\nYQ==")) == ByteBuffer(string: "YQ=="))
        #expect(throws: ManageSieveSyntaxError(.string, at: 0)) { try parse(ByteBuffer(string: "YQ==")) }
        #expect(throws: ManageSieveSyntaxError(.endOfCommand, at: 3)) { try parse(ByteBuffer(string: "\"*\" x")) }
    }

    @Test("a script's name is UTF-8 without controls or line separators, and at most 512 octets (RFC 5804 §1.6)")
    func scriptNames() {
        for name in ["a", "/", "..", " ", "\u{A0}", "日本語", "\u{1F600}", String(repeating: "é", count: 256)] {
            #expect(ManageSieveScriptName(name)?.text == name)
            #expect(ManageSieveScriptName(ByteBuffer(string: name))?.text == name)
        }
        let refused = [
            "", "\u{0}", "a\u{1F}", "a\u{7F}", "\u{80}", "\u{9F}", "a\u{2028}b", "\u{2029}", "\u{FEFF}a", "\u{FFFE}",
            String(repeating: "é", count: 256) + "a",
        ]
        for name in refused { #expect(ManageSieveScriptName(name) == nil) }
        #expect(ManageSieveScriptName(ByteBuffer(bytes: [0x61, 0xC3])) == nil)
        #expect(ManageSieveScriptName(ByteBuffer(bytes: [0xED, 0xA0, 0x80])) == nil)
    }

    @Test(
        "a script's name is in normal form C, however it was typed (RFC 5198 §3)",
        arguments: [
            ("Bu\u{308}ro", "B\u{FC}ro"), ("\u{1112}\u{1161}\u{11AB}", "\u{D55C}"), ("\u{212B}", "\u{C5}"),
            ("a\u{307}\u{323}", "\u{1EA1}\u{307}"), ("\u{FB01}", "\u{FB01}"), ("plain", "plain"),
        ]
    )
    func normalForm(_ typed: String, _ expected: String) throws {
        let name = try #require(ManageSieveScriptName(ByteBuffer(string: typed)))
        // Strings are equal when their normal forms are.
        #expect(Array(name.text.utf8) == Array(expected.utf8))
        #expect(ManageSieveScriptName(name.text)?.text.utf8.elementsEqual(name.text.utf8) == true)
    }

    @Test("a name that outgrows its bound in normal form is refused")
    func growth() {
        #expect(ManageSieveScriptName(String(repeating: "\u{1D160}", count: 128)) == nil)
    }

    @Test("never traps, whatever a command says (seeded)")
    func mutations() {
        let seeds = [
            "PUTSCRIPT \"a\" {5+}\r\nkeep;", "AUTHENTICATE \"PLAIN\" \"AGEAYg==\"", "HAVESPACE \"a\" 17",
            "RENAMESCRIPT {1+}\r\na \"b\\\"\"", "NOOP {3}\r\nabc",
        ]
        var state: UInt64 = 5_804
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
            do throws(ManageSieveSyntaxError) {
                _ = try ManageSieveCommandParser.parse(ByteBuffer(bytes: bytes))
            } catch {
                #expect((0...bytes.count).contains(error.offset))
            }
        }
    }
}
