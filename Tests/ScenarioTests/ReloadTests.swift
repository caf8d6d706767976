import Foundation
import MailTesting
import Testing

@Suite("reload", .serialized)
struct ReloadTests {
    private static func tls(_ home: String) -> String {
        """
        [tls]
        certificate = "\(home)/site.pem"
        key = "\(home)/site.key"
        """
    }

    @Test(
        "a new certificate is shown from the next connection on, and those that stand go on",
        .timeLimit(.minutes(10))
    )
    func certificate() throws {
        try withProgram { program in
            try program.makeCertificate("first.test")
            try program.configure(Self.tls(program.home))
            try program.start()
            #expect(try program.certificateSubject().contains("first.test"))
            let imap = try ReadingClient(port: program.ports.imap, user: "alice")
            try imap.run("SELECT INBOX")

            try program.makeCertificate("second.test")
            #expect(try program.martlet("reload").contains("no connection was dropped"))
            #expect(try program.certificateSubject().contains("second.test"))
            try imap.run("NOOP")
            let smtp = try SendingClient(port: program.ports.smtp)
            #expect(try smtp.send(to: ["alice@scenario.test"], numberedMessage(1))[0].hasPrefix("250"))
            #expect(try imap.numbers(in: "INBOX") == [1: 1])
        }
    }

    @Test("SIGHUP reloads, SIGTERM ends both processes and leaves with success")
    func signals() throws {
        try withProgram { program in
            try program.start()
            let worker = try #require(program.workerIdentifier)
            try program.configure("[smtp]\nrecipients_max = 100")
            kill(program.identifier, SIGHUP)
            try program.waitForLog("The configuration and the certificates were read again")
            #expect(program.workerIdentifier == worker)
            let smtp = try SendingClient(port: program.ports.smtp)
            #expect(try smtp.command("MAIL FROM:<a@far.example>").hasPrefix("250"))
            #expect(program.stop() == 0)
            #expect(kill(worker, 0) != 0, "the worker was to be waited for")
        }
    }

    @Test("of two reloads at once the later holds, as the file is when both are done", .timeLimit(.minutes(5)))
    func atOnce() throws {
        try withProgram { program in
            try program.start()
            let old = try String(contentsOfFile: program.configurationPath, encoding: .utf8)
            let later = program.home + "/later.toml"
            try (old + "\n[smtp]\nmessage_size_max = \"2MiB\"\n").write(
                toFile: later,
                atomically: true,
                encoding: .utf8
            )

            // The first is held up while it reads.
            let slow = program.home + "/slow.toml"
            #expect(unsafe mkfifo(slow, 0o600) == 0 && rename(slow, program.configurationPath) == 0)
            kill(program.identifier, SIGHUP)
            let writer = try #require(FileHandle(forWritingAtPath: program.configurationPath))
            _ = fcntl(writer.fileDescriptor, F_SETFD, FD_CLOEXEC)
            #expect(unsafe rename(later, program.configurationPath) == 0)
            let second = try ChildProcess(
                [program.installed, "reload", "--config", program.configurationPath],
                output: .nothing,
                errors: .nothing
            )
            for _ in 0..<50 where second.isRunning { usleep(20_000) }
            writer.write(Data(old.utf8))
            writer.closeFile()
            #expect(second.wait() == 0)
            let done = "The configuration and the certificates were read again"
            for _ in 0..<600 where program.logTail.split(separator: "\n").count(where: { $0.contains(done) }) < 2 {
                usleep(20_000)
            }
            let client = try LineClient(port: program.ports.smtp)
            _ = try client.readLine()
            try client.send("EHLO scenario\r\n")
            var lines: [String] = []
            repeat { lines.append(try client.readLine()) } while lines.last?.hasPrefix("250-") == true
            #expect(lines.contains { $0.hasSuffix("SIZE 2097152") }, "\(lines)")
        }
    }

