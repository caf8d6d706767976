import Foundation
import MailBytes
import Testing

@Suite("what is said on connections, in the log", .serialized)
struct LineLogTests {
    private static let password = "open-sesame"
    private static let marker = "quicksilver"
    private static let plain = Base64.encode(Array("\0carol@scenario.test\0\(password)".utf8))

    @Test("a log file that cannot be opened is told of where the log goes then")
    func noFile() throws {
        try withProgram { program in
            let text = try String(contentsOfFile: program.configurationPath, encoding: .utf8)
            try text.replacing("[log]\n", with: "[log]\ntarget = \"\(program.home)/none/martlet.log\"\n")
                .write(toFile: program.configurationPath, atomically: true, encoding: .utf8)
            try program.start()
            #expect(program.logTail.contains("cannot open the log \(program.home)/none/martlet.log: No such file"))
        }
    }

    @Test("at the level trace lines are told, without passwords, exchanges and messages", .timeLimit(.minutes(10)))
    func lines() throws {
        try withProgram(
            settings: "[log_levels]\nsmtp = \"trace\"\nimap = \"trace\"\npop3 = \"trace\"\n"
                + "managesieve = \"trace\"\nreception = \"debug\"\ndelivery = \"debug\""
        ) { program in
            try program.martlet(["account", "add", "carol@scenario.test"], input: Self.password + "\n")
            try program.start()
            try self.submit(program)
            try self.readByIMAP(program)
            try self.readByPOP3(program)
            try self.keepScript(program)
            program.stop()
            let log = try String(contentsOfFile: program.home + "/log", encoding: .utf8)
            for words in [
                "smtp: sent line=\"220 localhost ESMTP Martlet\"", "received line=\"EHLO client\"",
                "received line=\"AUTH PLAIN (left out)\"", "sent line=\"235 2.7.0", "sent line=\"334 (left out)\"",
                "received line=\"(no command, \(Self.plain.utf8.count) octets)\"",
                "received line=\"MAIL FROM:<carol@scenario.test>\"", "octets of text)\"",
                "reception: message-accepted from=carol@scenario.test", "delivery: stored id=",
                "imap: received line=\"a LOGIN (left out)\"", "received line=\"b SELECT INBOX\"",
                "sent line=\"* 1 EXISTS\"", "received line=\"c FETCH 1 BODY[]\"", "octets of an answer)\"",
                "sent line=\"c OK FETCH completed\"", "received line=\"d APPEND Drafts (", "received line=DONE",
                "received line=\"f AUTHENTICATE (left out)\"", "sent line=\"+ (left out)\"",
                "pop3: received line=\"USER carol@scenario.test\"", "received line=\"PASS (left out)\"",
                "received line=\"RETR 1\"", "managesieve: received line=\"AUTHENTICATE \\\"PLAIN\\\" (left out)\"",
                "received line=\"PUTSCRIPT \\\"main\\\" (",
            ] {
                #expect(log.contains(words), "\(words)")
            }
            for words in [Self.password, Self.marker, Self.plain, "c2VzYW1l"] {
                let told = log.split(separator: "\n").filter { $0.contains(words) }
                #expect(told.isEmpty, "\(told)")
            }
        }
    }

    private func submit(_ program: Program) throws {
        let client = try LineClient(port: program.ports.submission)
        try client.expect("220 ")
        try client.send("EHLO client\r\n")
        while !(try client.readLine().hasPrefix("250 ")) {}
        // A mechanism nobody has, and what the client takes for the answer to a challenge.
        try client.talk("AUTH NONE", "504 ")
        try client.talk(Self.plain, "500 ")
        try client.talk("AUTH PLAIN", "334 ")
        try client.talk(Self.plain, "235 ")
        try client.talk("MAIL FROM:<carol@scenario.test>", "250 ")
        try client.talk("RCPT TO:<carol@scenario.test>", "250 ")
        try client.talk("DATA", "354 ")
        try client.talk("From: carol@scenario.test\r\nSubject: \(Self.marker)\r\n\r\n\(Self.marker)\r\n.", "250 ")
        try client.talk("QUIT", "221 ")
    }

    private func readByIMAP(_ program: Program) throws {
        let client = try LineClient(port: program.ports.imap)
        try client.expect("* OK")
        try client.talk("a LOGIN carol@scenario.test \(Self.password)", "a OK")
        try client.talk("b SELECT INBOX", "b OK")
        try client.talk("c FETCH 1 BODY[]", "c OK")
        try client.talk("d APPEND Drafts {\(Self.marker.utf8.count + 4)+}\r\n\(Self.marker)\r\n\r\n", "d OK")
        try client.talk("e IDLE", "+ idling")
        try client.talk("DONE", "e OK")
        let second = try LineClient(port: program.ports.imap)
        try second.expect("* OK")
        try second.talk("x LOGNI carol@scenario.test \(Self.password)", "x BAD")
        try second.talk("f AUTHENTICATE PLAIN", "+ ")
        try second.talk(Self.plain, "f OK")
    }

    private func readByPOP3(_ program: Program) throws {
        let client = try LineClient(port: program.ports.pop3)
        try client.expect("+OK")
        try client.talk("USER carol@scenario.test", "+OK")
        try client.talk("PASS \(Self.password)", "+OK")
        try client.talk("RETR 1", ".")
        try client.talk("QUIT", "+OK")
    }

    private func keepScript(_ program: Program) throws {
        let client = try LineClient(port: program.ports.managesieve)
        try client.expect("OK ")
        try client.talk("AUTHENTICATE \"PLAIN\" \"\(Self.plain)\"", "OK ")
        let script = "# \(Self.marker)\r\nkeep;\r\n"
        try client.talk("PUTSCRIPT \"main\" {\(script.utf8.count)+}\r\n\(script)", "OK ")
        try client.talk("GETSCRIPT \"main\"", "OK ")
        try client.talk("LOGOUT", "OK ")
    }
}

extension LineClient {
    /// Reads up to a line that begins so.
    fileprivate func expect(_ beginning: String) throws {
        while !(try self.readLine().hasPrefix(beginning)) {}
    }

    fileprivate func talk(_ line: String, _ beginning: String) throws {
        try self.send(line + "\r\n")
        try self.expect(beginning)
    }
}
