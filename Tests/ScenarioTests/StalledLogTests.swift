import Foundation
import MailTesting
import Testing

@Suite("a log that nobody reads", .serialized)
struct StalledLogTests {
    @Test(
        "mail flows, a dead worker is replaced, and the log tells later how much is missing",
        .timeLimit(.minutes(10))
    )
    func stalled() throws {
        try withProgram(settings: "[log_levels]\nsmtp = \"trace\"\n") { program in
            let pipe = "\(program.home)/pipe"
            #expect(unsafe mkfifo(pipe, 0o600) == 0)
            let reader = unsafe open(pipe, O_RDONLY | O_NONBLOCK)
            defer { close(reader) }
            program.launcher = ["/bin/sh", "-c", "exec \"$@\" >\(pipe) 2>&1", "sh"]
            try program.start()
            let worker = try #require(program.workerIdentifier)
            for number in 1...2 {
                let client = try SendingClient(port: program.ports.smtp)
                for _ in 0..<150 {
                    #expect(
                        try client.send(to: ["alice@scenario.test"], numberedMessage(number))[0].hasPrefix("250")
                    )
                }
            }
            kill(worker, SIGKILL)
            try program.waitForWorker(otherThan: worker)
            #expect(
                try SendingClient(port: program.ports.smtp).send(to: ["alice@scenario.test"], numberedMessage(3))[0]
                    .hasPrefix("250")
            )

            var log = ""
            for _ in 0..<100 where !log.contains("lines of the log were lost") {
                log += Self.read(reader)
                _ = try SendingClient(port: program.ports.smtp)
                usleep(50_000)
            }
            #expect(log.contains("warning smtp: lines of the log were lost"))
            #expect(program.stop() == 0)
            try program.expectSound()
        }
    }

    /// What is there now.
    private static func read(_ descriptor: Int32) -> String {
        var text = ""
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Foundation.read(descriptor, &bytes, bytes.count)
            guard count > 0 else { return text }
            text += String(decoding: bytes[..<count], as: UTF8.self)
        }
    }
}
