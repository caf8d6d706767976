import Testing

@testable import SieveLanguage

@Suite("mistakes in scripts")
struct DiagnosticsTests {
    @Test(
        "each is told with its place, what was found and what was expected",
        arguments: [
            ("keep", "1:5: error: expected ';' or a block after the keep command, found the end of the script"),
            ("if true {\n  keep\n}", "3:1: error: expected ';' or a block after the keep command, found '}'"),
            ("keep; }", "1:7: error: expected a command, found '}'"),
            ("\"x\";", "1:1: error: expected a command, found a string"),
            ("redirect \"a", "1:10: error: this string is never closed: expected '\"', found the end of the script"),
            ("/* x", "1:1: error: this comment is never closed: expected '*/', found the end of the script"),
            ("if anyof(true,) {}", "1:15: error: expected a test, found ')'"),
            ("if header [\"a\" \"b\"] \"c\" {}", "1:16: error: expected ',' or ']' in the string list, found a string"),
            ("redirect [];", "1:11: error: expected a string in the list, found ']'"),
            ("redirect text: x\n.\n;", "1:16: error: expected the end of the line after 'text:'"),
            ("frop;", "1:1: error: unknown command 'frop'"),
            ("kep;", "1:1: error: unknown command 'kep': did you mean 'keep'?"),
            (
                "vacation \"x\";",
                "1:1: error: unknown command 'vacation': it needs 'require \"vacation\";' at the script's beginning"
            ),
            ("if keep {}", "1:4: error: attempted to use command 'keep' as a test"),
            ("true;", "1:1: error: attempted to use test 'true' as a command"),
            ("redirect;", "1:1: error: the redirect command requires 1 positional argument, but 0 are specified"),
            (
                "redirect \"a@b.c\" \"d@e.f\";",
                "1:18: error: unexpected argument for the redirect command: it takes 1, but a string follows"
            ),
            (
                "redirect 5;",
                "1:10: error: the redirect command expects a string as argument 1 (address), but a number was found"
            ),
            ("keep true;", "1:6: error: the keep command accepts no sub-tests, but tests are specified"),
            ("stop {}", "1:1: error: the stop command accepts no block, but one is specified: expected ';'"),
            ("if not true;", "1:1: error: the if command requires a block: expected '{'"),
            ("if {}", "1:1: error: the if command requires one test, but none is specified"),
            ("if anyof true {}", "1:4: error: the anyof test requires tests in parentheses: expected '('"),
            ("else {}", "1:1: error: this else has no if before it: expected 'if'"),
            ("if true {} else {} elsif true {}", "1:20: error: this elsif stands behind an else: expected 'if'"),
            ("require \"relatonal\";", "1:9: error: unknown capability 'relatonal': did you mean 'relational'?"),
            (
                "keep; require \"copy\";",
                "1:7: error: require stands in the wrong place: expected it before all other commands"
            ),
            (
                "require \"notify\";",
                "1:9: error: 'notify' is an old extension with other arguments: expected 'enotify'"
            ),
            (
                "if header :comparator \"i;foo\" \"a\" \"b\" {}",
                "1:23: error: unknown comparator 'i;foo': "
                    + "expected one of i;octet, i;ascii-casemap, i;ascii-numeric, i;unicode-casemap"
            ),
            (
                "require \"relational\"; if header :value \"xx\" \"a\" \"b\" {}",
                "1:40: error: 'xx' is no relation: expected one of gt, ge, lt, le, eq, ne"
            ),
            ("if size 5 {}", "1:4: error: the size test requires ':over' or ':under', but none is specified"),
            (
                "if header :is :contains \"a\" \"b\" {}",
                "1:15: error: the tags ':is' and ':contains' exclude each other in the header test: "
                    + "expected one of them"
            ),
            ("redirect \"nobody\";", "1:10: error: 'nobody' is no address: expected one like 'user@example.org'"),
            (
                "require \"regex\"; if header :regex \"a\" \"x(y\" {}",
                "1:39: error: this is no regular expression: at character 4 '(' without ')'"
            ),
        ]
    )
    func oneMistake(_ script: String, _ expected: String) {
        #expect(compile(script).diagnostics.map(\.description) == [expected])
    }

