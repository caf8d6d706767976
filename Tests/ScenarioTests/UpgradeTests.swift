import Foundation
import Glibc
import MailTesting
import Synchronization
import Testing

@Suite("upgrade", .serialized)
struct UpgradeTests {
    @Test(
        "clients that send all the while see no refused connection, and every 250 is in the mailbox exactly once",
        .timeLimit(.minutes(10))
    )
    func upgrade() throws {
        try withInstalledProgram { program, installed in
            try program.start()
            let (supervisor, worker) = (program.identifier, try #require(program.workerIdentifier))
            let idle = try LineClient(port: program.ports.imap)
            _ = try idle.readLine()

            let senders = SendersAtWork(port: program.ports.smtp, count: 4)
            senders.waitFor(20)
            try Self.install(over: installed)
            #expect(try Self.fileOf(supervisor) != Self.identity(installed), "the old file was to be replaced")
            let said = try program.martlet("upgrade")
            let before = senders.accepted.count
            senders.waitFor(before + 40)
            let accepted = senders.stop()

            #expect(said.contains("serves now"), "\(said)")
            #expect(try idle.readLine().hasPrefix("* BYE"))
            let newWorker = try #require(program.workerIdentifier)
            #expect(program.identifier == supervisor && newWorker != worker)
            #expect(try Self.fileOf(supervisor) == Self.identity(installed))
            #expect(try Self.fileOf(newWorker) == Self.identity(installed))
            #expect(senders.failures.isEmpty, "\(senders.failures)")
            let imap = try ReadingClient(port: program.ports.imap, user: "alice")
            let stored = try imap.numbers(in: "INBOX")
            #expect(Set(stored.keys).isSuperset(of: accepted))
            #expect(accepted.allSatisfy { stored[$0] == 1 })
            try program.expectSound()

            // Once more, from the program that came by an upgrade, and asked for by signal.
            try Self.install(over: installed)
            kill(supervisor, SIGUSR2)
            try program.waitForWorker(otherThan: newWorker)
            #expect(try Self.fileOf(supervisor) == Self.identity(installed))
            let smtp = try SendingClient(port: program.ports.smtp)
            #expect(try smtp.send(to: ["bob@scenario.test"], numberedMessage(1))[0].hasPrefix("250"))
            #expect(program.stop() == 0)
        }
    }

    @Test("a program that is broken, and one that objects to configuration or data, leave all as it is")
    func brokenProgram() throws {
        try withInstalledProgram { program, installed in
            try program.start()
            let worker = try #require(program.workerIdentifier)
            let expectRefusal = { (reason: String) throws in
                let (status, output) = try program.run(["upgrade"], executable: Program.executable)
                #expect(status != 0 && output.contains("Nothing was changed"), "\(output)")
                #expect(output.contains(reason), "\(output)")
                #expect(program.workerIdentifier == worker)
                let smtp = try SendingClient(port: program.ports.smtp)
                #expect(try smtp.send(to: ["alice@scenario.test"], numberedMessage(1))[0].hasPrefix("250"))
            }
            try Self.replace(installed) { try Data(repeating: 0x7F, count: 5_000).write(to: URL(filePath: $0)) }
            try expectRefusal("Exec format error")
            try Self.replace(installed) { path in
                try "#!/bin/sh\necho 'a library is missing' >&2; exit 127\n"
                    .write(toFile: path, atomically: false, encoding: .utf8)
            }
            try expectRefusal("a library is missing")
            try FileManager.default.removeItem(atPath: installed)
            try expectRefusal("No such file")

            try Self.copyProgram(to: installed)
            try program.configure("[smtp]\nrecipient_max = 5")
            let (status, output) = try program.run(["upgrade", "--json"], executable: Program.executable)
            #expect(status != 0 && output.contains("recipients_max"), "\(output)")
            #expect(program.workerIdentifier == worker)
        }
    }

    @Test("after an upgrade the doors are those of the new configuration, and those that stay are not shut")
    func changedDoors() throws {
        try withInstalledProgram { program, installed in
            try program.start()
            let text = try String(contentsOfFile: program.configurationPath, encoding: .utf8)
            let port = freePort()
            try text.replacing("pop3 = [\"127.0.0.1:\(program.ports.pop3)\"]", with: "pop3 = []")
                .replacing("submissions = []", with: "submissions = [\"127.0.0.1:\(port)\"]")
                .write(toFile: program.configurationPath, atomically: true, encoding: .utf8)
            try Self.install(over: installed)
            try program.martlet("upgrade")
            #expect(throws: ScenarioFailure.self) { try LineClient(port: program.ports.pop3) }
            _ = try LineClient(port: port)
            _ = try SendingClient(port: program.ports.lmtp, isLMTP: true)
        }
    }

    // MARK: - The installed file

    private func withInstalledProgram(_ body: (Program, String) throws -> Void) throws {
        try TemporaryFolder.with { folder in
            let installed = "\(folder.path)/martlet"
            try Self.copyProgram(to: installed)
            try withProgram { program in
                program.installed = installed
                try body(program, installed)
            }
        }
    }

    /// As a package manager does it: written beside its place, then renamed over what is there.
    private static func install(over path: String) throws {
        try self.copyProgram(to: path + ".new")
        #expect(unsafe rename(path + ".new", path) == 0)
    }

    private static func replace(_ path: String, _ make: (String) throws -> Void) throws {
        try make(path + ".made")
        #expect(unsafe chmod(path + ".made", 0o755) == 0)
        try self.copy(path + ".made", to: path + ".new")
        #expect(unsafe rename(path + ".new", path) == 0)
    }

    private static func copyProgram(to path: String) throws {
        try self.copy(Program.executable, to: path)
    }

    /// By a process of its own: what other tests start meanwhile must not hold the file open for writing, or it could
    /// not be run.
    private static func copy(_ source: String, to path: String) throws {
        _ = try TestTool.run("cp", package: "coreutils", ["-p", source, path])
    }

    private static func fileOf(_ process: pid_t) throws -> UInt64 {
        try self.identity("/proc/\(process)/exe")
    }

    private static func identity(_ path: String) throws -> UInt64 {
        guard let inode = FileIdentity.inode(of: path) else { throw ScenarioFailure("\(path) is not there") }
        return inode
    }
}

/// Clients that send numbered messages to alice, each over a connection of its own, until told to stop.
private final class SendersAtWork: Sendable {
    private struct State {
        var next = 1_000
        var accepted = Set<Int>()
        var failures: [String] = []
        var isStopping = false
    }

