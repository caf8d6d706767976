import NIOCore
import Testing

@testable import SieveLanguage

@Suite("include, ihave, duplicate, filters, mailbox events, sequences")
struct ControlTests {
    private static func world(_ scripts: [String: String]) throws -> FakeWorld {
        var world = FakeWorld()
        for (name, script) in scripts { world.scripts[name] = try program(script) }
        return world
    }

    private static let including = "require [\"include\", \"fileinto\", \"variables\"];\n"

    @Test("an included script acts as if it stood there; return ends only it, stop all")
    func include() throws {
        let world = try Self.world([
            "personal a": "\(Self.including) fileinto \"a\"; return; fileinto \"never\";",
            "global a": "\(Self.including) fileinto \"global\"; stop;",
        ])
        let script = "\(Self.including) include \"a\"; fileinto \"b\"; include :global \"a\"; fileinto \"never\";"
        #expect(try run(script, world: world).summary == ["fileinto a", "fileinto b", "fileinto global"])
    }

    @Test("a return in the outermost script ends it, and blocks around do not matter")
    func outermostReturn() throws {
        #expect(try run("\(Self.including) if true { return; } discard;").summary == ["implicit keep"])
    }

    @Test("once means once, and an optional one may be missing")
    func onceAndOptional() throws {
        let world = try Self.world(["personal a": "\(Self.including) set \"global.n\" \"${global.n}x\";"])
        let script =
            "\(Self.including) include :once \"a\"; include :once \"a\"; include :optional \"b\";"
            + "fileinto \"${global.n}\";"
        #expect(try run(script, world: world).summary == ["fileinto x"])
        #expect(try run("\(Self.including) include \"b\";", world: world).error?.kind == .include)
    }

    @Test("variables are each script's own, unless they are global")
    func globals() throws {
        let world = try Self.world([
            "personal a":
                "\(Self.including) global \"shared\"; set \"own\" \"inner\"; set \"shared\" \"${shared}+inner\";"
        ])
        let script =
            "\(Self.including) global [\"shared\"]; set \"own\" \"outer\"; set \"shared\" \"outer\";"
            + "include \"a\"; fileinto \"${own} ${shared} ${global.shared}\";"
        #expect(try run(script, world: world).summary == ["fileinto outer outer+inner outer+inner"])
        #expect(compile("\(Self.including) set \"x\" \"1\"; global \"x\";").errors.count == 1)
    }

    @Test("a script that includes itself by a detour is an error that names the script")
    func circles() throws {
        let world = try Self.world([
            "personal a": "\(Self.including) include \"b\";", "personal b": "\(Self.including) keep;\ninclude \"a\";",
        ])
        let error = try #require(try run("\(Self.including) include \"a\";", world: world).error)
        #expect(error.kind == .include)
        #expect(error.position.line == 3)
    }

    @Test("names of scripts lead nowhere else", arguments: ["../a", "a/b", "", "a\\n${unicode:2028}"])
    func names(_ name: String) {
        #expect(compile("require [\"include\", \"encoded-character\"]; include \"\(name)\";").errors.count == 1)
    }

    @Test("what is there may be used behind ihave, what is not is passed over")
    func ihave() throws {
        let script = """
            require ["ihave", "fileinto"];
            if ihave "copy" { fileinto :copy "a"; }
            if ihave "nonsense" { nonsense :x "y" { keep; } } else { fileinto "b"; }
            if allof (ihave "nonsense", nonsense "x") { keep; }
            if not ihave ["copy", "nonsense"] { fileinto "c"; }
            """
        #expect(try run(script).summary == ["fileinto a", "fileinto b", "fileinto c"])
        #expect(compile("require \"ihave\"; if ihave \"copy\" { nonsense; }").errors.count == 1)
        #expect(compile("require \"ihave\"; if ihave \"nonsense\" { stop; } nonsense;").errors.count == 1)
    }

