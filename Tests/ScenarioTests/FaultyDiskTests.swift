import Foundation
import Testing

@Suite("a disk that fails for a while", .serialized)
struct FaultyDiskTests {
    @Test(
        "nothing acknowledged is lost, the log names the database, and all goes on by itself when the disk is mended",
        .timeLimit(.minutes(10)),
        arguments: ["/queue/", "/mail/", "/directory/"]
    )
    func recovers(part: String) throws {
        try withProgram(settings: "[route]\n\"out.test\" = \"smtp:127.0.0.1:1\"") { program in
            guard let disk = try FaultyDisk(in: program.home) else { return }
            program.environment = disk.environment
            try program.start()
            let first = try SendingClient(port: program.ports.smtp)
            #expect(try first.send(to: ["alice@scenario.test"], numberedMessage(1))[0].hasPrefix("250"))
            let worker = try #require(program.workerIdentifier)

            try disk.fail(syncsOf: part)
            let isAccepted = Self.isAccepted(numberedMessage(2), for: "alice@scenario.test", by: program)
            if part == "/queue/" {
                #expect(!Self.isAccepted(numberedMessage(4), for: "bob@out.test", by: program))
            } else if part == "/directory/" {
                let (status, _) = try program.run(["domain", "add", "second.test"])
                #expect(status != 0)
            }
            try program.waitForWorker(otherThan: worker)
            try disk.mend()

            // The worker that is there may have met the failing disk too, and be about to end.
            for _ in 0..<100 {
                if Self.isAccepted(numberedMessage(3), for: "alice@scenario.test", by: program) { break }
                usleep(100_000)
            }
            try program.martlet("domain", "add", "third.test")
            var numbers: [Int: Int] = [:]
            for _ in 0..<100 where numbers[2] == nil || numbers[3] == nil {
                numbers = try ReadingClient(port: program.ports.imap, user: "alice").numbers(in: "INBOX")
                if !isAccepted { break }
                usleep(100_000)
            }
            #expect(numbers[1] == 1 && numbers[3] != nil, "\(numbers)")
            #expect(!isAccepted || numbers[2] != nil, "\(numbers)")
            #expect(program.stop() == 0)
            let log = try String(contentsOfFile: "\(program.home)/log", encoding: .utf8)
            let critical = log.split(separator: "\n").filter { $0.contains(" critical ") }
            #expect(critical.contains { $0.contains("the disk failed") }, "\(log)")
            try program.expectSound()
        }
    }

    /// Whether a client hears that its message is taken; a service that ends meanwhile has not taken it.
    private static func isAccepted(_ message: String, for recipient: String, by program: Program) -> Bool {
        do {
            let reply = try SendingClient(port: program.ports.smtp).send(to: [recipient], message)[0]
            return reply.hasPrefix("250")
        } catch {
            return false
        }
    }
}
