internal import NIOCore

/// Compiles a script beside the file of tests.
final class TestCompileTest: CheckedTest {
    let position: SievePosition
    private let script: SieveText
    var name: String { "test_script_compile" }

    /// How the message starts that a missing script is told with.
    static let missing = "there is no script "

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.script = checker.text(call.string(0))
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        guard let state = run.testing else { return false }
        state.program = try Self.compile(run.string(self.script), state, run)
        return state.program != nil
    }

    static func compile(
        _ path: String,
        _ state: SieveTestState,
        _ run: SieveRun
    ) throws(SieveRunError) -> SieveProgram? {
        guard let script = state.files.read(state.folder + path) else {
            throw run.error(.script, "\(Self.missing)'\(path)'")
        }
        let compilation = state.compiler.compile(script, name: path)
        state.errors = compilation.errors.map(\.message)
        // The list ends in a line on the whole script, as the language has it.
        if compilation.program == nil { state.errors.append("the script '\(path)' cannot be used") }
        return compilation.program
    }
}

extension SieveTestState {
    /// Runs a program on the file's message.
    func run(_ program: SieveProgram, _ outer: SieveRun, after earlier: SieveResult?) -> SieveResult {
        var bytes = ByteBuffer()
        outer.message.edition.write(outer.message.original, into: &bytes)
        let run = SieveRun(program, on: MessageView(bytes), situation: outer.situation, world: self.world)
        run.testing = self
        run.begin(after: earlier)
        run.carryOut()
        return run.result
    }
}

/// Runs the script compiled last.
final class TestRunTest: CheckedTest {
    let position: SievePosition
    private let appends: Bool
    var name: String { "test_script_run" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.appends = call.has("append_result")
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        guard let state = run.testing, let program = state.program else {
            throw run.error(.script, "no script is compiled")
        }
        let result = state.run(program, run, after: self.appends ? state.result : nil)
        state.result = result
        state.errors = result.error.map { [$0.message] } ?? result.notes.filter(\.isWarning).map(\.message)
        return result.error == nil
    }
}

/// Runs scripts one behind the other and carries out what they planned.
final class TestMultiscriptTest: CheckedTest {
    let position: SievePosition
    private let scripts: [SieveText]
    var name: String { "test_multiscript" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.scripts = checker.texts(call.strings(0))
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        guard let state = run.testing else { return false }
        var programs: [SieveProgram] = []
        for script in self.scripts {
            guard let program = try TestCompileTest.compile(run.string(script), state, run) else { return false }
            programs.append(program)
        }
        let result = SieveSequence(programs).run(
            on: SieveMessage(run.message.original),
            situation: run.situation,
            world: state.world
        )
        state.result = result
        state.errors = result.error.map { [$0.message] } ?? []
        for index in result.actions.indices { state.result?.actions[index].isSettled = false }
        return result.error == nil ? try state.execute(run) : false
    }
}

/// Compares what was wrong.
final class TestErrorTest: CheckedTest {
    let position: SievePosition
    private let match: MatchRule
    private let index: UInt64?
    private let keys: SieveKeys
    var name: String { "test_error" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.match = call.match
        self.index = call.number(tag: "index")
        self.keys = checker.keys(call.strings(0), for: call.match)
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        try run.matches(run.testing?.errors ?? [], at: self.index, self.match, self.keys)
    }
}

/// Compares the names of planned actions.
final class TestActionTest: CheckedTest {
    let position: SievePosition
    private let match: MatchRule
    private let index: UInt64?
    private let keys: SieveKeys
    var name: String { "test_result_action" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.match = call.match
        self.index = call.number(tag: "index")
        self.keys = checker.keys(call.strings(0), for: call.match)
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        let result = run.testing?.result ?? run.result
        return try run.matches(result.actions.map(\.action.name), at: self.index, self.match, self.keys)
    }
}

extension SieveRun {
    fileprivate func matches(
        _ values: [String],
        at index: UInt64?,
        _ match: MatchRule,
        _ keys: SieveKeys
    ) throws(SieveRunError) -> Bool {
        var session = try MatchSession(match, keys, self)
        for (number, value) in values.enumerated() where index.map({ $0 == UInt64(number + 1) }) ?? true {
            if try session.feed(Array(value.utf8), self) { return true }
        }
        return try session.finish(self)
    }
}
