/// spamtest, spamtestplus and virustest (RFC 5235), whole.
///
/// What the filters said is the world's answer; here it is brought to the scales of the standard.
///
/// Limits: none of its own.
enum SpamTestExtension {
    static let words = SieveExtension(
        calls: [
            CallRule(
                name: "spamtest",
                capabilities: [.spamtest],
                parameters: [.string("value")],
                takesMatch: true,
                builder: .test(FilterVerdictTest.init)
            ),
            CallRule(
                name: "virustest",
                capabilities: [.virustest],
                parameters: [.string("value")],
                takesMatch: true,
                builder: .test(FilterVerdictTest.init)
            ),
        ],
        tags: [TagRule("percent", .spamtestplus, on: ["spamtest"])]
    )
}

/// Compares a filter's verdict.
final class FilterVerdictTest: CheckedTest {
    let position: SievePosition
    let name: String
    private let match: MatchRule
    private let isPercent: Bool
    private let keys: SieveKeys

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.name = call.name
        self.match = call.match
        self.isPercent = call.has("percent")
        self.keys = checker.keys(call.strings(0), for: call.match)
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        var session = try MatchSession(self.match, self.keys, run)
        let value: Int
        if self.name == "virustest" {
            value = Self.scaled(run.world.virusVerdict, from: 1, to: 5, untested: 0)
        } else if self.isPercent {
            value = Self.scaled(run.world.spamVerdict, from: 0, to: 100, untested: 0)
        } else {
            value = Self.scaled(run.world.spamVerdict, from: 1, to: 10, untested: 0)
        }
        run.trace { "\(self.name) is \(value)" }
        // Without `:percent` and a filter's word the number is 0. RFC 5235 §2.4.
        if session.isCounting, run.hasNoVerdict(self.name) { return try session.finish(run) }
        return try session.decide(Array(String(value).utf8), run)
    }

    /// The verdict on a scale of whole numbers; full marks only for the highest score.
    private static func scaled(_ verdict: SieveFilterVerdict?, from low: Int, to high: Int, untested: Int) -> Int {
        guard let verdict, verdict.max > 0, verdict.score.isFinite else { return untested }
        let share = Swift.min(1, Swift.max(0, verdict.score / verdict.max))
        // A little more than nothing, so that 0.29 of 100 are 29.
        return low + Int((share * Double(high - low) + 1e-9).rounded(.down))
    }
}

extension SieveRun {
    fileprivate func hasNoVerdict(_ test: String) -> Bool {
        (test == "virustest" ? self.world.virusVerdict : self.world.spamVerdict) == nil
    }
}