    @Test("all are found in one go, each in its place")
    func manyMistakes() {
        let script = """
            require ["fileinto", "nonsense"];
            fileinto;
            if header "subject" {
                kep;
            }
            redirect "x";
            keep;
            """
        #expect(compile(script).errors.map(\.position.line) == [1, 2, 3, 4, 6])
    }

    @Test("the reader goes on behind the next semicolon or block")
    func recovery() {
        let script = "keep,;\nif true { discard, }\nstop(;\nkeep;"
        #expect(compile(script).errors.map(\.position.line) == [1, 2, 3])
    }

    @Test("a script that is no UTF-8 is refused at the broken character")
    func notUTF8() {
        let compilation = SieveCompiler().compile(Array("keep;\n# ".utf8) + [0xFF, 0x0A])
        #expect(compilation.errors.map(\.position) == [SievePosition(line: 2, column: 3)])
    }

    @Test("columns count characters, not octets")
    func columns() {
        #expect(compile("/* äöü */ frop;").errors.first?.position == SievePosition(line: 1, column: 11))
    }

    @Test("a message never quotes a string of any length")
    func shortMessages() throws {
        let message = try #require(compile("redirect \"\(String(repeating: "x", count: 100_000))\";").errors.first)
            .message
        #expect(message.count <= 501)
    }

    @Test(
        "what is legal and surely not meant is a warning",
        arguments: [
            ("stop;\nkeep;", "2:1: warning: this is never reached: the script ends at 1:1"),
            ("if size :under 0 { discard; }", "1:4: warning: no message is smaller than 0: this never holds"),
            ("if header :contains \"a\" \"\" {}", "1:25: warning: an empty string is contained in everything"),
            ("if header \"from:\" \"a\" {}", "1:11: warning: no header field can have the name 'from:'"),
            ("require \"imapflags\";", "1:9: warning: 'imapflags' is an old name: expected 'imap4flags'"),
            (
                "require \"fileinto\";\nfileinto \"a\";\nfileinto \"a\";",
                "3:1: warning: fileinto 'a' stands here twice: the message is filed once"
            ),
            (
                "require \"editheader\"; deleteheader \"Received\";",
                "1:23: warning: the header field received cannot be deleted: this does nothing"
            ),
            (
                "if header :comparator \"i;unicode-casemap\" \"a\" \"b\" {}",
                "1:23: warning: the comparator 'i;unicode-casemap' needs "
                    + "'require \"comparator-i;unicode-casemap\";' at the beginning"
            ),
        ]
    )
    func warnings(_ script: String, _ expected: String) {
        let compilation = compile(script)
        #expect(compilation.program != nil)
        #expect(compilation.diagnostics.map(\.description) == [expected])
    }

    @Test(
        "what is merely unusual is no warning",
        arguments: [
            "require [\"fileinto\", \"copy\"]; keep;", "if allof (true) { keep; }", "if true { stop; } keep;",
            "require \"fileinto\"; if true { fileinto \"a\"; } else { fileinto \"a\"; }",
        ]
    )
    func noWarnings(_ script: String) {
        #expect(compile(script).diagnostics == [])
    }

    @Test("a site can withhold a capability")
    func withheld() {
        var settings = SieveSettings()
        settings.withheld = [.editheader]
        #expect(compile("require \"editheader\";", settings: settings).program == nil)
        #expect(compile("require \"editheader\";").program != nil)
    }

    @Test("ordinary scripts do not know the test language")
    func testLanguageIsHidden() {
        #expect(compile("require \"vnd.dovecot.testsuite\"; test \"x\" {}").program == nil)
    }
}
