import Foundation
import MailTesting
import Testing

@Suite("death of a worker", .serialized)
struct WorkerDeathTests {
    @Test("the next worker tells of it in the log, wherever that is, and status counts it")
    func told() throws {
        try withProgram { program in
            let log = "\(program.home)/martlet.log"
            let text = try String(contentsOfFile: program.configurationPath, encoding: .utf8)
            try text.replacing("[log]\n", with: "[log]\ntarget = \"\(log)\"\n")
                .write(toFile: program.configurationPath, atomically: true, encoding: .utf8)
            try program.start()
            #expect(try !program.martlet("status").contains("restarts"))
            let worker = try #require(program.workerIdentifier)
            kill(worker, SIGKILL)
            try program.waitForWorker(otherThan: worker)
            _ = try LineClient(port: program.ports.imap).readLine()
            #expect(try program.martlet("status").contains("worker restarts: 1"))
            try program.martlet("reload")
            let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
            #expect(lines.contains { $0.contains(" error ") && $0.contains("signal 9") }, "\(lines)")
            #expect(lines.contains { $0.contains(" notice ") && $0.contains("reload") }, "\(lines)")
        }
    }

    @Test("is noticed by a supervisor whose parent ignores its children and whose log nobody reads any more")
    func badParent() throws {
        try withProgram { program in
            program.launcher = ["/bin/bash", "-c", "trap '' CHLD; exec \"$@\" > >(exec true) 2>&1", "bash"]
            try program.start()
            for _ in 0..<2 {
                let worker = try #require(program.workerIdentifier)
                kill(worker, SIGKILL)
                try program.waitForWorker(otherThan: worker)
                #expect(try LineClient(port: program.ports.imap).readLine().hasPrefix("* OK"))
            }
            #expect(program.endedByItself() == nil)
        }
    }

    @Test("a worker that the system has no memory to start is started when there is some again")
    func noMemory() throws {
        try withProgram { program in
            try program.start()
            let worker = try program.loseWorker()
            #expect(program.logTail.contains("cannot start the worker: Cannot allocate memory"))
            try #require(program.endedByItself() == nil)
            try program.limit("--as=unlimited:")
            try program.waitForWorker(otherThan: worker)
            #expect(try LineClient(port: program.ports.imap).readLine().hasPrefix("* OK"))
        }
    }

    @Test("while no worker can be started commands say so, and martlet stop ends the program")
    func noWorker() throws {
        try withProgram { program in
            try program.start()
            _ = try program.loseWorker()
            let (status, output) = try program.run(["status"])
            #expect(status != 0 && output.contains("no worker of process \(program.identifier) comes up"), "\(output)")
            // What can be done without it is done.
            #expect(try program.martlet("account", "list").contains("alice@scenario.test"))
            try program.martlet("stop")
            #expect(program.endedByItself() == 0)
        }
    }

    @Test(
        "where processes have other numbers, as in a container, stop tells nobody of a server without a worker",
        .enabled(if: Self.canNumberAnew, "needs a process namespace")
    )
    func otherNumbers() throws {
        try withProgram { program in
            try program.start()
            _ = try program.loseWorker()
            let command = Self.numberedAnew + [program.installed, "stop"]
            let (status, output) = try program.run(Array(command.dropFirst()), executable: command[0])
            #expect(status != 0 && output.contains("Martlet is not running"), "\(output)")
            #expect(program.endedByItself() == nil)
        }
    }

    private static let numberedAnew = ["/usr/bin/unshare", "--pid", "--fork"]

    private static var canNumberAnew: Bool {
        let process = try? ChildProcess(Self.numberedAnew + ["/bin/true"], output: .nothing, errors: .nothing)
        return process?.wait() == 0
    }

    @Test("a command that comes between two workers is carried out by the next")
    func betweenWorkers() throws {
        try withProgram { program in
            try program.start()
            for restarts in 1...5 {
                let worker = try #require(program.workerIdentifier)
                kill(worker, SIGKILL)
                while kill(worker, 0) == 0 { usleep(1_000) }
                #expect(try program.martlet("status").contains("worker restarts: \(restarts)"))
            }
        }
    }

