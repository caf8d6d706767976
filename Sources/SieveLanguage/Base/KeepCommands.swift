/// Keeps the message in the main mailbox. RFC 5228 §4.3.
final class KeepCommand: CheckedCommand {
    let position: SievePosition
    let flags: FlagsArgument?
    var name: String { "keep" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.flags = FlagsArgument(call, checker)
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        let flags = self.flags?.flags(run) ?? run.flags.forActions
        try run.plan(.keep(SieveKeep(flags: flags)), cancelsImplicitKeep: true)
        return .next
    }
}

/// Cancels the implicit keep; other actions stand. RFC 5228 §4.4.
final class DiscardCommand: CheckedCommand {
    let position: SievePosition
    var name: String { "discard" }

    init(position: SievePosition) { self.position = position }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        run.isImplicitKeepCancelled = true
        run.trace { "discard" }
        return .next
    }
}
