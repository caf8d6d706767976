import NIOCore
import Testing

@testable import SieveLanguage

@Suite("limits")
struct LimitsTests {
    /// Compiles with one limit set.
    private static func errors<Value>(
        _ limit: WritableKeyPath<SieveLimits, Value>,
        _ value: Value,
        _ script: String
    ) -> Int {
        var limits = SieveLimits()
        limits[keyPath: limit] = value
        return compile(script, limits: limits).errors.count
    }

    /// Runs with one limit set.
    private static func result<Value>(
        _ limit: WritableKeyPath<SieveLimits, Value>,
        _ value: Value,
        _ script: String,
        on message: String = plainMessage,
        world: FakeWorld = FakeWorld()
    ) throws -> SieveResult {
        var limits = SieveLimits()
        limits[keyPath: limit] = value
        return try run(script, on: message, world: world, limits: limits)
    }

    @Test("a script has at most scriptOctetsMax octets")
    func scriptSize() {
        #expect(Self.errors(\.scriptOctetsMax, 5, "keep;") == 0)
        #expect(Self.errors(\.scriptOctetsMax, 5, "keep;\n") == 1)
    }

    @Test("a name has at most identifierOctetsMax octets")
    func identifiers() {
        #expect(Self.errors(\.identifierOctetsMax, 4, "keep;") == 0)
        #expect(Self.errors(\.identifierOctetsMax, 3, "keep;") == 1)
    }

    @Test("a call has at most argumentsMax arguments")
    func arguments() {
        let script = "if header :is \"a\" \"b\" {}"
        #expect(Self.errors(\.argumentsMax, 3, script) == 0)
        #expect(Self.errors(\.argumentsMax, 2, script) == 1)
    }

    @Test("blocks and tests are nested to a depth")
    func nesting() {
        #expect(Self.errors(\.blockNestingMax, 2, "if true { if true {} }") == 0)
        #expect(Self.errors(\.blockNestingMax, 2, "if true { if true { if true {} } }") == 1)
        #expect(Self.errors(\.testNestingMax, 2, "if not true {}") == 0)
        #expect(Self.errors(\.testNestingMax, 2, "if not not true {}") == 1)
    }

    @Test("ten thousand levels of anything are refused without harm: lesson 9")
    func deepNesting() {
        #expect(compile(String(repeating: "if true {", count: 10_000)).program == nil)
        #expect(compile("if " + String(repeating: "not ", count: 10_000) + "true {}").program == nil)
        #expect(compile("if " + String(repeating: "anyof(", count: 10_000)).program == nil)
        #expect(compile(String(repeating: "[", count: 10_000)).program == nil)
    }

    @Test("at most diagnosticsMax mistakes are told, and looking for more ends")
    func diagnostics() {
        #expect(Self.errors(\.diagnosticsMax, 3, "a; b; c; d; e;") == 3)
        #expect(Self.errors(\.diagnosticsMax, 3, "$; $; $; $;") == 3)
        #expect(compile(String(repeating: "$;", count: 100_000)).errors.count == 100)
    }

    @Test("putting strings together and changing them costs steps by their length", arguments: ["", ":upper "])
    func strings(_ modifier: String) throws {
        let start = "require \"variables\"; set \"a\" \"\(String(repeating: "x", count: 1_024))\";"
        let doubled = String(repeating: "set \"a\" \"${a}${a}\";", count: 6)
        let long = String(repeating: "set \(modifier)\"b\" \"${a}${a}${a}${a}\";", count: 30)
        #expect(try Self.result(\.stepsMax, 100_000, start + doubled).error == nil)
        #expect(try Self.result(\.stepsMax, 100_000, start + doubled + long).error?.kind == .limit)
        #expect(try Self.result(\.stepsMax, 1_000_000, start + doubled + long).error == nil)
    }

    @Test("a script has at most variablesMax variables")
    func variables() {
        let script = "require \"variables\"; set \"a\" \"\"; set \"b\" \"${c}\";"
        #expect(Self.errors(\.variablesMax, 3, script) == 0)
        #expect(Self.errors(\.variablesMax, 2, script) == 1)
    }

    @Test("a run takes at most stepsMax steps")
    func steps() throws {
        let script = String(repeating: "if header \"subject\" \"x\" {}\n", count: 10)
        let needed = try run(script).steps
        #expect(try Self.result(\.stepsMax, needed, script).error == nil)
        let result = try Self.result(\.stepsMax, needed - 1, script)
        #expect(result.error?.kind == .limit)
        #expect(result.summary == ["implicit keep"])
    }

