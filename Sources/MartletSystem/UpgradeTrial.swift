internal import Dispatch
internal import Operations
internal import Supervisor

/// For what a worker stops.
package enum WorkerStop: Sendable {
    /// Its process was told to end; a supervisor that was not told starts another.
    case end
    /// An administrator wants the whole program to end, its supervisor too.
    case endAll
    /// The supervisor becomes the program that is installed now and starts its worker.
    case upgrade
    /// A disk did not make last what was written; the next worker begins with what it has.
    case diskFailed
}

/// Asks the program that is installed now whether it could go on here, before the one that runs gives way to it.
struct UpgradeTrial: Sendable {
    /// Milliseconds the new program may take for its answer.
    private static let patience: Int64 = 30_000

    private let program: String
    private let configurationPath: String

    /// `nil` when it is not known where the program is.
    init?(_ handover: WorkerHandover, configurationPath: String) {
        guard !handover.program.isEmpty else { return nil }
        self.program = handover.program
        self.configurationPath = configurationPath
    }

    /// - Returns: the new program's version, as it says it.
    /// - Throws: ``OperationError`` with what the new program objects to, or why it cannot run.
    func run() async throws -> String {
        let (program, path) = (self.program, self.configurationPath)
        let trial = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let arguments = ["serve", "--check", "--config", path]
                continuation.resume(
                    returning: ProgramTrial.run(program, arguments, milliseconds: Self.patience)
                )
            }
        }
        guard trial.isSuccess else {
            let mark = "Error: "
            let reason = trial.output.hasPrefix(mark) ? String(trial.output.dropFirst(mark.count)) : trial.output
            throw OperationError("Nothing was changed. The program at \(program) cannot take over: \(reason)")
        }
        return trial.output
    }
}