    @Test("a script can end itself with an error")
    func error() throws {
        let result = try run("require \"ihave\"; if not ihave \"nonsense\" { error \"I need nonsense.\"; } discard;")
        #expect(result.error?.message == "I need nonsense.")
        #expect(result.summary == ["implicit keep"])
    }

    @Test("a duplicate is one whose identity was seen; what is new is handed on to be remembered")
    func duplicate() throws {
        var world = FakeWorld()
        world.seen = [" <m1@sender.test>", "h <m1@sender.test>", " uid"]
        #expect(try holds("duplicate", require: ["duplicate"], world: world))
        #expect(try holds("duplicate :handle \"h\"", require: ["duplicate"], world: world))
        #expect(try !holds("duplicate :handle \"i\"", require: ["duplicate"], world: world))
        #expect(try holds("duplicate :uniqueid \"uid\"", require: ["duplicate"], world: world))
        #expect(try !holds("duplicate :header \"subject\"", require: ["duplicate"], world: world))
        #expect(try !holds("duplicate :header \"x-none\"", require: ["duplicate"], world: world))
        let marks = try run("require \"duplicate\"; if duplicate :seconds 60 {} if duplicate :uniqueid \"z\" :last {}")
            .duplicateMarks
        #expect(marks.map(\.seconds) == [60, 12 * 3_600])
        #expect(marks.map(\.isRenewed) == [false, true])
        #expect(try run("require \"duplicate\"; if duplicate {}", world: world).duplicateMarks == [])
    }

    @Test("nothing is remembered of a message whose script failed")
    func duplicateAndError() throws {
        let script = "require [\"duplicate\", \"reject\"]; if duplicate {} keep; reject \"x\";"
        #expect(try run(script).duplicateMarks == [])
    }

    @Test(
        "verdicts come on the standard's scales, full marks only for the highest score",
        arguments: [
            (0.0, "1", "0"), (-3.0, "1", "0"), (5.0, "5", "50"), (9.99, "9", "99"), (10.0, "10", "100"),
            (12.0, "10", "100"),
        ]
    )
    func spam(_ score: Double, _ value: String, _ percent: String) throws {
        var world = FakeWorld()
        world.spamVerdict = SieveFilterVerdict(score: score, max: 10)
        #expect(try holds("spamtest \"\(value)\"", require: ["spamtest"], world: world))
        #expect(try holds("spamtest :percent \"\(percent)\"", require: ["spamtestplus"], world: world))
    }

    @Test("what was not looked at is 0")
    func untested() throws {
        #expect(try holds("allof (spamtest \"0\", virustest \"0\")", require: ["spamtest", "virustest"]))
        var world = FakeWorld()
        world.virusVerdict = SieveFilterVerdict(score: 4, max: 4)
        #expect(try holds("virustest :value \"ge\" \"5\"", require: ["virustest", "relational"], world: world))
    }

