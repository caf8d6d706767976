internal import ArgumentParser
internal import Glibc
internal import MailTypes
internal import MartletConfig
internal import MartletSystem
internal import Supervisor

/// `martlet serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the mail server until it is stopped.",
        discussion: """
            A small supervisor holds the listening sockets and keeps a worker running on them.
            SIGHUP reloads, SIGUSR1 reopens the log, SIGUSR2 upgrades to the program that is installed now (see
            martlet upgrade), SIGTERM stops gracefully.
            Example: martlet serve --config /etc/martlet/martlet.toml
            """
    )
    @OptionGroup var site: Site
    @Flag(help: "Run without the supervisor, for debugging.") var foregroundWorker = false
    @Flag(help: "Only see whether this program can serve with the configuration and the data, and print its version.")
    var check = false
    @Flag(help: .hidden) var worker = false

    func run() async throws {
        let path = try self.site.configurationPath()
        if self.check {
            let configuration = try self.site.configuration()
            do {
                try StartCheck.run(configuration)
            } catch {
                throw CommandFailure("\(error)")
            }
            print(MartletVersion.text)
        } else {
            let handover = self.worker ? WorkerHandover.received() : nil
            try await Serving.work(LoadedConfiguration(path: path, after: handover), handover: handover)
        }
    }

    /// Whether it holds the sockets for a worker, instead of serving itself.
    var isSupervisor: Bool { !self.worker && !self.foregroundWorker && !self.check }

    /// On the main thread, before there are others.
    func supervise() throws {
        try Serving.supervise(self.site.configuration(), path: self.site.configurationPath())
    }
}

/// Running the program, as supervisor or as worker.
enum Serving {
    /// Holds the sockets and keeps a worker running until a stop is asked for.
    static func supervise(_ configuration: MartletConfig, path: String) throws {
        ProgramFile.showName()
        var supervisor: Supervisor
        do {
            supervisor = try Supervisor(
                program: ProgramFile.path(calledAs: CommandLine.arguments[0]),
                arguments: ["serve", "--config", absolutePath(path)],
                home: absolutePath(configuration.server.data),
                addresses: configuration.supervisedAddresses,
                inherited: SupervisorHandover.received(),
                report: { writeToStandardError("martlet: \($0)") }
            )
        } catch {
            throw CommandFailure("\(error)")
        }
        let status = supervisor.run()
        if status != 0 { throw ExitCode(status) }
    }

    /// Serves in this process until a stop is asked for.
    static func work(_ configuration: LoadedConfiguration, handover: WorkerHandover?) async throws {
        ProcessMemory.prepare()
        ProcessLimits.raise()
        ProgramFile.showName()
        let signals = ProcessSignals(lifeline: handover?.lifeline)
        let worker: MartletWorker
        do {
            worker = try await MartletWorker.start(
                configuration,
                handover: handover,
                logs: Logs(configuration.settings)
            )
        } catch {
            writeToStandardError("martlet: cannot start: \(error)")
            throw ExitCode(MartletWorker.exitStatus(for: error))
        }
        switch await worker.run(signals) {
        case .end: break
        case .endAll: if handover != nil { throw ExitCode(WorkerExit.endAll) }
        case .upgrade: throw ExitCode(WorkerExit.upgrade)
        case .diskFailed: throw ExitCode(WorkerExit.diskFailed)
        }
    }
}

/// A path that means the same from every folder.
func absolutePath(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let folder = unsafe getcwd(nil, 0) else { return path }
    defer { unsafe free(folder) }
    return unsafe "\(String(cString: folder))/\(path)"
}

/// Where systemd and terminals read what is no part of the output.
func writeToStandardError(_ line: String) {
    standardError.write(Array((line + "\n").utf8))
}

private let standardError = LogOutput(path: nil)
