import Foundation
import Listener
import Testing

/// What a configuration names is looked at as well as the configuration.
@Suite("config check", .serialized)
struct ConfigCheckTests {
    @Test("what the server would not start with is refused in the same words", .timeLimit(.minutes(10)))
    func sameWords() throws {
        try withProgram { program in
            let (one, two) = (
                try Self.certificate("one", in: program.home), try Self.certificate("two", in: program.home)
            )
            let host = "[smart_host]\ntarget = \"smtp:127.0.0.1:1\"\nlogin = \"me\"\n"
            let wrong: [(settings: String, words: String)] = [
                (
                    "[tls]\ncertificate = \"\(one.certificate)\"\nkey = \"\(two.key)\"",
                    "\(two.key): the key does not belong to the certificate in \(one.certificate)"
                ),
                ("[tls]\ncertificate = \"/nowhere.pem\"\nkey = \"\(one.key)\"", "/nowhere.pem: cannot be read"),
                ("\(host)password = { file = \"/nowhere\" }", "smart_host.password: /nowhere cannot be read"),
                ("\(host)password = { env = \"NOT_THERE\" }", "smart_host.password: the environment has no NOT_THERE"),
                ("[resolver]\ntrust_anchors = \"/nowhere.key\"", "/nowhere.key cannot be read"),
                ("[sieve]\nspam_header = \"X-Spam: score=(\"", "sieve.spam_header: "),
                ("[sieve]\nspam_header = \"X Spam\"", "sieve.spam_header: "),
                ("[sieve]\nbefore = [\"/nowhere.sieve\"]", "/nowhere.sieve: the script cannot be read"),
            ]
            let right = try String(contentsOfFile: program.configurationPath, encoding: .utf8)
            for (settings, words) in wrong {
                try (right + "\n" + settings + "\n").write(
                    toFile: program.configurationPath,
                    atomically: true,
                    encoding: .utf8
                )
                for command in [["config", "check"], ["serve", "--check"], ["serve", "--foreground-worker"]] {
                    let (status, output) = try program.run(command)
                    #expect(status != 0 && output.contains(words), "\(command): \(output)")
                }
            }
        }
    }

    @Test("what can be served with but is perhaps not meant is a warning", .timeLimit(.minutes(10)))
    func warnings() throws {
        try withProgram { program in
            let right = try String(contentsOfFile: program.configurationPath, encoding: .utf8)
            let inner = "lmtp = [\"127.0.0.1:\(program.ports.lmtp)\"]"
            let open = right.replacing(inner, with: "lmtp = [\"0.0.0.0:\(program.ports.lmtp)\"]")
            try open.write(toFile: program.configurationPath, atomically: true, encoding: .utf8)
            let output = try program.martlet("config", "check")
            #expect(output.contains("is right.\nWarning: listen.lmtp: 0.0.0.0:\(program.ports.lmtp)"), "\(output)")
            #expect(try program.martlet("config", "check", "--json").contains("\"warnings\" : [\n"))
            try program.start()
            try program.waitForLog("listen.lmtp: 0.0.0.0:")
        }
    }

    @Test("where mail is taken at *, the host's own address literals are known", .timeLimit(.minutes(10)))
    func literalsOfEverything() throws {
        try withProgram { program in
            let right = try String(contentsOfFile: program.configurationPath, encoding: .utf8)
            let all = right.replacing("127.0.0.1:\(program.ports.smtp)", with: "*:\(program.ports.smtp)")
            try all.write(toFile: program.configurationPath, atomically: true, encoding: .utf8)
            try program.start()
            let client = try SendingClient(port: program.ports.smtp)
            #expect(try client.send(to: ["postmaster@[127.0.0.1]"], numberedMessage(1))[0].hasPrefix("250"))
        }
    }

    private static func certificate(_ name: String, in folder: String) throws -> TLSFiles {
        let files = TLSFiles(certificate: "\(folder)/\(name).pem", key: "\(folder)/\(name).key")
        try SelfSignedCertificate.ensure(files, hosts: ["localhost"])
        return files
    }
}