    @Test("without the site's certificate a reload goes on with one that the server makes, as a start does")
    func withoutCertificate() throws {
        try withProgram { program in
            let before = try String(contentsOfFile: program.configurationPath, encoding: .utf8)
            try program.makeCertificate("site.test")
            try program.configure(Self.tls(program.home))
            try program.start()
            #expect(try program.certificateSubject().contains("site.test"))
            try before.write(toFile: program.configurationPath, atomically: true, encoding: .utf8)
            try program.martlet("reload")
            #expect(try program.certificateSubject().contains("localhost"))
        }
    }

    @Test("senders are checked from the reload on that first asks for it")
    func senderChecks() throws {
        try withProgram { program in
            // Nobody answers there, at once: what was found stands in the header all the same.
            try program.configure("[resolver]\nforwarders = [\"127.0.0.1:1\"]\nquestion_timeout = \"1s\"")
            try program.configure("[smtp]\ntrusted_networks = []\n[sender_policy]\nusual = \"none\"")
            try program.start()
            let smtp = try SendingClient(port: program.ports.smtp)
            #expect(try smtp.send(to: ["alice@scenario.test"], numberedMessage(1))[0].hasPrefix("250"))
            let text = try String(contentsOfFile: program.configurationPath, encoding: .utf8)
            try text.replacingOccurrences(of: "usual = \"none\"", with: "usual = \"tag\"")
                .write(toFile: program.configurationPath, atomically: true, encoding: .utf8)
            let answer = try program.martlet("reload")
            #expect(answer.contains("no connection was dropped") && !answer.contains("restart"))
            #expect(try smtp.send(to: ["alice@scenario.test"], numberedMessage(2))[0].hasPrefix("250"))
            let imap = try ReadingClient(port: program.ports.imap, user: "alice")
            try imap.run("SELECT INBOX")
            let found = try imap.run("SEARCH HEADER Authentication-Results \"dmarc\"")
            #expect(found.contains { $0 == "* SEARCH 2" }, "\(found)")
        }
    }

    @Test("a broken certificate or a wrong key is refused as a whole, and everything goes on as before")
    func refusal() throws {
        try withProgram { program in
            try program.makeCertificate("first.test")
            try program.configure(Self.tls(program.home))
            try program.start()
            try "no certificate".write(toFile: program.home + "/site.pem", atomically: true, encoding: .utf8)
            let broken = try program.run(["reload"])
            #expect(broken.status != 0 && broken.output.contains("Nothing was changed"), "\(broken.output)")
            #expect(try program.certificateSubject().contains("first.test"))

            try program.makeCertificate("second.test")
            try program.configure("[smtp]\nrecipient_max = 5")
            let wrong = try program.run(["reload"])
            #expect(wrong.status != 0 && wrong.output.contains("recipients_max"), "\(wrong.output)")
            #expect(try program.certificateSubject().contains("first.test"))
            let smtp = try SendingClient(port: program.ports.smtp)
            #expect(try smtp.send(to: ["alice@scenario.test"], numberedMessage(1))[0].hasPrefix("250"))
        }
    }
}

extension Program {
    /// Runs a tool of the system and gives what it wrote.
    @discardableResult
    fileprivate func tool(_ arguments: [String]) throws -> String {
        try TestTool.run(arguments[0], package: arguments[0], Array(arguments.dropFirst()))
    }

    fileprivate func makeCertificate(_ name: String) throws {
        try self.tool([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2", "-subj", "/CN=\(name)", "-keyout", "\(self.home)/site.key", "-out", "\(self.home)/site.pem",
        ])
    }

    func waitForLog(_ text: String) throws {
        for _ in 0..<600 {
            if self.logTail.contains(text) { return }
            usleep(50_000)
        }
        throw ScenarioFailure("the log does not say '\(text)': \(self.logTail)")
    }

    /// Whose certificate a client of IMAP's STARTTLS sees.
    fileprivate func certificateSubject() throws -> String {
        try self.tool([
            "sh", "-c",
            "openssl s_client -starttls imap -connect 127.0.0.1:\(self.ports.imap) </dev/null 2>/dev/null"
                + " | openssl x509 -noout -subject",
        ])
    }
}
