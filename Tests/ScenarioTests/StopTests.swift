import MailTesting
import Testing

@Suite("stop", .serialized)
struct StopTests {
    @Test(
        "martlet stop ends supervisor and worker, finishes what was begun, and returns when both are gone",
        arguments: [false, true]
    )
    func command(foreground: Bool) throws {
        try withProgram { program in
            try program.start(foreground: foreground)
            let smtp = try SendingClient(port: program.ports.smtp)
            #expect(try smtp.send(to: ["alice@scenario.test"], numberedMessage(1))[0].hasPrefix("250"))
            let idle = try LineClient(port: program.ports.imap)
            _ = try idle.readLine()

            #expect(try program.martlet("stop") == "Martlet has stopped.\n")
            #expect(program.endedByItself() == 0, "\(program.logTail)")
            #expect(try idle.readLine().hasPrefix("* BYE"))
            let (status, output) = try program.run(["stop"])
            #expect(status != 0 && output.contains("not running"), "\(output)")

            // Nothing holds ports or data any more.
            try program.start(foreground: foreground)
            let imap = try ReadingClient(port: program.ports.imap, user: "alice")
            #expect(try imap.numbers(in: "INBOX") == [1: 1])
            try program.expectSound()
        }
    }
}