    @Test("verdicts are read from the fields that filters leave")
    func filterHeaders() throws {
        let message = ByteBuffer(bytes: wire("X-Score: -1.5 / 5.0\nX-Stars: *****\nX-Virus: infected\n\n"))
        let score = try #require(SieveFilterHeader.Source("X-Score:^(-?[0-9.]+)"))
        let highest = try #require(SieveFilterHeader.Source("X-Score:/ ([0-9.]+)$"))
        let stars = try #require(SieveFilterHeader.Source("x-stars"))
        let virus = try #require(SieveFilterHeader.Source("X-Virus"))
        #expect(
            SieveFilterHeader(status: score, kind: .score, maxSource: highest).verdict(on: message)
                == SieveFilterVerdict(score: -1.5, max: 5)
        )
        #expect(
            SieveFilterHeader(status: stars, kind: .length, max: 10).verdict(on: message)
                == SieveFilterVerdict(score: 5, max: 10)
        )
        let words = SieveFilterHeader.Kind.words(["clean": 1, "infected": 5], scale: 5)
        #expect(
            SieveFilterHeader(status: virus, kind: words).verdict(on: message) == SieveFilterVerdict(score: 4, max: 4)
        )
        #expect(SieveFilterHeader(status: stars, kind: .score, max: 1).verdict(on: message) == nil)
        #expect(SieveFilterHeader.Source("X:(") == nil)
    }

    @Test("a message that is stored already is neither refused nor answered")
    func mailboxEvents() throws {
        var place = situation()
        place.isMailboxEvent = true
        var world = FakeWorld()
        world.items = ["imap.cause": "FLAG"]
        let script =
            "require [\"imapsieve\", \"environment\", \"imap4flags\"];"
            + "if environment \"imap.cause\" \"FLAG\" { addflag \"x\"; }"
        #expect(try run(script, situation: place, world: world).summary == ["implicit keep [x]"])
        #expect(try run("require \"reject\"; reject \"x\";", situation: place).error?.kind == .conflict)
        #expect(try run("require \"vacation\"; vacation \"x\";", situation: place).error?.kind == .conflict)
        for asked in ["reject", "ereject", "vacation", "vacation-seconds"] {
            #expect(try run("require \"\(asked)\"; keep;", situation: place).error?.kind == .conflict)
        }
        let envelope = "require \"envelope\"; if envelope :is \"from\" \"\" { discard; }"
        #expect(try run(envelope, situation: place).error?.kind == .conflict)
    }

    // MARK: - Sequences

    private static func sequence(_ scripts: [String], on message: String = plainMessage) throws -> SieveResult {
        SieveSequence(try scripts.map { try program($0) }).run(
            on: SieveMessage(ByteBuffer(bytes: wire(message))),
            situation: situation(),
            world: FakeWorld()
        )
    }

    @Test("a message is handed on as long as it is kept, and only the last keep counts")
    func sequences() throws {
        #expect(try Self.sequence([]).summary == ["implicit keep"])
        #expect(try Self.sequence(["keep;", "require \"fileinto\"; fileinto \"a\";"]).summary == ["fileinto a"])
        #expect(
            try Self.sequence(["redirect :copy \"a@b.test\";".replacing(":copy ", with: ""), "keep;"]).summary == [
                "redirect a@b.test"
            ]
        )
        let copying = "require [\"fileinto\", \"copy\"]; fileinto :copy \"a\";"
        #expect(try Self.sequence([copying, "keep;"]).summary == ["fileinto a", "keep"])
        #expect(try Self.sequence([copying, "discard;", "keep;"]).summary == ["fileinto a"])
    }

    @Test("header changes and flags of a script are seen by the next")
    func handedOn() throws {
        let result = try Self.sequence([
            "require [\"editheader\", \"imap4flags\"]; addheader \"X-Site\" \"1\"; setflag \"site\";",
            "require \"fileinto\"; if header \"x-site\" \"1\" { fileinto \"seen\"; }",
        ])
        #expect(result.summary == ["fileinto seen [site]"])
        #expect(result.message(0) == "X-Site: 1\n" + plainMessage)
    }

    @Test("what an earlier script did stands when a later one contradicts or fails")
    func settled() throws {
        let copying = "require [\"fileinto\", \"copy\"]; fileinto :copy \"a\";"
        #expect(
            try Self.sequence([copying, "require \"reject\"; reject \"x\";"]).summary == ["fileinto a", "reject x"]
        )
        let failed = try Self.sequence([copying, "require \"reject\"; keep; reject \"x\";"])
        #expect(failed.summary == ["fileinto a", "implicit keep"])
        #expect(failed.error != nil)
    }

    @Test("an error ends the sequence, and the message is kept")
    func errorInSequence() throws {
        let result = try Self.sequence(["require \"ihave\"; error \"x\";", "discard;"])
        #expect(result.summary == ["implicit keep"])
    }
}
