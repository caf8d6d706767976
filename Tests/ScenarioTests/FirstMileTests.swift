import Foundation
import Testing

@Suite("the first mile", .serialized)
struct FirstMileTests {
    @Test("mail comes in by SMTP and LMTP, is read by IMAP and POP3, and its life is told", .timeLimit(.minutes(10)))
    func wholeWay() throws {
        try withProgram { program in
            try program.start()
            let smtp = try SendingClient(port: program.ports.smtp)
            #expect(try smtp.send(to: ["alice@scenario.test"], numberedMessage(1))[0].hasPrefix("250"))
            let lmtp = try SendingClient(port: program.ports.lmtp, isLMTP: true)
            let recipients = ["alice@scenario.test", "bob@scenario.test"]
            let replies = try lmtp.send(to: recipients, numberedMessage(2), isLMTP: true)
            #expect(replies.count == 2 && replies.allSatisfy { $0.hasPrefix("250") })

            let imap = try ReadingClient(port: program.ports.imap, user: "alice")
            #expect(try imap.numbers(in: "INBOX") == [1: 1, 2: 1])

            let pop = try LineClient(port: program.ports.pop3)
            _ = try pop.readLine()
            try pop.send("USER bob@scenario.test\r\nPASS \(Program.password)\r\nSTAT\r\nQUIT\r\n")
            _ = try pop.readLine()
            #expect(try pop.readLine().hasPrefix("+OK"))
            #expect(try pop.readLine().hasPrefix("+OK 1 "))

            let life = try program.martlet("trace", "1@far.example")
            #expect(life.contains("stored") && life.contains("connected"), "\(life)")
            try program.expectSound()
        }
    }

    @Test("the commands do what they say, with and without a running program", .timeLimit(.minutes(10)))
    func administration() throws {
        try withProgram { program in
            try program.martlet("alias", "add", "office@scenario.test", "alice@scenario.test", "bob@scenario.test")
            try program.start()
            try program.martlet("account", "quota", "bob@scenario.test", "1M")
            #expect(try program.martlet("account", "show", "bob@scenario.test").contains("1.0 MiB"))
            let smtp = try SendingClient(port: program.ports.smtp)
            #expect(try smtp.send(to: ["office@scenario.test"], numberedMessage(7))[0].hasPrefix("250"))
            for user in ["alice", "bob"] {
                let imap = try ReadingClient(port: program.ports.imap, user: user)
                #expect(try imap.numbers(in: "INBOX") == [7: 1])
            }
            #expect(try program.martlet("mailbox", "list", "alice@scenario.test").contains("\\Sent"))
            #expect(try program.martlet("status", "--json").contains("\"listeners\""))
            #expect(try smtp.command("RCPT TO:<x@scenario.test>").hasPrefix("503"))
            #expect(try program.run(["domain", "remove", "scenario.test"]).status != 0)
            #expect(try program.run(["account", "add", "no-address"], input: "x\n").status != 0)
            #expect(try program.martlet("reload").contains("no connection was dropped"))
            #expect(try smtp.command("NOOP").hasPrefix("250"))
            let refusal = try program.run(["account", "remove", "bob@scenario.test", "--yes"])
            #expect(refusal.status != 0 && refusal.output.contains("alias remove"))
            try program.martlet("alias", "remove", "office@scenario.test")
            try program.martlet("account", "remove", "bob@scenario.test", "--yes")
            #expect(try program.run(["account", "show", "bob@scenario.test"]).status != 0)
            try program.expectSound()
        }
    }

    @Test("a wrong configuration is refused with its key and a suggestion, and a reload keeps the old one")
    func wrongConfiguration() throws {
        try withProgram { program in
            try program.start()
            let right = try String(contentsOfFile: program.configurationPath, encoding: .utf8)
            let wrong = right + "\n[smtp]\nrecipient_max = 5\n"
            let path = program.home + "/wrong.toml"
            try wrong.write(toFile: path, atomically: true, encoding: .utf8)
            let (status, output) = try program.run(["config", "check", path])
            #expect(status == 1)
            #expect(output.contains("recipient_max") && output.contains("recipients_max"), "\(output)")
        }
    }

    @Test("scripts and lists of the site are checked with the configuration that names them")
    func wrongSiteFiles() throws {
        try withProgram { program in
            let script = program.home + "/site.sieve"
            try "keep;\nkep;\n".write(toFile: script, atomically: true, encoding: .utf8)
            let (right, path) = (
                try String(contentsOfFile: program.configurationPath, encoding: .utf8), program.home + "/wrong.toml"
            )
            let wrong = """
                \(right)
                [sieve]
                before = ["\(script)", "/nowhere.sieve"]
                library = "/nowhere"
                [sieve_lists]
                "tag:example.org,2026:friends" = "/nowhere.list"

                """
            try wrong.write(toFile: path, atomically: true, encoding: .utf8)
            let (status, output) = try program.run(["config", "check", path])
            #expect(status == 1)
            for problem in ["\(script):2:1: unknown command", "/nowhere.sieve: ", "/nowhere: ", "/nowhere.list: "] {
                #expect(output.contains(problem), "\(output)")
            }
        }
    }
}
