import Testing

@testable import SieveLanguage

@Suite("variables")
struct VariablesTests {
    private static func value(
        _ commands: String,
        _ text: String,
        settings: SieveSettings = SieveSettings()
    ) throws -> String {
        let script = """
            require ["variables", "enotify", "regex", "encoded-character", "reject"];
            \(commands)
            reject "\(text)";
            """
        let result = try run(script, settings: settings)
        guard case .reject(let reject) = result.actions.first?.action else { return "\(result.summary)" }
        return reject.reason
    }

    @Test(
        "references are put in, what is none stays as it is",
        arguments: [
            ("${a}", "x"), ("${A}", "x"), ("-${a}-${a}-", "-x-x-"), ("${b}", ""), ("${", "${"), ("${}", "${}"),
            ("$${a}", "$x"),
            ("${a b}", "${a b}"), ("${-a}", "${-a}"), ("$a", "$a"), ("${${a}}", "${x}"), ("${hex:24}{a}", "x"),
            ("${9}", ""), ("${01}", ""), ("${_a}", ""), ("${a}}", "x}"), ("${a", "${a"), ("${a$}${a}", "${a$}x"),
            ("${1a}", "${1a}"), ("${.}", "${.}"), ("${a.b-c}", "${a.b-c}"), ("${global.${a}}", "${global.x}"),
            ("${\(String(repeating: "n", count: 64))}", ""),
        ]
    )
    func references(_ text: String, _ expected: String) throws {
        #expect(try Self.value("set \"a\" \"x\";", text) == expected)
    }

    @Test(
        "modifiers change the value, the highest precedence first",
        arguments: [
            (":lower", "JuMBLEd", "jumbled"), (":upper", "abc", "ABC"), (":lower :upperfirst", "JUMBLED", "Jumbled"),
            (":upperfirst", "ñx", "ñx"), (":upper :lowerfirst", "abc", "aBC"), (":length", "äö\u{20AC}", "3"),
            (":quotewildcard", "R*w?e\\\\", "R\\*w\\?e\\\\"), (":quotewildcard :length", "*?", "4"),
            (":length", "", "0"),
            (":encodeurl", "a b&ü", "a%20b%26%C3%BC"), (":quoteregex", "a.b", "a\\.b"),
        ]
    )
    func modifiers(_ modifiers: String, _ value: String, _ expected: String) throws {
        #expect(try Self.value("set \(modifiers) \"a\" \"\(value)\";", "${a}") == expected)
    }

    @Test("match values are those of the last match, and a failed one leaves them")
    func matchValues() throws {
        let commands = """
            if header :matches "subject" "* *" {}
            if header :matches "subject" "x*" {}
            """
        #expect(try Self.value(commands, "${0}|${1}|${2}|${3}") == "Hello there|Hello|there|")
    }

    @Test(
        "what cannot be set is refused",
        arguments: [
            "set \"0\" \"x\";", "set \"a b\" \"x\";", "set \"ns.a\" \"x\";", "set \"${a}\" \"x\";",
            "set :lower :upper \"a\" \"b\";",
        ]
    )
    func refused(_ command: String) {
        #expect(compile("require \"variables\"; \(command)").errors.count == 1)
    }

    @Test("an unknown namespace and a match value out of range are mistakes")
    func unknownReferences() {
        #expect(compile("require [\"variables\", \"fileinto\"]; fileinto \"${some.thing}\";").errors.count == 1)
        #expect(compile("require [\"variables\", \"fileinto\"]; fileinto \"${99}\";").errors.count == 1)
    }

    @Test("empty strings are not counted")
    func counting() throws {
        let test = "string :count \"eq\" :comparator \"i;ascii-numeric\" [\"\", \"a\", \"${x}\"] \"1\""
        #expect(try holds(test, require: ["variables", "relational", "comparator-i;ascii-numeric"]))
    }

    @Test("a string of signs that never end is checked in one walk")
    func endless() throws {
        let signs = String(repeating: "${", count: 200_000)
        let script = """
            require ["variables", "encoded-character"];
            set "a" "\(signs)";
            if string :matches "${a}" "*{" { discard; }
            """
        #expect(try run(script).summary == [])
        for sign in ["${hex:", "${unicode:", "${hex:40 "] {
            let text = Array(String(repeating: sign, count: 60_000).utf8)
            #expect(try EncodedCharacters.decode(text) == text)
        }
    }

    @Test("without require the signs mean nothing")
    func notRequired() throws {
        #expect(try run("require \"fileinto\"; fileinto \"${a}\";").summary == ["fileinto ${a}"])
    }

    @Test(
        "encoded characters are decoded once",
        arguments: [
            ("${hex:40}", "@"), ("${HEX: 41 42 }", "AB"), ("${unicode:20AC}", "€"), ("${unicode: 40 1F600}", "@😀"),
            ("${hex:4}", "\u{4}"), ("${hex:}", "${hex:}"), ("${hex:4G}", "${hex:4G}"), ("${hex:123}", "${hex:123}"),
            ("${unicode:40", "${unicode:40"), ("$${hex:40}", "$@"), ("${hex:24 7B}x}", "${x}"),
            ("${hex:40 ${hex:41}", "${hex:40 A"), ("${unicode:40${unicode:41}", "${unicode:40A"),
            ("${hex:\t40\r\n41}", "@A"), ("${hex:40,41}", "${hex:40,41}"),
        ]
    )
    func encodedCharacters(_ text: String, _ expected: String) throws {
        let decoded = try EncodedCharacters.decode(Array(text.utf8))
        #expect(String(decoding: decoded, as: UTF8.self) == expected)
    }

    @Test("a character that does not exist is a mistake", arguments: ["D800", "110000", "FFFFFFFFFFFFFFFFFF"])
    func noCharacter(_ number: String) {
        #expect(throws: EncodedCharacterError.self) { try EncodedCharacters.decode(Array("${unicode:\(number)}".utf8)) }
    }
}
