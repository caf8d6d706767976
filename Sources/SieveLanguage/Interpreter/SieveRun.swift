/// One run of one script on one message: where the interpreter keeps what changes.
///
///     compile once ──► SieveProgram ──► SieveRun(message) ──► SieveResult
///
/// Invariants: nothing outside is changed; every loop spends steps; an error drops what this script planned.
package final class SieveRun {
    let world: any SieveWorld
    var situation: SieveSituation
    var message: MessageView
    var result: SieveResult
    /// The script being carried out.
    private(set) var frame: SieveFrame
    var limits: SieveLimits
    var settings: SieveSettings
    private(set) var stepsLeft: Int
    /// Where the interpreter is.
    var position = SievePosition.start
    /// Levels of blocks and tests around it, for the trace.
    var level = 0
    let isTracing: Bool

    /// Flags that the actions to come will have. RFC 5232 §2.
    var flags = SieveFlags()
    /// `nil` until a command cancelled or used it.
    var isImplicitKeepCancelled = false
    /// Variables that all included scripts share.
    var globals: [String: [UInt8]] = [:]
    /// Scripts included so far. RFC 6609 §3.2.
    var includes = SieveIncludeState()
    /// The part that the innermost `foreverypart` is at, and the loops around. RFC 5703 §3.
    var loops: [SievePartLoop] = []
    var headerEdits = 0
    /// What `duplicate` answered in this run, by handle and identity.
    var duplicateAnswers: [String: [[UInt8]: Bool]] = [:]
    /// Patterns put together while running; `nil` for what is none.
    private var patterns: [RuntimePattern: RegexProgram?] = [:]

    private struct RuntimePattern: Hashable {
        let source: [UInt8]
        let comparator: SieveComparator
    }

    /// Patterns of one run that are kept, so that a loop does not translate one over and over.
    private static let patternsMax = 16

    /// What the test language keeps; `nil` in ordinary service.
    var testing: SieveTestState?

    init(
        _ program: SieveProgram,
        on message: MessageView,
        situation: SieveSituation,
        world: any SieveWorld,
        isTracing: Bool = false,
        stepsMax: Int = .max
    ) {
        self.world = world
        self.situation = situation
        self.message = message
        self.result = SieveResult()
        self.frame = SieveFrame(program)
        self.limits = program.limits
        self.limits.stepsMax = min(program.limits.stepsMax, stepsMax)
        self.settings = program.settings
        self.stepsLeft = self.limits.stepsMax
        self.isTracing = isTracing
        self.flags = SieveFlags(situation.flags)
    }

    // MARK: - Costs

    /// Takes steps from the budget.
    @inline(__always)
    func spend(_ steps: Int) throws(SieveRunError) {
        self.stepsLeft -= steps
        if self.stepsLeft < 0 { throw self.exhausted() }
    }

    private func exhausted() -> SieveRunError {
        SieveRunError(.limit, at: self.position, "the script takes more than \(self.limits.stepsMax) steps")
    }

    // MARK: - Tracing

    /// Notes what happens, when anybody wants to know; the text is not made otherwise.
    @inline(__always)
    func trace(_ message: () -> String) {
        guard self.isTracing else { return }
        self.addTrace(message())
    }

    private func addTrace(_ message: String) {
        guard self.result.trace.count < self.limits.traceEntriesMax else { return }
        let entry = SieveTraceEntry(
            script: self.frame.program.name,
            position: self.position,
            level: self.level,
            message: message
        )
        self.result.trace.append(entry)
    }

    func error(_ kind: SieveRunError.Kind, _ message: String) -> SieveRunError {
        SieveRunError(kind, at: self.position, message)
    }

    /// - Parameter value: what the script put together while running; see ``SieveRunError``.
    func error(_ kind: SieveRunError.Kind, quoting value: String, _ message: (String) -> String) -> SieveRunError {
        SieveRunError(kind, at: self.position, quoting: value, message)
    }

    func note(_ message: String, isWarning: Bool = false) {
        guard self.result.notes.count < self.limits.diagnosticsMax else { return }
        self.result.notes.append(
            SieveNote(position: self.position, message: SieveDiagnostic.shortened(message), isWarning: isWarning)
        )
        self.trace { message }
    }

    // MARK: - Values

    var keepsMatchValues: Bool { self.frame.program.usesVariables }

    /// A string with its variables put in. Its pieces, which may be empty, and its octets are taken from the budget;
    /// if that is spent, the next step fails.
    func bytes(_ text: SieveText) -> [UInt8] {
        let bytes = self.expanded(text)
        if case .pieces(let pieces) = text.content { self.stepsLeft -= pieces.count }
        self.stepsLeft -= bytes.count / 64
        return bytes
    }

    private func expanded(_ text: SieveText) -> [UInt8] {
        switch text.content {
        case .constant(let bytes):
            return bytes
        case .pieces(let pieces):
            var bytes: [UInt8] = []
            for piece in pieces {
                // What would be cut is not put together first.
                guard bytes.count <= self.limits.stringOctetsMax else { break }
                switch piece {
                case .literal(let literal): bytes += literal
                case .variable(let number): bytes += self.frame.variables[number]
                case .match(let number):
                    if number < self.frame.matchValues.count { bytes += self.frame.matchValues[number] }
                case .global(let name): bytes += self.globals[name] ?? []
                }
            }
            if bytes.count > self.limits.stringOctetsMax { bytes.removeLast(bytes.count - self.limits.stringOctetsMax) }
            return bytes
        }
    }

    func string(_ text: SieveText) -> String {
        String(decoding: self.bytes(text), as: UTF8.self)
    }

    func setVariable(_ number: Int, to value: [UInt8]) {
        self.frame.variables[number] = value
    }

    func value(of variable: SieveVariableReference) -> [UInt8] {
        switch variable {
        case .local(let number): self.frame.variables[number]
        case .global(let name): self.globals[name] ?? []
        }
    }

    func set(_ variable: SieveVariableReference, to value: [UInt8]) {
        var value = value
        if value.count > self.limits.variableOctetsMax {
            value = SieveVariableReference.cut(value, to: self.limits.variableOctetsMax)
        }
        switch variable {
        case .local(let number): self.frame.variables[number] = value
        case .global(let name): self.globals[name] = value
        }
    }

    /// Remembers what a `:matches` or `:regex` found as `${0}`, `${1}` …
    func setMatchValues(of value: [UInt8], _ ranges: [Range<Int>]) {
        guard self.keepsMatchValues else { return }
        self.frame.matchValues = ranges.prefix(self.limits.matchValuesMax + 1).map { Array(value[$0]) }
    }

    /// Makes a key ready that was put together while running.
    ///
    /// - Returns: `nil` for what is no regular expression: it matches nothing, and the owner is told.
    func prepare(_ key: [UInt8], for rule: MatchRule) throws(SieveRunError) -> PreparedKey? {
        try self.spend(1 + key.count / 16)
        guard rule.kind == .regex else { return try? rule.prepare(key, limits: self.limits) }
        let pattern = RuntimePattern(source: key, comparator: rule.comparator)
        if let known = self.patterns[pattern] { return known.map(PreparedKey.regex) }
        let program = self.translate(pattern)
        try self.spend(program?.instructions.count ?? 0)
        if self.patterns.count >= Self.patternsMax { self.patterns.removeAll() }
        self.patterns[pattern] = .some(program)
        return program.map(PreparedKey.regex)
    }

    private func translate(_ pattern: RuntimePattern) -> RegexProgram? {
        do throws(RegexSyntaxError) {
            return try RegexProgram(pattern.source, comparator: pattern.comparator, limits: self.limits)
        } catch {
            self.note("this is no regular expression: \(error.message)", isWarning: true)
            return nil
        }
    }

    func isListed(
        _ value: [UInt8],
        in list: [UInt8],
        by comparator: SieveComparator
    ) throws(SieveRunError) -> Bool {
        let name = String(decoding: list, as: UTF8.self)
        let text = String(decoding: value, as: UTF8.self)
        guard let answer = self.world.isListed(text, in: name, by: comparator) else {
            throw self.error(.value, quoting: name) { "there is no list \($0)" }
        }
        return answer
    }

    // MARK: - Frames

    /// Carries out another script and comes back to this one.
    func withFrame<Result>(
        of program: SieveProgram,
        _ body: (SieveRun) throws(SieveRunError) -> Result
    ) throws(SieveRunError) -> Result {
        let outer = self.frame
        self.frame = SieveFrame(program)
        defer { self.frame = outer }
        do throws(SieveRunError) {
            return try body(self)
        } catch {
            var named = error
            if named.script.isEmpty { named.script = program.name }
            throw named
        }
    }
}

/// A script being carried out, with what is its own.
struct SieveFrame {
    let program: SieveProgram
    var variables: [[UInt8]]
    var matchValues: [[UInt8]] = []

    init(_ program: SieveProgram) {
        self.program = program
        self.variables = [[UInt8]](repeating: [], count: program.variables.count)
    }
}