    private let state = Mutex(State())
    private let group = DispatchGroup()

    init(port: Int, count: Int) {
        for _ in 0..<count {
            let thread = Thread { [self] in
                while let number = self.take() { self.send(number, port) }
                self.group.leave()
            }
            self.group.enter()
            thread.start()
        }
    }

    var accepted: Set<Int> { self.state.withLock { $0.accepted } }

    /// Connections that could not be made. That the service says goodbye to one, at any point, is what an SMTP client
    /// lives with: its message is sent anew under another number, unless it was answered for.
    var failures: [String] { self.state.withLock { $0.failures } }

    func waitFor(_ count: Int) {
        while self.accepted.count < count, self.failures.isEmpty { usleep(10_000) }
    }

    func stop() -> Set<Int> {
        self.state.withLock { $0.isStopping = true }
        self.group.wait()
        return self.accepted
    }

    private func take() -> Int? {
        self.state.withLock { state in
            guard !state.isStopping, state.failures.isEmpty else { return nil }
            state.next += 1
            return state.next
        }
    }

    private func send(_ number: Int, _ port: Int) {
        let connection: LineClient
        do {
            connection = try LineClient(port: port)
        } catch {
            self.state.withLock { $0.failures.append("\(error)") }
            return
        }
        guard let client = try? SendingClient(connection),
            let reply = try? client.send(to: ["alice@scenario.test"], numberedMessage(number)),
            reply[0].hasPrefix("250")
        else { return }
        self.state.withLock { _ = $0.accepted.insert(number) }
    }
}

extension Program {
    func waitForWorker(otherThan old: pid_t) throws {
        for _ in 0..<1_200 {
            if let worker = self.workerIdentifier, worker != old { return }
            usleep(50_000)
        }
        throw ScenarioFailure("no new worker; the log says: \(self.logTail)")
    }
}