    @Test("steps count what is compared, in patterns too")
    func comparedSteps() throws {
        let message = "Subject: \(String(repeating: "a", count: 60_000))\n\n"
        #expect(try run("if header :contains \"subject\" \"b\" {}", on: message).steps > 900)
        let pattern = String(repeating: "*a", count: 30) + "*b"
        #expect(
            try Self.result(\.stepsMax, 20_000, "if header :matches \"subject\" \"\(pattern)\" {}", on: message).error?
                .kind == .limit
        )
    }

    @Test("loops over thousands of parts in loops spend steps")
    func partSteps() throws {
        let parts = String(repeating: "--x\n\n\n", count: 3_000)
        let message = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n\(parts)--x--\n"
        let script = "require [\"foreverypart\", \"mime\"]; foreverypart { if exists :mime :anychild \"x\" {} }"
        #expect(try Self.result(\.stepsMax, 1_000, script, on: message).error?.kind == .limit)
        #expect(try run(script, on: message).error == nil)
    }

    @Test("values and strings are cut, never in the middle of a character")
    func strings() throws {
        let script = "require [\"variables\", \"fileinto\"]; set \"a\" \"aäb\"; fileinto \"${a}\";"
        #expect(try Self.result(\.variableOctetsMax, 3, script).summary == ["fileinto aä"])
        #expect(try Self.result(\.variableOctetsMax, 2, script).summary == ["fileinto a"])
        let doubled = "require [\"variables\", \"fileinto\"]; set \"a\" \"abc\"; fileinto \"${a}${a}${a}\";"
        #expect(try Self.result(\.stringOctetsMax, 5, doubled).summary == ["fileinto abcab"])
        let escaped = "require [\"variables\", \"fileinto\"]; set :quotewildcard \"a\" \"**\"; fileinto \"${a}\";"
        #expect(try Self.result(\.variableOctetsMax, 3, escaped).summary == ["fileinto \\*"])
    }

    @Test("a string of very many variables is not put together beyond its bound")
    func manyVariables() throws {
        let script = """
            require ["variables"];
            set "a" "\(String(repeating: "x", count: 60_000))";
            set "b" "\(String(repeating: "${a}", count: 100_000))";
            """
        #expect(try run(script).error == nil)
    }

    @Test("match values have numbers up to matchValuesMax")
    func matchValues() throws {
        let script =
            "require [\"variables\", \"fileinto\"]; if header :matches \"subject\" \"???*\" {} fileinto \"${2}\";"
        #expect(try Self.result(\.matchValuesMax, 2, script).summary == ["fileinto e"])
        #expect(Self.errors(\.matchValuesMax, 1, script) == 1)
    }

    @Test("actions, redirects and notifications are counted")
    func actions() throws {
        let filing = "require \"fileinto\"; fileinto \"a\"; fileinto \"b\"; keep;"
        #expect(try Self.result(\.actionsMax, 3, filing).error == nil)
        #expect(try Self.result(\.actionsMax, 2, filing).error?.kind == .limit)
        let redirecting = "redirect \"a@b.test\"; redirect \"c@d.test\";"
        #expect(try Self.result(\.redirectsMax, 2, redirecting).error == nil)
        #expect(try Self.result(\.redirectsMax, 1, redirecting).error?.kind == .limit)
        #expect(try Self.result(\.redirectsMax, 0, "redirect \"a@b.test\";").error?.kind == .limit)
        let notifying = "require \"enotify\"; notify \"mailto:a@b.test\"; notify \"mailto:c@d.test\";"
        #expect(try Self.result(\.notificationsMax, 2, notifying).error == nil)
        #expect(try Self.result(\.notificationsMax, 1, notifying).error?.kind == .limit)
    }

    @Test("includes are counted, and nested to a depth")
    func includes() throws {
        var world = FakeWorld()
        world.scripts["personal a"] = try program("require \"include\"; include \"b\";")
        world.scripts["personal b"] = try program("")
        let script = "require \"include\"; include \"a\"; include \"a\";"
        #expect(try Self.result(\.includesMax, 4, script, world: world).error == nil)
        #expect(try Self.result(\.includesMax, 3, script, world: world).error?.kind == .limit)
        #expect(try Self.result(\.includeNestingMax, 2, script, world: world).error == nil)
        #expect(try Self.result(\.includeNestingMax, 1, script, world: world).error?.kind == .limit)
    }

    @Test("header changes are counted, and bounded in size")
    func headerEdits() throws {
        let script = "require \"editheader\"; addheader \"A\" \"1\"; deleteheader \"a\"; addheader \"A\" \"1\";"
        #expect(try Self.result(\.headerEditsMax, 3, script).error == nil)
        #expect(try Self.result(\.headerEditsMax, 2, script).error?.kind == .limit)
        #expect(Self.errors(\.headerFieldOctetsMax, 3, "require \"editheader\"; addheader \"A\" \"1234\";") == 1)
        let computed = "require [\"editheader\", \"variables\"]; set \"v\" \"1234\"; addheader \"A\" \"${v}\";"
        #expect(try Self.result(\.headerFieldOctetsMax, 4, computed).error == nil)
        #expect(try Self.result(\.headerFieldOctetsMax, 3, computed).error?.kind == .limit)
    }

    @Test("loops are nested to a depth, by includes too")
    func loops() throws {
        let script = "require \"foreverypart\"; foreverypart { foreverypart {} }"
        #expect(Self.errors(\.loopNestingMax, 2, script) == 0)
        #expect(Self.errors(\.loopNestingMax, 1, script) == 1)
        var world = FakeWorld()
        world.scripts["personal a"] = try program("require \"foreverypart\"; foreverypart {}")
        let including = "require [\"foreverypart\", \"include\"]; foreverypart { include \"a\"; }"
        #expect(try Self.result(\.loopNestingMax, 1, including, world: world).error?.kind == .limit)
    }

    @Test("a message grows by replace and enclose to a bound")
    func editedMessage() throws {
        let script = "require \"enclose\"; enclose \"x\";"
        #expect(try Self.result(\.editedMessageOctetsMax, 1_000, script).error == nil)
        #expect(try Self.result(\.editedMessageOctetsMax, 300, script).error?.kind == .limit)
    }

    @Test("flags and the entries of a trace are counted")
    func flagsAndTrace() throws {
        #expect(
            try Self.result(\.flagsMax, 2, "require \"imap4flags\"; setflag \"a b c\";").summary == [
                "implicit keep [a b]"
            ]
        )
        var limits = SieveLimits()
        limits.traceEntriesMax = 2
        let traced = try run("if true {} if true {} if true {}", limits: limits, isTracing: true)
        #expect(traced.trace.count == 2)
    }

    @Test("patterns have bounds of their own")
    func regex() {
        func errors<Value>(_ limit: WritableKeyPath<SieveLimits, Value>, _ value: Value, _ pattern: String) -> Int {
            Self.errors(limit, value, "require \"regex\"; if header :regex \"a\" \"\(pattern)\" {}")
        }
        #expect(errors(\.regexOctetsMax, 3, "abc") == 0)
        #expect(errors(\.regexOctetsMax, 3, "abcd") == 1)
        #expect(errors(\.regexStatesMax, 6, "abc") == 0)
        #expect(errors(\.regexStatesMax, 6, "abcd") == 1)
        #expect(errors(\.regexRepeatsMax, 3, "a{3}") == 0)
        #expect(errors(\.regexRepeatsMax, 3, "a{4}") == 1)
        #expect(errors(\.regexNestingMax, 2, "((a))") == 0)
        #expect(errors(\.regexNestingMax, 2, "(((a)))") == 1)
    }

    @Test("of a very long value a pattern looks at the beginning")
    func regexValue() throws {
        let message = "Subject: aaaab\n\n"
        let script = "require \"regex\"; if header :regex \"subject\" \"b\" { discard; }"
        #expect(try Self.result(\.regexValueOctetsMax, 5, script, on: message).summary == [])
        #expect(try Self.result(\.regexValueOctetsMax, 4, script, on: message).summary == ["implicit keep"])
    }

    @Test("a duplicate is remembered for so long and no longer")
    func duplicates() throws {
        let script = "require \"duplicate\"; if duplicate :seconds 1000 {}"
        #expect(try Self.result(\.duplicateSecondsMax, 500, script).duplicateMarks.map(\.seconds) == [500])
        #expect(
            try Self.result(\.duplicateSecondsDefault, 7, "require \"duplicate\"; if duplicate {}").duplicateMarks.map(
                \.seconds
            ) == [7]
        )
    }

    @Test("a huge key in a huge body is looked for in no time worth speaking of")
    func hugeKey() throws {
        let key = String(repeating: "a", count: 200_000) + "b"
        let message = "Subject: x\n\n" + String(repeating: "a", count: 1_000_000)
        let result = try run("require \"body\"; if body :raw :contains \"\(key)\" {}", on: message)
        #expect(result.error == nil)
        #expect(result.steps < 100_000)
    }
}
