/// Carries out the block of the first test that holds. RFC 5228 §3.1.
final class IfCommand: CheckedCommand {
    final class Branch: Sendable {
        let test: any CheckedTest
        let block: CheckedBlock

        init(_ test: any CheckedTest, _ block: CheckedBlock) {
            self.test = test
            self.block = block
        }
    }

    let position: SievePosition
    let branches: [Branch]
    let otherwise: CheckedBlock?

    var name: String { "if" }

    init(position: SievePosition, _ branches: [Branch], otherwise: CheckedBlock?) {
        self.position = position
        self.branches = branches
        self.otherwise = otherwise
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        for branch in self.branches {
            guard try run.evaluate(branch.test) else { continue }
            return try run.inside(branch.block)
        }
        guard let otherwise = self.otherwise else { return .next }
        run.trace { "else" }
        return try run.inside(otherwise)
    }
}

extension SieveRun {
    /// Evaluates a test, with its result in the trace.
    func evaluate(_ test: any CheckedTest) throws(SieveRunError) -> Bool {
        self.position = test.position
        try self.spend(1)
        guard self.isTracing else { return try test.evaluate(self) }
        self.level += 1
        let holds = try test.evaluate(self)
        self.level -= 1
        self.position = test.position
        self.trace { "\(test.name): \(holds)" }
        return holds
    }

    func inside(_ block: CheckedBlock) throws(SieveRunError) -> SieveFlow {
        self.level += 1
        let flow = try block.run(self)
        self.level -= 1
        return flow
    }
}

/// Ends the script. RFC 5228 §3.3.
final class StopCommand: CheckedCommand {
    let position: SievePosition
    var name: String { "stop" }

    init(position: SievePosition) { self.position = position }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        run.trace { "stop" }
        return .stop
    }
}
