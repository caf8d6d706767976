/// ihave (RFC 5463), whole: the test `ihave` and the command `error`.
///
/// A script may use inside `if ihave "x" { … }` what it does not require. Here that is decided when the script
/// is checked: a capability that is there counts as required from the test on; where one is missing, the block
/// is checked for syntax only.
///
/// Limits: none of its own.
enum IHaveExtension {
    static let words = SieveExtension(calls: [
        CallRule(
            name: "ihave",
            capabilities: [.ihave],
            parameters: [.list("capabilities")],
            builder: .test(IHaveTest.init)
        ),
        CallRule(
            name: "error",
            capabilities: [.ihave],
            parameters: [.string("message")],
            builder: .command(ErrorCommand.init)
        ),
    ])
}

/// Whether all named capabilities are there.
final class IHaveTest: CheckedTest {
    let position: SievePosition
    private let holds: Bool
    var name: String { "ihave" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        var all: [SieveCapability] = []
        var isMissing = false
        for string in call.strings(0) {
            guard let name = checker.constant(string, "a capability") else { return nil }
            if name == SieveCapability.variables.rawValue || name == SieveCapability.encodedCharacter.rawValue {
                let message = "'\(name)' changes how the whole script is read: expected it in 'require'"
                checker.warning(at: string.position, message)
                isMissing = true
                continue
            }
            if let capability = checker.offered(name) {
                all.append(capability)
            } else {
                isMissing = true
            }
        }
        self.holds = !isMissing
        if !isMissing {
            for capability in all { checker.require(capability) }
        } else {
            checker.missesCapability = true
        }
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool { self.holds }
}

/// Ends the script with an error of its own. RFC 5463 §5.
final class ErrorCommand: CheckedCommand {
    let position: SievePosition
    private let message: SieveText
    var name: String { "error" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.message = checker.text(call.string(0))
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        let text = run.string(self.message)
        let plain = self.message.constant == nil ? "the script's own error" : text
        throw SieveRunError(.script, at: run.position, text, plain: plain)
    }
}

/// A command that this server does not know, behind an `ihave` that said so.
final class UnavailableCommand: CheckedCommand {
    let position: SievePosition
    let name: String

    init(position: SievePosition, name: String) {
        self.position = position
        self.name = name
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        throw run.error(.script, "the command '\(self.name)' is not available here")
    }
}
