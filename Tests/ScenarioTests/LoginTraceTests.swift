import Foundation
import Testing

@Suite("logins in trace and log", .serialized)
struct LoginTraceTests {
    @Test("each attempt is told with listener, mechanism, peer and the name that was claimed, never with a password")
    func attempts() throws {
        try withProgram { program in
            try program.start()
            let plain = { (user: String) in Data("\0\(user)\0hunter2".utf8).base64EncodedString() }
            let smtp = try LineClient(port: program.ports.submission)
            for line in ["EHLO there", "AUTH PLAIN \(plain("eve@scenario.test"))"] { try smtp.send(line + "\r\n") }
            try Self.wait(smtp, for: "535")
            let imap = try LineClient(port: program.ports.imap)
            try imap.send("a LOGIN mallory hunter2\r\n")
            try Self.wait(imap, for: "a NO")
            try imap.send("b AUTHENTICATE PLAIN \(plain("tab\tand\u{1B}[31m"))\r\n")
            try Self.wait(imap, for: "b NO")
            try imap.send("c LOGIN alice@scenario.test \(Program.password)\r\n")
            try Self.wait(imap, for: "c OK")
            let pop3 = try LineClient(port: program.ports.pop3)
            try pop3.send("USER trudy\r\nPASS hunter2\r\n")
            try Self.wait(pop3, for: "-ERR")
            #expect(program.stop() == 0)

            let log = try String(contentsOfFile: "\(program.home)/log", encoding: .utf8)
            let trace = try Self.trace(program)
            for (listener, mechanism, user) in [
                ("submission", "PLAIN", "eve@scenario.test"), ("imap", "LOGIN", "mallory"),
                ("imap", "PLAIN", "tab\\u{9}and\\u{1b}[31m"), ("pop3", "USER", "trudy"),
            ] {
                let parts = [listener, mechanism, "127.0.0.1", "authentication-failed"]
                // A backslash is doubled in what is quoted.
                let names = [user, user.replacing("\\", with: "\\\\")]
                let isTraced = trace.contains { line in
                    parts.allSatisfy { line.contains($0) } && names.contains { line.contains($0) }
                }
                #expect(isTraced, "\(listener), \(mechanism), \(user): \(trace)")
                let isLogged = log.split(separator: "\n").contains { line in
                    line.contains(" notice ") && line.contains("login failed") && line.contains("listener=\(listener)")
                        && line.contains("mechanism=\(mechanism)") && names.contains { line.contains($0) }
                }
                #expect(isLogged, "\(listener), \(mechanism), \(user): \(log)")
            }
            #expect(
                trace.contains { line in
                    ["authenticated", "alice@scenario.test", "imap", "LOGIN"].allSatisfy { line.contains($0) }
                }
            )
            #expect(!(log + trace.joined()).contains("hunter2"))
        }
    }

    private static func wait(_ client: LineClient, for start: String) throws {
        while try !client.readLine().hasPrefix(start) {}
    }

    private static func trace(_ program: Program) throws -> [Substring] {
        let folder = "\(program.home)/data/trace"
        return try FileManager.default.contentsOfDirectory(atPath: folder).flatMap { name in
            ((try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? "").split(separator: "\n")
        }
    }
}
