internal import ArgumentParser
internal import ControlServer
internal import FoundationEssentials
internal import Glibc
internal import MailTypes
internal import MartletConfig
internal import MartletSystem
internal import Operations
internal import Supervisor

/// `martlet stop`
struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop the running program and wait until it has ended.",
        discussion: """
            What was begun is finished first (server.stop_timeout). When this returns, ports and data are free.
            Example: martlet stop && martlet store restore /var/backups/martlet
            """
    )
    @OptionGroup var site: Site
    @OptionGroup var output: OutputOptions

    /// How long closing the data may take, besides the time that sessions have to finish.
    private static let patience = Duration.seconds(60)

    func run() async throws {
        let configuration = try self.site.configuration()
        let last = try self.tell(configuration)
        let end = ContinuousClock.now + configuration.server.stopTimeout + Self.patience
        while !Self.hasEnded(last.process) {
            guard ContinuousClock.now < end else {
                throw CommandFailure("Martlet was told to stop, but process \(last.process) still runs; see the log")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        try self.output.print(last) { _ in "Martlet has stopped." }
    }

    /// A supervisor that has no worker is told by a signal.
    private func tell(_ configuration: MartletConfig) throws -> Stop.Output {
        do {
            return try ControlClient(path: configuration.controlSocketPath).perform(Stop())
        } catch let error as ControlConnectionError where error.isAbsent {
            guard let process = SupervisorMark.process(in: configuration.server.data) else {
                throw CommandFailure("\(OperationError.notRunning)")
            }
            guard kill(process, SIGTERM) == 0 else {
                throw CommandFailure("process \(process) cannot be told to stop: \(SystemFailure.last)")
            }
            return Stop.Output(process: Int(process))
        }
    }

    /// One that its parent has not asked about yet, a zombie, has ended when the last of its threads has.
    private static func hasEnded(_ process: Int) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return true }
        // State and number of threads stand behind the program's name, which may hold anything.
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 17, let threads = Int(fields[17]) else { return false }
        return (fields[0] == "Z" || fields[0] == "X") && threads <= 1
    }
}
