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

    @Test("a worker that the system has no memory to start is started when there is some again")
    func noMemory() throws {
        try withProgram { program in
            try program.start()
            let worker = try #require(program.workerIdentifier)
            try program.limit("--as=1:")
            kill(worker, SIGKILL)
            for _ in 0..<600 where !program.logTail.contains("cannot start the worker") { usleep(20_000) }
            #expect(program.logTail.contains("cannot start the worker: Cannot allocate memory"))
            try #require(program.endedByItself() == nil)
            try program.limit("--as=unlimited:")
            try program.waitForWorker(otherThan: worker)
            #expect(try LineClient(port: program.ports.imap).readLine().hasPrefix("* OK"))
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
    /// Sets a limit of the supervisor.
    fileprivate func limit(_ limit: String) throws {
        let command = ["/usr/bin/prlimit", "--pid", "\(self.identifier)", limit]
        #expect(try ChildProcess(command, output: .nothing, errors: .nothing).wait() == 0)
    }
}
