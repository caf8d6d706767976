import Testing

@testable import SieveLanguage

@Suite("regular expressions")
struct RegexTests {
    private static func match(
        _ pattern: String,
        _ value: String,
        comparator: SieveComparator = .octet
    ) throws -> [String]? {
        var steps = 0
        let bytes = Array(value.utf8)
        let program = try RegexProgram(Array(pattern.utf8), comparator: comparator, limits: SieveLimits())
        let found = program.match(bytes, capturing: true, steps: &steps, stepsMax: 1_000_000)
        var bareSteps = 0
        let isFound = program.match(bytes, capturing: false, steps: &bareSteps, stepsMax: 1_000_000) != nil
        #expect(isFound == (found != nil), "with and without groups the answer is the same")
        return found?.map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    @Test(
        "the leftmost match wins, among those the longest",
        arguments: [
            ("a|ab|abc", "xabcd", ["abc"]), ("a*", "baaa", [""]), ("a+", "baaa", ["aaa"]),
            ("(a|ab)(c|bcd)", "abcd", ["abcd", "a", "bcd"]),
            ("^(.*)@(.*)$", "user@host", ["user@host", "user", "host"]), ("x{2,3}", "xxxx", ["xxx"]),
            ("x{2}", "xxx", ["xx"]),
            ("(ab){2,}", "ababab", ["ababab", "ab"]), ("[^a-c]+", "abcdef", ["def"]), ("[]a]+", "x]a", ["]a"]),
            ("[a-]+", "b-a", ["-a"]), ("[[:digit:]]+", "ab123", ["123"]), ("[[:alpha:]_]+", "1ab_c", ["ab_c"]),
            ("\\.", "a.b", ["."]), ("(a)|(b)", "b", ["b", "", "b"]), ("", "abc", [""]), ("^$", "", [""]),
            ("a?b", "b", ["b"]),
            ("(a*)*", "aaa", ["aaa", "aaa"]), ("(?:ab)+c", "ababc", ["ababc"]), ("\\bfoo\\b", "a foo b", ["foo"]),
            ("\\w+@\\w+", "me@here now", ["me@here"]), (".", "ü", ["ü"]), ("[ä-ü]+", "xöx", ["ö"]),
            ("[[.-.]]", "a-b", ["-"]),
            ("a{0,1}b{0}c", "ac", ["ac"]), ("[\\]", "\\", ["\\"]),
        ]
    )
    func matches(_ pattern: String, _ value: String, _ expected: [String]) throws {
        #expect(try Self.match(pattern, value) == expected)
    }

    @Test(
        "what does not match is not matched",
        arguments: [("a", "b"), ("^b", "ab"), ("a$", "ab"), ("[^a]", "a"), ("a{3}", "aa")]
    )
    func noMatch(_ pattern: String, _ value: String) throws {
        #expect(try Self.match(pattern, value) == nil)
    }

    @Test("case is ignored as the comparator says, in sets too")
    func ignoringCase() throws {
        #expect(try Self.match("HeLLo", "hellO", comparator: .asciiCasemap) == ["hellO"])
        #expect(try Self.match("[a-c]+", "ABC", comparator: .asciiCasemap) == ["ABC"])
        #expect(try Self.match("[A-C]+", "abc", comparator: .asciiCasemap) == ["abc"])
        #expect(try Self.match("grüße", "GRÜßE", comparator: .unicodeCasemap) == ["GRÜßE"])
        #expect(try Self.match("a", "A") == nil)
    }

    @Test(
        "what is no expression is refused with the reason",
        arguments: [
            "(", ")", "[a", "*a", "+", "a{", "a{1", "a{2,1}", "a{999}", "\\", "(a)\\1", "[[:nothing:]]", "[z-a]",
            "[[.ab.]]",
            "a|*", "a***********", "{1}",
        ]
    )
    func broken(_ pattern: String) {
        #expect(throws: RegexSyntaxError.self) {
            try RegexProgram(Array(pattern.utf8), comparator: .octet, limits: SieveLimits())
        }
    }

