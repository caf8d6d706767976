/// A command that was checked and only has to be carried out.
protocol CheckedCommand: Sendable {
    var position: SievePosition { get }
    /// As the trace shows it.
    var name: String { get }
    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow
}

/// A test that was checked and only has to be evaluated.
protocol CheckedTest: Sendable {
    var position: SievePosition { get }
    var name: String { get }
    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool
}

/// What happens after a command.
enum SieveFlow: Equatable {
    case next
    /// `stop`: the whole run ends.
    case stop
    /// `return`: the included script ends. RFC 6609 §3.3.
    case leave
    /// `break`: the loop of that name ends, or the innermost one. RFC 5703 §3.
    case exitLoop(String?)
}

/// Commands in order.
struct CheckedBlock: Sendable {
    var commands: [any CheckedCommand] = []

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        for command in self.commands {
            run.position = command.position
            try run.spend(1)
            let flow = try command.run(run)
            guard flow == .next else { return flow }
        }
        return .next
    }
}