    @Test("a worker that starts while the configuration is broken serves as the one before did, and says so")
    func brokenConfiguration() throws {
        try withProgram { program in
            try program.start()
            let started = try String(contentsOfFile: program.configurationPath, encoding: .utf8)
            try program.configure("[managesieve]\nscripts_max = 7")
            try program.martlet("reload")
            let reloaded = try String(contentsOfFile: program.configurationPath, encoding: .utf8)
            #expect(try program.served == reloaded && reloaded != started)

            let worker = try #require(program.workerIdentifier)
            try program.configure("[smtp]\nreceived_max = ")
            kill(worker, SIGKILL)
            try program.waitForWorker(otherThan: worker)
            #expect(try LineClient(port: program.ports.imap).readLine().hasPrefix("* OK"))
            let client = try SendingClient(port: program.ports.smtp)
            #expect(try client.send(to: ["alice@scenario.test"], numberedMessage(1))[0].hasPrefix("250"))
            #expect(program.logTail.contains("the configuration is broken; serving as before it was changed"))
            #expect(try program.served == reloaded)

            // The next one, too, whose predecessor had started so.
            let second = try #require(program.workerIdentifier)
            kill(second, SIGKILL)
            try program.waitForWorker(otherThan: second)
            #expect(try LineClient(port: program.ports.imap).readLine().hasPrefix("* OK"))

            // Commands read the file as well, so it is mended first.
            try started.write(toFile: program.configurationPath, atomically: true, encoding: .utf8)
            #expect(try program.martlet("status").contains("was broken when the worker started"))
            try program.martlet("reload")
            #expect(try !program.martlet("status").contains("was broken"))
            #expect(try program.served == started)
        }
    }

    @Test("what the next start is to find elsewhere is not looked for there by a worker that goes on as before")
    func movedData() throws {
        try withProgram { program in
            try program.start()
            let started = try String(contentsOfFile: program.configurationPath, encoding: .utf8)
            let moved = started.replacing("\(program.home)/data", with: "\(program.home)/other")
            try moved.write(toFile: program.configurationPath, atomically: true, encoding: .utf8)
            kill(program.identifier, SIGHUP)
            for _ in 0..<500 where (try? program.served) != moved { usleep(20_000) }
            #expect(try program.served == moved && moved != started)

            let worker = try #require(program.workerIdentifier)
            try program.configure("[smtp]\nreceived_max = ")
            kill(worker, SIGKILL)
            try program.waitForWorker(otherThan: worker)
            _ = try ReadingClient(port: program.ports.imap, user: "alice")
            #expect(!FileManager.default.fileExists(atPath: "\(program.home)/other"))
        }
    }

    @Test("who starts the program with a broken configuration hears what is wrong with it")
    func brokenStart() throws {
        try withProgram { program in
            try program.start()
            #expect(program.stop() == 0)
            try program.configure("[smtp]\nreceived_max = ")
            let (status, output) = try program.run(["serve"])
            #expect(status != 0 && output.contains("line "), "\(output)")
        }
    }

    @Test("the program has as many descriptors as it may have")
    func descriptors() throws {
        try withProgram { program in
            program.launcher = ["/usr/bin/prlimit", "--nofile=512:777"]
            try program.start()
            let worker = try #require(program.workerIdentifier)
            let limits = try String(contentsOfFile: "/proc/\(worker)/limits", encoding: .utf8)
            let open = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }
            #expect(open?.split(separator: " ").filter { $0 == "777" }.count == 2, "\(open ?? "")")
        }
    }
}

extension Program {
    /// What is kept for a worker that cannot read the configuration.
    fileprivate var served: String {
        get throws { try String(contentsOfFile: "\(self.home)/data/served.toml", encoding: .utf8) }
    }

    /// Ends the worker, and leaves the supervisor no memory to start another.
    ///
    /// - Returns: the process that was it.
    fileprivate func loseWorker() throws -> pid_t {
        let worker = try #require(self.workerIdentifier)
        try self.limit("--as=1:")
        kill(worker, SIGKILL)
        for _ in 0..<600 where !self.logTail.contains("cannot start the worker") { usleep(20_000) }
        return worker
    }

    /// Sets a limit of the supervisor.
    fileprivate func limit(_ limit: String) throws {
        let command = ["/usr/bin/prlimit", "--pid", "\(self.identifier)", limit]
        #expect(try ChildProcess(command, output: .nothing, errors: .nothing).wait() == 0)
    }
}
