/// include (RFC 6609), whole: `include` with `:personal`, `:global`, `:once` and `:optional`, `return`, `global`.
///
/// An included script is asked for when the command is reached, so a change of it is in force at once.
///
/// Limits: ``SieveLimits/includesMax``, ``SieveLimits/includeNestingMax``.
enum IncludeExtension {
    static let words = SieveExtension(calls: [
        CallRule(
            name: "include",
            capabilities: [.include],
            parameters: [.string("script name")],
            tags: [
                TagRule("personal", group: "location"),
                TagRule("global", group: "location"),
                TagRule("once"),
                TagRule("optional"),
            ],
            builder: .command(IncludeCommand.init)
        ),
        CallRule(
            name: "return",
            capabilities: [.include],
            builder: .command { call, _ in ReturnCommand(position: call.position) }
        ),
        CallRule(
            name: "global",
            capabilities: [.include],
            parameters: [.list("variables")],
            builder: .command(GlobalCommand.init)
        ),
    ])
}

/// What a run knows of its included scripts.
struct SieveIncludeState {
    /// Scripts around the one being carried out, outermost first.
    var stack: [SieveIncludedScript] = []
    /// All that were included so far.
    var seen: Set<SieveIncludedScript> = []
    var count = 0
}

struct SieveIncludedScript: Hashable {
    var name: String
    var location: SieveScriptLocation
}

/// Carries out another script in this place. RFC 6609 §3.2.
final class IncludeCommand: CheckedCommand {
    let position: SievePosition
    private let script: SieveIncludedScript
    private let isOnce: Bool
    private let isOptional: Bool
    var name: String { "include" }

    /// Octets of a script's name. RFC 5804 §1.6.
    private static let nameOctetsMax = 512

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.isOnce = call.has("once")
        self.isOptional = call.has("optional")
        guard let name = checker.constant(call.string(0), "the name of an included script") else { return nil }
        guard Self.isScriptName(name) else {
            checker.error(at: call.string(0).position, "'\(name)' is no name of a script")
            return nil
        }
        self.script = SieveIncludedScript(name: name, location: call.has("global") ? .global : .personal)
    }

    /// RFC 5804 §1.6; a slash would lead into other folders.
    private static func isScriptName(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= Self.nameOctetsMax else { return false }
        return name.unicodeScalars.allSatisfy { scalar in
            scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && scalar.value != 0x2028
                && scalar.value != 0x2029 && scalar != "/"
        }
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        if self.isOnce, run.includes.seen.contains(self.script) {
            run.trace { "'\(self.script.name)' was included already" }
            return .next
        }
        guard let program = run.world.script(named: self.script.name, at: self.script.location) else {
            guard self.isOptional else {
                throw run.error(.include, "the included script '\(self.script.name)' is missing or broken")
            }
            run.trace { "there is no script '\(self.script.name)'" }
            return .next
        }
        guard !run.includes.stack.contains(self.script) else {
            throw run.error(.include, "the script '\(self.script.name)' includes itself")
        }
        guard run.includes.stack.count < run.limits.includeNestingMax else {
            throw run.error(.limit, "scripts are included more than \(run.limits.includeNestingMax) levels deep")
        }
        guard run.includes.count < run.limits.includesMax else {
            throw run.error(.limit, "more than \(run.limits.includesMax) scripts are included")
        }
        run.includes.count += 1
        run.includes.seen.insert(self.script)
        run.includes.stack.append(self.script)
        let flow = try run.withFrame(of: program) { (run) throws(SieveRunError) in
            try run.inside(program.block)
        }
        run.includes.stack.removeLast()
        return flow == .stop ? .stop : .next
    }
}

/// Ends the included script and goes on in the one around. RFC 6609 §3.3.
final class ReturnCommand: CheckedCommand {
    let position: SievePosition
    var name: String { "return" }

    init(position: SievePosition) { self.position = position }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow { .leave }
}

/// Shares variables with all included scripts. RFC 6609 §3.4.
final class GlobalCommand: CheckedCommand {
    let position: SievePosition
    var name: String { "global" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        guard checker.has(.variables) else {
            checker.error(at: call.position, "\(call.title) needs 'require \"variables\";' at the beginning")
            return nil
        }
        for string in call.strings(0) {
            let name = string.text.lowercased()
            guard VariableTable.isName(name) else {
                checker.error(at: string.position, "'\(string.text)' is no name of a variable")
                continue
            }
            guard checker.variables.makeGlobal(name) else {
                checker.error(at: string.position, "the variable '\(name)' is used before it is made global")
                continue
            }
        }
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow { .next }
}
