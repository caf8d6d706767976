import Foundation
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

    @Test("a stop asked for while an upgrade waits for sessions ends the whole program", .timeLimit(.minutes(5)))
    func duringUpgrade() throws {
        try withProgram { program in
            let text = try String(contentsOfFile: program.configurationPath, encoding: .utf8)
            try text.replacing("stop_timeout = \"5s\"", with: "stop_timeout = \"5s\"\nupgrade_timeout = \"60s\"")
                .write(toFile: program.configurationPath, atomically: true, encoding: .utf8)
            try program.start()
            let begun = try SendingClient(port: program.ports.smtp)
            for command in ["MAIL FROM:<s@far.example>", "RCPT TO:<alice@scenario.test>", "DATA"] {
                #expect(try begun.command(command).hasPrefix(command == "DATA" ? "354" : "250"))
            }
            kill(program.identifier, SIGUSR2)
            try program.waitForLog("stopping for an upgrade")
            let (status, output) = try program.run(["upgrade"])
            #expect(status != 0 && output.contains("under way already"), "\(output)")
            let stop = try ChildProcess(
                [program.installed, "stop", "--config", program.configurationPath],
                output: .nothing,
                errors: .nothing
            )
            try program.waitForLog("a stop is asked for")

            #expect(try begun.command(numberedMessage(1) + ".").hasPrefix("250"))
            #expect(stop.wait() == 0)
            #expect(program.endedByItself() == 0, "\(program.logTail)")
            try program.expectSound()
        }
    }

    @Test("a command that is being carried out when a stop comes is answered first", .timeLimit(.minutes(5)))
    func duringCommand() throws {
        try withProgram { program in
            try program.start()
            let (own, text) = (
                program.home + "/own.toml", try String(contentsOfFile: program.configurationPath, encoding: .utf8)
            )
            try text.write(toFile: own, atomically: true, encoding: .utf8)
            // The program is held up while it reads its configuration, the commands have a file of their own.
            let slow = program.home + "/slow.toml"
            #expect(unsafe mkfifo(slow, 0o600) == 0 && rename(slow, program.configurationPath) == 0)
            let reload = try ChildProcess(
                [program.installed, "reload", "--config", own],
                output: .nothing,
                errors: .nothing
            )
            let writer = try #require(FileHandle(forWritingAtPath: program.configurationPath))
            _ = fcntl(writer.fileDescriptor, F_SETFD, FD_CLOEXEC)
            // A program that has ended already reads no more.
            signal(SIGPIPE, SIG_IGN)
            kill(program.identifier, SIGTERM)
            let socket = program.home + "/data/control.sock"
            for _ in 0..<600 where FileManager.default.fileExists(atPath: socket) { usleep(10_000) }
            #expect(!FileManager.default.fileExists(atPath: socket))
            writer.write(Data(text.utf8))
            writer.closeFile()
            #expect(reload.wait() == 0)
            #expect(program.stop() == 0)
        }
    }
}
