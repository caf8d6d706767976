/// variables (RFC 5229), whole: `set` with all its modifiers, the test `string`, references and match values in
/// strings.
///
/// The modifiers `:quoteregex` (draft-ietf-sieve-regex) and `:encodeurl` (RFC 5435 §6) come with their extensions.
///
/// Limits: ``SieveLimits/variablesMax``, ``SieveLimits/variableOctetsMax``, ``SieveLimits/stringOctetsMax``,
/// ``SieveLimits/matchValuesMax``.
enum VariablesExtension {
    static let words = SieveExtension(calls: [
        CallRule(
            name: "set",
            capabilities: [.variables],
            parameters: [.string("name"), .string("value")],
            tags: VariableModifier.tags,
            builder: .command(SetCommand.init)
        ),
        CallRule(
            name: "string",
            capabilities: [.variables],
            parameters: [.list("source"), .list("key list")],
            takesMatch: true,
            builder: .test(StringTest.init)
        ),
    ])
}

/// Gives a variable a value. RFC 5229 §4.
final class SetCommand: CheckedCommand {
    let position: SievePosition
    private let variable: SieveVariableReference
    private let value: SieveText
    private let modifiers: [VariableModifier]
    var name: String { "set" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        guard let variable = checker.variable(toSet: call.string(0)) else { return nil }
        self.variable = variable
        self.value = checker.text(call.string(1))
        self.modifiers = VariableModifier.of(call)
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        var value = run.bytes(self.value)
        for modifier in self.modifiers {
            try run.spend(value.count / 16)
            value = modifier.apply(to: value, max: run.limits.variableOctetsMax)
        }
        run.set(self.variable, to: value)
        run.trace { "set to '\(MatchSession.shown(run.value(of: self.variable)))'" }
        return .next
    }
}

/// Compares strings, which is to say variables. RFC 5229 §5.
final class StringTest: CheckedTest {
    let position: SievePosition
    private let match: MatchRule
    private let sources: [SieveText]
    private let keys: SieveKeys
    var name: String { "string" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.match = call.match
        self.sources = checker.texts(call.strings(0))
        self.keys = checker.keys(call.strings(1), for: call.match)
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        var session = try MatchSession(self.match, self.keys, run)
        for source in self.sources {
            let value = run.bytes(source)
            // An empty string is not counted. RFC 5229 §5.
            if session.isCounting, value.isEmpty {
                try run.spend(1)
                continue
            }
            if try session.feed(value, run) { return true }
        }
        return try session.finish(run)
    }
}
