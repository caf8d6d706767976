import Foundation
import IMAPServer
import IMAPWire
import MailStore
import MailTypes
import Testing

@Suite("lessons", .serialized, .timeLimit(.minutes(10)))
struct LessonTests {
    @Test("lesson 9: floods of literals and parentheses end in a clean error")
    func floods() async throws {
        try await withSite { site in
            let port = site.port
            try await onThread {
                let client = try TestClient(port: port)
                try client.logIn()
                try client.command("SELECT INBOX")
                let deep =
                    "SEARCH " + String(repeating: "(", count: 5_000) + "ALL" + String(repeating: ")", count: 5_000)
                #expect(try client.command(deep).last?.hasPrefix("t BAD") ?? false)
                let nots = "SEARCH " + String(repeating: "NOT ", count: 5_000) + "ALL"
                #expect(try client.command(nots).last?.hasPrefix("t BAD") ?? false)
                let long = "FETCH " + (1...20_000).map(String.init).joined(separator: ",") + " FLAGS"
                #expect(try client.command(long).last?.hasPrefix("t BAD") ?? false)
                // A thousand literals of a megabyte: refused at the first, before any is sent.
                #expect(try client.command("LOGIN {1048576}").last?.hasPrefix("t BAD") ?? false)
                var many = "t SEARCH"
                for _ in 0..<200 { many += " TEXT {3+}\r\nabc" }
                try client.send(many + "\r\n")
                #expect(try client.answer("t").last?.hasPrefix("t BAD") ?? false)
                #expect(try client.command("NOOP") == ["t OK NOOP completed"])
            }
        }
    }

    @Test("lesson 17: moved-in messages are seen by UID FETCH n:*")
    func movedIn() async throws {
        try await withSite { site in
            try await site.add(["a: 1\r\n\r\n"], to: "INBOX")
            try await site.add(["a: 1\r\n\r\n", "a: 2\r\n\r\n", "a: 3\r\n\r\n"], to: "Drafts")
            let port = site.port
            try await onThread {
                let (one, two) = (try TestClient(port: port), try TestClient(port: port))
                try one.logIn()
                try two.logIn()
                try one.command("SELECT INBOX")
                try two.command("SELECT Drafts")
                try two.command("UID MOVE 1:* INBOX")
                let lines = try one.command("UID FETCH 2:* (UID)")
                #expect(
                    lines.filter { $0.contains("FETCH") } == (2...4).map { "* \($0) FETCH (UID \($0))" } + [
                        "t OK FETCH completed"
                    ]
                )
            }
        }
    }

    @Test("lesson 17: pipelined STORE and EXPUNGE keep their order")
    func pipelined() async throws {
        try await withSite { site in
            try await site.add((1...40).map { "a: \($0)\r\n\r\n" })
            let port = site.port
            try await onThread {
                let client = try TestClient(port: port)
                try client.logIn()
                try client.command("SELECT INBOX")
                var batch = ""
                for round in 0..<20 {
                    batch += "s\(round) STORE 1 +FLAGS.SILENT (\\Deleted)\r\ne\(round) EXPUNGE\r\n"
                }
                try client.send(batch + "f UID FETCH 1:* (UID)\r\n")
                for round in 0..<20 {
                    #expect(try client.answer("s\(round)") == ["s\(round) OK STORE completed"])
                    #expect(try client.answer("e\(round)") == ["* 1 EXPUNGE", "e\(round) OK EXPUNGE completed"])
                }
                #expect(try client.answer("f").first == "* 1 FETCH (UID 21)")
            }
        }
    }

    @Test("lesson 24: odd folder names survive CREATE, LIST, RENAME and APPEND")
    func oddNames() async throws {
        try await withSite { site in
            let port = site.port
            let account = try site.account("alice")
            let names = [
                "100%", "dots.in.name", "a*b", "a&-b", "Gr&APwA3w-e", "with space", "back\\slash", "\"quoted\"",
                "~tilde",
                "[brackets]", "paren(s)", String(repeating: "x", count: 1_000),
            ]
            try await onThread {
                let client = try TestClient(port: port)
                try client.logIn()
                for (index, name) in names.enumerated() {
                    let quoted = Self.quoted(name)
                    #expect(try client.command("CREATE \(quoted)").last == "t OK CREATE completed")
                    try client.send("t APPEND \(quoted) {6+}\r\nx: y\r\n\r\n")
                    #expect(try client.answer("t").last?.contains("APPENDUID") ?? false)
                    #expect(try client.command("RENAME \(quoted) \"moved \(index)\"").last == "t OK RENAME completed")
                    #expect(try client.command("RENAME \"moved \(index)\" \(quoted)").last == "t OK RENAME completed")
                    #expect(try client.command("SELECT \(quoted)").last == "t OK [READ-WRITE] SELECT completed")
                }
                #expect(try client.command("CREATE {3+}\r\na\u{0}b").last?.hasPrefix("t BAD") ?? false)
                let tooLong = String(repeating: "y", count: 1_001)
                #expect(try client.command("CREATE \(tooLong)").last?.hasPrefix("t NO") ?? false)
                #expect(try client.command("LIST \"\" \"100%\"").count == 2)
            }
            let stored = try await site.store.mailboxes(of: account).map(\.name.text)
            for name in ["100%", "a&b", "Grüße", "back\\slash"] { #expect(stored.contains(name)) }
        }
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
