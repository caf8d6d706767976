import Foundation
import MailTesting
import Testing

@Suite("a script run on stored mail by the program", .serialized)
struct SieveRunTests {
    private static func send(_ numbers: ClosedRange<Int>, _ program: Program) throws {
        let smtp = try SendingClient(port: program.ports.smtp)
        for number in numbers {
            #expect(try smtp.send(to: ["alice@scenario.test"], numberedMessage(number))[0].hasPrefix("250"))
        }
    }

    @Test("the same command works while the program runs and while it does not")
    func onlineAndOffline() throws {
        try withProgram { program in
            let script = "\(program.home)/sort.sieve"
            let text = "require [\"fileinto\", \"mailbox\"]; fileinto :create \"Sorted\";"
            try text.write(toFile: script, atomically: true, encoding: .utf8)
            let command = ["sieve", "run", "alice@scenario.test", "INBOX", "--script", script]
            try program.start()
            try Self.send(1...3, program)
            let planned = try program.martlet(command + ["--dry-run"])
            #expect(
                planned.contains("move to \"Sorted\"") && planned.contains("3 messages: 3 would change"),
                "\(planned)"
            )
            let imap = try ReadingClient(port: program.ports.imap, user: "alice")
            #expect(try imap.numbers(in: "INBOX").count == 3)
            let done = try program.martlet(command)
            #expect(done.contains("3 messages: 3 changed, 0 as they were"), "\(done)")
            #expect(try imap.numbers(in: "Sorted") == [1: 1, 2: 1, 3: 1])
            try Self.send(4...4, program)
            program.stop()
            let offline = try program.martlet(command + ["--json"])
            #expect(offline.contains("\"state\":\"done\"") && offline.contains("\"messages\":1"), "\(offline)")
            try program.start()
            let reader = try ReadingClient(port: program.ports.imap, user: "alice")
            #expect(try reader.numbers(in: "Sorted").count == 4)
            #expect(try reader.numbers(in: "INBOX").isEmpty)
            try program.expectSound()
        }
    }

    @Test(
        "killed at whatever instant, each message is moved or not, and another run does the rest",
        .timeLimit(.minutes(20))
    )
    func killed() throws {
        try withProgram { program in
            let script = "\(program.home)/sort.sieve"
            let text = """
                require ["fileinto", "mailbox", "copy"]; fileinto :create "Sorted"; fileinto :copy "Archive";
                """
            try text.write(toFile: script, atomically: true, encoding: .utf8)
            let command = ["sieve", "run", "alice@scenario.test", "INBOX", "--script", script]
            try program.start(foreground: true)
            try Self.send(1...700, program)
            for _ in 0..<3 {
                let run = try ChildProcess(
                    [Program.executable] + command + ["--config", program.configurationPath],
                    output: .nothing,
                    errors: .nothing
                )
                usleep(UInt32.random(in: 20_000...400_000))
                // Left alone, it would go on by itself on the stored data.
                kill(run.identifier, SIGKILL)
                program.killAll()
                run.wait()
                try program.start(foreground: true)
                let imap = try ReadingClient(port: program.ports.imap, user: "alice")
                let inbox = try imap.numbers(in: "INBOX")
                // It is not there before the first page is done.
                let sorted = (try? imap.numbers(in: "Sorted")) ?? [:]
                #expect(Set(inbox.keys).isDisjoint(with: sorted.keys))
                #expect(inbox.count + sorted.count == 700)
                #expect(try Set(imap.numbers(in: "Archive").keys) == Set(sorted.keys))
            }
            try program.martlet(command)
            let imap = try ReadingClient(port: program.ports.imap, user: "alice")
            #expect(try imap.numbers(in: "Sorted") == Dictionary(uniqueKeysWithValues: (1...700).map { ($0, 1) }))
            #expect(try imap.numbers(in: "Archive").count == 700)
            program.killAll()
            try program.expectSound()
        }
    }
}
