internal import MailBytes

/// reject and ereject (RFC 5429), whole.
///
/// Both become one action with a reason; whether it is given in the protocol or in a notice of its own is for
/// who delivers to say. A refusal excludes every delivery of the message, and a second refusal.
///
/// Limits: a reason is a string of the script, which bounds it.
enum RejectExtension {
    static let words = SieveExtension(calls: [
        CallRule(
            name: "reject",
            capabilities: [.reject],
            parameters: [.string("reason")],
            builder: .command(RejectCommand.init)
        ),
        CallRule(
            name: "ereject",
            capabilities: [.ereject],
            parameters: [.string("reason")],
            builder: .command(RejectCommand.init)
        ),
    ])
}

final class RejectCommand: CheckedCommand {
    let position: SievePosition
    let name: String
    private let reason: SieveText

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.name = call.name
        self.reason = checker.text(call.string(0))
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        let reject = SieveReject(
            reason: UTF8Text.repaired(run.bytes(self.reason).span),
            isAtProtocolLevel: self.name == "ereject"
        )
        try run.plan(.reject(reject), cancelsImplicitKeep: true)
        return .next
    }
}
