import Foundation
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
}
