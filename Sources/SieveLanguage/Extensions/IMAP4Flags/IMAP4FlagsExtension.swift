/// imap4flags (RFC 5232), whole: `setflag`, `addflag`, `removeflag`, the test `hasflag`, `:flags` for keep and
/// fileinto.
///
/// Limits: ``SieveLimits/flagsMax``.
enum IMAP4FlagsExtension {
    static let words = SieveExtension(
        calls: FlagCommand.Change.allCases.map { change in
            CallRule(
                name: change.rawValue,
                capabilities: [.imap4flags],
                parameters: [.string("variable name"), .list("flag list")],
                optionalCount: 1,
                builder: .command(FlagCommand.init)
            )
        } + [
            CallRule(
                name: "hasflag",
                capabilities: [.imap4flags],
                parameters: [.list("variable list"), .list("flag list")],
                optionalCount: 1,
                takesMatch: true,
                builder: .test(HasFlagTest.init)
            )
        ]
    )
}

/// Changes the flags that actions to come will have, or those in a variable. RFC 5232 §3.
final class FlagCommand: CheckedCommand {
    enum Change: String, CaseIterable {
        case set = "setflag"
        case add = "addflag"
        case remove = "removeflag"
    }

    let position: SievePosition
    private let change: Change
    private let variable: SieveVariableReference?
    private let flags: FlagTexts
    var name: String { self.change.rawValue }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        guard let change = Change(rawValue: call.name) else { return nil }
        self.position = call.position
        self.change = change
        self.flags = FlagTexts(call.strings(1), checker)
        guard call.arguments[0] != nil else {
            self.variable = nil
            return
        }
        guard checker.has(.variables) else {
            let message = "\(call.title) with a variable needs 'require \"variables\";' at the beginning"
            checker.error(at: call.position, message)
            return nil
        }
        guard let variable = checker.variable(toSet: call.string(0)) else { return nil }
        self.variable = variable
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        let named = self.flags.flags(run)
        var flags = run.flags
        if let variable = self.variable {
            flags = SieveFlags()
            flags.add(run.value(of: variable), max: run.limits.flagsMax)
        }
        switch self.change {
        case .set: flags = named
        case .add: flags.add(named, max: run.limits.flagsMax)
        case .remove: flags.remove(named)
        }
        if let variable = self.variable {
            run.set(variable, to: flags.text)
        } else {
            flags.isTouched = true
            run.flags = flags
        }
        run.trace { "\(self.name): flags are now '\(String(decoding: flags.text, as: UTF8.self))'" }
        return .next
    }
}

/// Compares flags. RFC 5232 §4.
final class HasFlagTest: CheckedTest {
    let position: SievePosition
    private let match: MatchRule
    private let variables: [SieveVariableReference]?
    private let keys: SieveKeys
    var name: String { "hasflag" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.match = call.match
        // Flags in one string are as many keys, unless the match type gives the string another sense.
        var keys = call.strings(1)
        if [.is, .contains].contains(call.match.kind) {
            keys = keys.flatMap { key in
                SieveFlags.split(key.bytes).map { SyntaxString(bytes: $0, position: key.position) }
            }
        }
        self.keys = checker.keys(keys, for: call.match)
        guard call.arguments[0] != nil else {
            self.variables = nil
            return
        }
        guard checker.has(.variables) else {
            let message = "\(call.title) with a variable needs 'require \"variables\";' at the beginning"
            checker.error(at: call.position, message)
            return nil
        }
        self.variables = call.strings(0).compactMap { checker.variable(toSet: $0) }
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        var session = try MatchSession(self.match, self.keys, run)
        for flag in self.flags(run) where try session.feed(Array(flag.utf8), run) { return true }
        return try session.finish(run)
    }

    private func flags(_ run: SieveRun) -> [String] {
        guard let variables = self.variables else { return run.flags.names }
        return variables.flatMap { variable in
            var flags = SieveFlags()
            flags.add(run.value(of: variable), max: run.limits.flagsMax)
            return flags.names
        }
    }
}
