import Foundation
import MailTesting
import Testing

extension ChildProcess.Stream {
    /// What other tests start meanwhile does not hold it open.
    static func handle(_ handle: FileHandle) -> Self {
        _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
        return .descriptor(handle.fileDescriptor)
    }
}

/// A Martlet of its own, run as a process from the tests' build folder, with a configuration and data of its own.
final class Program {
    static let password = "scenario"

    let home: String
    let ports: Ports
    private var process: ChildProcess?
    private let logPath: String
    /// The program's file that is started and whose commands are used.
    var installed = Program.executable
    /// `NAME=value` for the environment of the server.
    var environment: [String] = []
    /// A command that runs the server as its last arguments say.
    var launcher: [String] = []

    struct Ports {
        var smtp = freePort()
        var submission = freePort()
        var lmtp = freePort()
        var imap = freePort()
        var pop3 = freePort()
        var managesieve = freePort()
    }

    static let executable: String = {
        var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        for _ in 0..<4 {
            let candidate = folder.appending(path: "martlet").path
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
            folder.deleteLastPathComponent()
        }
        return "martlet"
    }()

    /// - Parameters:
    ///   - accounts: local parts in `scenario.test`.
    ///   - settings: further lines of configuration.
    init(home: String, accounts: [String], settings: String = "") throws {
        self.home = home
        self.ports = Ports()
        self.logPath = "\(home)/log"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        let configuration = """
            [server]
            hostname = "localhost"
            data = "\(home)/data"
            stop_timeout = "5s"
            [listen]
            smtp = ["127.0.0.1:\(self.ports.smtp)"]
            submission = ["127.0.0.1:\(self.ports.submission)"]
            submissions = []
            lmtp = ["127.0.0.1:\(self.ports.lmtp)"]
            imap = ["127.0.0.1:\(self.ports.imap)"]
            imaps = []
            pop3 = ["127.0.0.1:\(self.ports.pop3)"]
            pop3s = []
            managesieve = ["127.0.0.1:\(self.ports.managesieve)"]
            [passwords]
            argon2_memory = "1MiB"
            argon2_iterations = 1
            [store]
            shards = 2
            [log]
            level = "info"
            \(settings)
            """
        try configuration.write(toFile: self.configurationPath, atomically: true, encoding: .utf8)
        try self.martlet("domain", "add", "scenario.test")
        for (number, account) in accounts.enumerated() {
            let flags = number == 0 ? ["--admin"] : []
            try self.martlet(["account", "add", "\(account)@scenario.test"] + flags, input: Self.password + "\n")
        }
    }

    /// Adds lines to the configuration file.
    func configure(_ settings: String) throws {
        let text = try String(contentsOfFile: self.configurationPath, encoding: .utf8) + "\n" + settings + "\n"
        try text.write(toFile: self.configurationPath, atomically: true, encoding: .utf8)
    }

    var configurationPath: String { "\(self.home)/martlet.toml" }

    /// Starts it and waits until it answers everywhere.
    func start(foreground: Bool = false) throws {
        if !FileManager.default.fileExists(atPath: self.logPath) {
            try Data().write(to: URL(filePath: self.logPath))
        }
        let log = try #require(FileHandle(forWritingAtPath: self.logPath))
        // It closes when it is released, which must not be before the program has it.
        defer { log.closeFile() }
        log.seekToEndOfFile()
        let mode = foreground ? ["--foreground-worker"] : []
        self.process = try ChildProcess(
            self.launcher + ["/usr/bin/env"] + self.environment
                + [self.installed, "serve", "--config", self.configurationPath] + mode,
            output: .handle(log),
            errors: .handle(log)
        )
        for (port, greeting) in [
            (self.ports.smtp, "220 "), (self.ports.lmtp, "220 "), (self.ports.imap, "* OK"), (self.ports.pop3, "+OK"),
            (self.ports.managesieve, "\"IMPLEMENTATION\" "),
        ] {
            try self.waitForGreeting(port, greeting)
        }
    }

