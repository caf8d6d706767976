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
    /// What can be told of it without evaluating it.
    var outline: TestOutline { get }
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
    let commands: [any CheckedCommand]
    /// Tells which of them have nothing to do.
    private let screen: BlockScreen?

    init(_ commands: [any CheckedCommand] = []) {
        self.commands = commands
        self.screen = BlockScreen(commands)
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        for index in self.commands.indices {
            if try self.passesOver(index, run) { continue }
            let command = self.commands[index]
            run.position = command.position
            try run.spend(1)
            let flow = try command.run(run)
            guard flow == .next else { return flow }
        }
        return .next
    }

    /// Whether none of the commands has anything to do with the message.
    func leavesAlone(_ message: MessageView) -> Bool {
        guard !self.commands.isEmpty else { return true }
        guard let screen = self.screen else { return false }
        var look = BlockScreen.Look(at: message, workMax: Self.glanceMax)
        for index in self.commands.indices where !screen.passesOver(index, &look) { return false }
        return true
    }

    /// Names and keys that are looked at without counting steps.
    private static let glanceMax = 4_096

    /// Whether the command surely does nothing. A trace is to show every test, so nothing is passed over for one.
    private func passesOver(_ index: Int, _ run: SieveRun) throws(SieveRunError) -> Bool {
        guard let screen = self.screen, !run.isTracing else { return false }
        let stepsMax = min(run.stepsLeft, Int.max / BlockScreen.workPerStep)
        var look = BlockScreen.Look(at: run.message, workMax: stepsMax * BlockScreen.workPerStep)
        let isPassed = screen.passesOver(index, &look)
        let steps = look.work / BlockScreen.workPerStep + (isPassed ? 1 : 0)
        if steps > run.stepsLeft { run.position = self.commands[index].position }
        try run.spend(steps)
        return isPassed
    }
}
