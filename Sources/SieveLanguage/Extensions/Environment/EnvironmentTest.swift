/// environment (RFC 5183), whole; the items of imapsieve (RFC 6785 §4.3) come with that extension.
///
/// Limits: none of its own.
enum EnvironmentExtension {
    static let words = SieveExtension(calls: [
        CallRule(
            name: "environment",
            capabilities: [.environment],
            parameters: [.string("name"), .list("key list")],
            takesMatch: true,
            builder: .test(EnvironmentTest.init)
        )
    ])
}

/// Compares something about the server or the session.
final class EnvironmentTest: CheckedTest {
    let position: SievePosition
    private let match: MatchRule
    private let item: SieveText
    private let keys: SieveKeys
    var name: String { "environment" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.match = call.match
        self.item = checker.text(call.string(0))
        self.keys = checker.keys(call.strings(1), for: call.match)
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        var session = try MatchSession(self.match, self.keys, run)
        // An item that is not known matches nothing, the empty string included. RFC 5183 §4.
        guard let value = run.world.environment(run.string(self.item).lowercased()) else { return false }
        return try session.decide(Array(value.utf8), run)
    }
}