    private func waitForGreeting(_ port: Int, _ greeting: String) throws {
        for _ in 0..<600 {
            if let client = try? LineClient(port: port), let line = try? client.readLine(), line.hasPrefix(greeting) {
                return
            }
            usleep(50_000)
        }
        throw ScenarioFailure("nothing answers at port \(port); the log says: \(self.logTail)")
    }

    /// The last lines the program wrote.
    var logTail: String {
        String(((try? String(contentsOfFile: self.logPath, encoding: .utf8)) ?? "").suffix(2_000))
    }

    var identifier: pid_t { self.process?.identifier ?? 0 }

    /// The worker under the supervisor.
    var workerIdentifier: pid_t? {
        let tasks = "/proc/\(self.identifier)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        let children = threads.map { (try? String(contentsOfFile: "\(tasks)/\($0)/children", encoding: .utf8)) ?? "" }
        return children.flatMap { $0.split(separator: " ") }.first.flatMap { pid_t($0) }
    }

    /// Ends everything at once, as a power cut of the process would.
    func killAll() {
        let worker = self.workerIdentifier
        kill(self.identifier, SIGKILL)
        if let worker { kill(worker, SIGKILL) }
        self.process?.wait()
        self.process = nil
        if let worker { waitUntilGone(worker) }
    }

    /// - Returns: the exit status.
    @discardableResult
    func stop() -> Int32 {
        guard let process = self.process else { return 0 }
        kill(process.identifier, SIGTERM)
        defer { self.process = nil }
        return process.wait()
    }

    /// - Returns: the exit status; `nil` when it still runs.
    func endedByItself() -> Int32? {
        guard let process = self.process, !process.isRunning else { return nil }
        self.process = nil
        return process.wait()
    }

    /// Runs a command and expects it to succeed.
    @discardableResult
    func martlet(_ arguments: String...) throws -> String {
        try self.martlet(arguments)
    }

    @discardableResult
    func martlet(_ arguments: [String], input: String = "") throws -> String {
        let (status, output) = try self.run(arguments, input: input)
        guard status == 0 else {
            throw ScenarioFailure("martlet \(arguments.joined(separator: " ")) ended with \(status): \(output)")
        }
        return output
    }

    func run(
        _ arguments: [String],
        input: String = "",
        executable: String? = nil
    ) throws -> (status: Int32, output: String) {
        let (inputPipe, outputPipe) = (Pipe(), Pipe())
        for end in [inputPipe.fileHandleForWriting, outputPipe.fileHandleForReading] {
            _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
        let process = try ChildProcess(
            [executable ?? self.installed] + arguments + ["--config", self.configurationPath],
            input: .handle(inputPipe.fileHandleForReading),
            output: .handle(outputPipe.fileHandleForWriting),
            errors: .handle(outputPipe.fileHandleForWriting)
        )
        outputPipe.fileHandleForWriting.closeFile()
        inputPipe.fileHandleForReading.closeFile()
        inputPipe.fileHandleForWriting.write(Data(input.utf8))
        inputPipe.fileHandleForWriting.closeFile()
        let output = outputPipe.fileHandleForReading.readDataToEndOfFile()
        return (process.wait(), String(decoding: output, as: UTF8.self))
    }

    /// The store is consistent and every recipient accounted for.
    func expectSound(sourceLocation: SourceLocation = #_sourceLocation) throws {
        for command in [["store", "check"], ["ledger"]] {
            let (status, output) = try self.run(command)
            #expect(status == 0, "\(command): \(output)", sourceLocation: sourceLocation)
        }
    }

    deinit {
        if let process = self.process, process.isRunning { self.killAll() }
    }
}

/// What went wrong outside the expectations of a test.
struct ScenarioFailure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Calls `body` with a program in a temporary folder that is removed afterwards.
func withProgram(accounts: [String] = ["alice", "bob"], settings: String = "", _ body: (Program) throws -> Void) throws
{
    let home = FileManager.default.temporaryDirectory.appending(path: "martlet-scenario-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: home) }
    let program = try Program(home: home, accounts: accounts, settings: settings)
    defer { program.stop() }
    try body(program)
}

private func waitUntilGone(_ identifier: pid_t) {
    for _ in 0..<1_000 where kill(identifier, 0) == 0 { usleep(5_000) }
}
