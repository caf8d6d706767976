/// A command that was checked and only has to be carried out.
protocol CheckedCommand: AnyObject, Sendable {
    var position: SievePosition { get }
    /// As the trace shows it.
    var name: String { get }
    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow
}

/// A test that was checked and only has to be evaluated.
protocol CheckedTest: AnyObject, Sendable {
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

/// Commands in order. It is one object, so that carrying it out counts one reference and not those of its parts.
final class CheckedBlock: Sendable {
    let commands: [any CheckedCommand]
    /// Tells which of them have nothing to do.
    private let screen: BlockScreen?

    init(_ commands: [any CheckedCommand] = []) {
        self.commands = commands
        self.screen = BlockScreen(commands)
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        var index = 0
        while true {
            index = try self.next(from: index, run)
            guard index < self.commands.count else { return .next }
            let command = self.commands[index]
            run.position = command.position
            try run.spend(1)
            let flow = try command.run(run)
            guard flow == .next else { return flow }
            index += 1
        }
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

    /// The first command from this one on that may have something to do; their number when there is none. A trace is to
    /// show every test, so nothing is passed over for one.
    private func next(from start: Int, _ run: SieveRun) throws(SieveRunError) -> Int {
        guard let screen = self.screen, !run.isTracing else { return start }
        let stepsMax = min(run.stepsLeft, Int.max / BlockScreen.workPerStep)
        var look = BlockScreen.Look(at: run.message, workMax: stepsMax * BlockScreen.workPerStep)
        var index = start
        while index < self.commands.count, screen.passesOver(index, &look) {
            index += 1
            look.work += BlockScreen.workPerStep
        }
        let steps = look.work / BlockScreen.workPerStep
        if steps > run.stepsLeft { run.position = self.commands[max(start, index - 1)].position }
        try run.spend(steps)
        return index
    }
}
