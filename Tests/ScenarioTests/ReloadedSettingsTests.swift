import Foundation
import MailTesting
import Testing

@Suite("what a reload takes over", .serialized)
struct ReloadedSettingsTests {
    @Test("settings of the doors hold for the next connection, and those that stand go on", .timeLimit(.minutes(5)))
    func doors() throws {
        try withProgram { program in
            try program.start()
            let standing = try SendingClient(port: program.ports.smtp)

            try program.reconfigure(#"hostname = "localhost""#, #"hostname = "new.test""#)
            try program.configure(
                """
                [smtp]
                message_size_max = "100K"
                allow_plaintext_on_loopback = false
                [imap]
                allow_plaintext_on_loopback = false
                [managesieve]
                scripts_max = 1
                [tls]
                version_min = "1.3"
                """
            )
            #expect(!(try program.martlet("reload")).contains("need a restart"))

            #expect(try LineClient(port: program.ports.smtp).readLine().hasPrefix("220 new.test "))
            let smtp = try SendingClient(port: program.ports.smtp)
            #expect(try smtp.command("MAIL FROM:<a@far.test> SIZE=200000").hasPrefix("552"))
            #expect(try standing.command("MAIL FROM:<a@far.test> SIZE=200000").hasPrefix("250"))
            #expect(try standing.command("RSET").hasPrefix("250"))
            let imap = try LineClient(port: program.ports.imap)
            #expect(try imap.readLine().contains("LOGINDISABLED"))
            #expect(try program.speaksTLS(version: "tls1_3"))
            #expect(!(try program.speaksTLS(version: "tls1_2")))
            #expect(try standing.send(to: ["alice@scenario.test"], numberedMessage(1))[0].hasPrefix("250"))
        }
    }

    @Test("scripts that an administrator keeps are judged by the settings of today", .timeLimit(.minutes(5)))
    func scripts() throws {
        try withProgram { program in
            try program.start()
            let (script, list) = (program.home + "/lists.sieve", program.home + "/friends")
            try "bob@far.test\n".write(toFile: list, atomically: true, encoding: .utf8)
            try "require \"extlists\"; if header :list \"from\" \"tag:example.org,2026:friends\" { keep; }\n"
                .write(toFile: script, atomically: true, encoding: .utf8)
            let put = { (name: String) in
                try program.run(["sieve", "put", "alice@scenario.test", script, "--name", name])
            }
            let refusal = try put("one")
            #expect(refusal.status != 0 && refusal.output.contains("'extlists' is not offered here"), "\(refusal)")
            try program.configure(
                "[sieve_lists]\n\"tag:example.org,2026:friends\" = \"\(list)\"\n[managesieve]\nscripts_max = 1"
            )
            try program.martlet("reload")
            #expect(try put("one").status == 0)
            #expect(try put("two").status != 0)
            #expect(!(try program.martlet("sieve", "list", "alice@scenario.test").contains("two")))
        }
    }

    @Test("what needs a restart is said as long as it differs from what runs, and status tells what runs")
    func restart() throws {
        try withProgram { program in
            try program.start()
            let old = "pop3 = [\"127.0.0.1:\(program.ports.pop3)\"]"
            try program.reconfigure(old, "pop3 = [\"127.0.0.1:1\"]")
            try program.configure("[trace]\ndays = 5")
            for _ in 0..<2 {
                let said = try program.martlet("reload")
                #expect(said.contains("listen.pop3") && said.contains("trace.days"), "\(said)")
                #expect(try program.martlet("status").contains("127.0.0.1:\(program.ports.pop3)"))
            }
            try program.reconfigure("pop3 = [\"127.0.0.1:1\"]", old)
            try program.reconfigure("[trace]\ndays = 5", "")
            #expect(!(try program.martlet("reload")).contains("need a restart"))
        }
    }
}

extension Program {
    fileprivate func reconfigure(_ old: String, _ new: String) throws {
        let text = try String(contentsOfFile: self.configurationPath, encoding: .utf8)
        try #require(text.contains(old))
        try text.replacing(old, with: new).write(toFile: self.configurationPath, atomically: true, encoding: .utf8)
    }

    /// - Parameter version: as openssl's option names it.
    fileprivate func speaksTLS(version: String) throws -> Bool {
        let command =
            "openssl s_client -\(version) -starttls imap -connect 127.0.0.1:\(self.ports.imap) </dev/null 2>/dev/null"
        return try TestTool.run("sh", package: "dash", ["-c", command + " | grep -c 'BEGIN CERT' || true"]).hasPrefix(
            "1"
        )
    }
}