    @Test(
        "patterns that grow without bound are refused",
        arguments: [
            "(((a{200}){200}){200}){200}", "(?:(?:(?:(?:){255}){255}){255}){255}",
            String(repeating: "(", count: 100) + String(repeating: ")", count: 100),
            String(repeating: "a", count: 20_000),
        ]
    )
    func tooLarge(_ pattern: String) {
        #expect(throws: RegexSyntaxError.self) {
            try RegexProgram(Array(pattern.utf8), comparator: .octet, limits: SieveLimits())
        }
    }

    @Test(
        "patterns at which others run away cost states times characters",
        arguments: ["(a+)+$", "(a|aa)+$", "(a|a?)+b$", "(.*a){12}$", "^(([a-z])+.)+[A-Z]([a-z])+$"]
    )
    func boundedWork(_ pattern: String) throws {
        let value = Array(String(repeating: "a", count: 5_000).utf8) + [UInt8(ascii: "!")]
        let program = try RegexProgram(Array(pattern.utf8), comparator: .octet, limits: SieveLimits())
        var steps = 0
        #expect(program.match(value, capturing: true, steps: &steps, stepsMax: 10_000_000) == nil)
        #expect(steps <= 3 * program.instructions.count * (value.count + 1))
    }

    @Test("groups beyond the highest match value are not noted, and those up to it are told of")
    func manyGroups() throws {
        var limits = SieveLimits()
        limits.matchValuesMax = 2
        let pattern = "(a)(b)" + String(repeating: "(c)?", count: 1_000)
        let program = try RegexProgram(Array(pattern.utf8), comparator: .octet, limits: limits)
        var steps = 0
        let found = program.match(Array("xabcc".utf8), capturing: true, steps: &steps, stepsMax: 1_000_000)
        #expect(found == [1..<5, 1..<2, 2..<3])
    }

    @Test("getting a large pattern ready for a match takes steps, however short the value")
    func largePattern() throws {
        let program = try RegexProgram(Array("(?:a{100}){100}".utf8), comparator: .octet, limits: SieveLimits())
        var steps = 0
        #expect(program.match([], capturing: false, steps: &steps, stepsMax: 1_000_000) == nil)
        #expect(steps >= program.instructions.count / 64)
    }

    @Test("a match gives up when its steps are spent, and the script ends in an error")
    func spentSteps() throws {
        var limits = SieveLimits()
        limits.regexStepsMax = 50
        let message = "Subject: \(String(repeating: "a", count: 100))\n\n"
        let result = try run(
            "require \"regex\"; if header :regex \"subject\" \"(a|b)+c\" { discard; }",
            on: message,
            limits: limits
        )
        #expect(result.error?.kind == .limit)
        #expect(result.summary == ["implicit keep"])
    }

    @Test("an expression that becomes wrong while running matches nothing, and the owner is told")
    func brokenAtRunTime() throws {
        let script =
            "require [\"regex\", \"variables\"]; set \"x\" \"(\"; if header :regex \"subject\" \"${x}\" { discard; }"
        let result = try run(script)
        #expect(result.summary == ["implicit keep"])
        #expect(result.notes.map(\.isWarning) == [true])
    }

    @Test("groups become match values")
    func matchValues() throws {
        let script = """
            require ["regex", "variables", "fileinto"];
            if header :regex "subject" "^(hel+)o (.*)$" { fileinto "${2}/${1}/${0}/${3}"; }
            """
        #expect(try run(script).summary == ["fileinto there/Hell/Hello there/"])
    }

    @Test("a quoted text matches itself")
    func quoting() throws {
        let script = """
            require ["regex", "variables"];
            set :quoteregex "p" "a.b*(c)[d]\\\\{e}|^$?+";
            if string :regex "a.b*(c)[d]\\\\{e}|^$?+" "^${p}$" { discard; }
            """
        #expect(try run(script).summary == [])
    }
}
