import Foundation
import IMAPServer
import MailStore
import MailTesting
import Storage
import Testing

/// What a server would meet on a bad disk, made of files that are gone or cut short.
@Suite("messages that cannot be read", .serialized, .timeLimit(.minutes(10)))
struct UnreadableMessageTests {
    private static let text = "Subject: large\r\n\r\nneedle" + String(repeating: "0123456789abcde\n", count: 10_000)
    private static let texts = ["Subject: one\r\n\r\nneedle\r\n", text, text, "Subject: four\r\n\r\nneedle\r\n"]

    @Test(
        "FETCH answers all the others, ends with NO, and tells the log once",
        arguments: ["BODY.PEEK[]", "(UID FLAGS BODY.PEEK[HEADER] BODY.PEEK[TEXT])", "(ENVELOPE BODY.PEEK[1])"],
        Damage.allCases
    )
    func fetch(_ items: String, _ damage: Damage) async throws {
        try await Self.withDamaged(damage) { site, log in
            try await site.play { client in
                let answer = try client.command("FETCH 1:4 \(items)")
                #expect(answer.last == "t NO [CORRUPTION] Some of the messages cannot be read; it has been noted")
                #expect(Self.numbers(answer, "FETCH") == [1, 3, 4])
                let facts = try client.command("FETCH 2 (FLAGS ENVELOPE)")
                #expect(facts.last == "t OK FETCH completed")
            }
            let lines = log.lines.filter { $0.text == "a message cannot be read" }
            #expect(lines.count == 1 && lines.first?.fields["uid"] == "2", "\(log.lines)")
        }
    }

    @Test("a FETCH that was to make it read says so of its flags")
    func seen() async throws {
        try await Self.withDamaged(.gone) { site, _ in
            try await site.play { client in
                let answer = try client.command("UID FETCH 2 BODY[]")
                #expect(answer.first == "* 2 FETCH (UID 2 FLAGS (\\Recent \\Seen))")
                #expect(answer.last?.hasPrefix("t NO [CORRUPTION]") ?? false)
            }
        }
    }

    @Test("SEARCH finds the others and warns", arguments: ["BODY needle", "TEXT needle", "NOT BODY nothing"])
    func search(_ key: String) async throws {
        try await Self.withDamaged(.cutShort) { site, log in
            try await site.play { client in
                let answer = try client.command("SEARCH \(key)")
                let warning = "* NO [CORRUPTION] Some of the messages cannot be read and were passed over"
                #expect(answer == [warning, "* SEARCH 1 3 4", "t OK SEARCH completed"])
            }
            #expect(log.lines.count { $0.text == "a message cannot be read" } == 1)
        }
    }

    @Test("COPY and MOVE take it along with the others")
    func copy() async throws {
        try await Self.withDamaged(.gone) { site, _ in
            try await site.play { client in
                let copied = try client.command("COPY 1:4 Archive")
                #expect(copied.last?.hasPrefix("t OK [COPYUID ") ?? false)
                let moved = try client.command("MOVE 1:4 Junk")
                #expect(moved.last == "t OK MOVE completed")
            }
        }
    }

    @Test("more of them than a disk in use can have end the command")
    func many() async throws {
        var session = TestSite.impatient
        session.unreadableMessagesMax = 1
        try await Self.withDamaged(.gone, count: 2, session) { site, _ in
            try await site.play { client in
                for command in ["FETCH 1:4 BODY.PEEK[]", "SEARCH BODY needle"] {
                    let answer = try client.command(command)
                    #expect(answer.last == "t NO [UNAVAILABLE] The store cannot do that now; try again")
                    #expect(Self.numbers(answer, "FETCH").allSatisfy { $0 == 1 })
                }
            }
        }
    }

    @Test("a damaged page of the database is one message's, too")
    func damagedPage() async throws {
        let log = KeptLog()
        let first = try await TestSite()
        let line = "a line that is nowhere else\r\n"
        try await first.add([
            Self.texts[0], "Subject: 2\r\n\r\n" + String(repeating: line, count: 1_000), Self.texts[3],
        ])
        try await first.close(keepingFiles: true)
        try Self.breakChain(ofPagesWith: line, in: "\(first.folder)/mail/mail0.db")
        let site = try await TestSite(folder: first.folder, logger: log.logger)
        try await site.play { client in
            let fetched = try client.command("FETCH 1:3 BODY.PEEK[]")
            #expect(fetched.last?.hasPrefix("t NO [CORRUPTION]") ?? false)
            #expect(Self.numbers(fetched, "FETCH") == [1, 3])
            let found = try client.command("SEARCH BODY needle")
            #expect(found.contains("* SEARCH 1 3") && found.last == "t OK SEARCH completed")
        }
        #expect(log.lines.map { $0.fields["uid"] } == ["2", "2"], "\(log.lines)")
        let findings = site.store.check()
        #expect(findings.count > 1 && findings.allSatisfy { $0.kind == .damagedDatabase }, "\(findings)")
        try await site.close()
    }

    /// Lets a page in the middle of a long row name one behind the file's end as the next.
    private static func breakChain(ofPagesWith text: String, in path: String) throws {
        var bytes = try Data(contentsOf: URL(filePath: path))
        let octets = TemporaryFolder.pageOctets(of: bytes)
        var pages: [Int] = []
        while let found = bytes.range(of: Data(text.utf8), in: ((pages.last ?? -1) + 1) * octets..<bytes.count) {
            pages.append(found.lowerBound / octets)
        }
        let page = try #require(pages.count > 2 ? pages[pages.count / 2] : nil)
        bytes.replaceSubrange(page * octets..<page * octets + 4, with: [0x7F, 0xFF, 0xFF, 0xFF])
        try bytes.write(to: URL(filePath: path))
        // What it holds is in the database since that was closed.
        try FileManager.default.removeItem(atPath: "\(path)-wal")
    }

    enum Damage: CaseIterable {
        case gone
        case cutShort
        case unreadable
    }

    /// A mailbox of four messages of which the second, or more from there on, is damaged.
    private static func withDamaged(
        _ damage: Damage,
        count: Int = 1,
        _ session: IMAPSessionLimits = TestSite.impatient,
        _ body: (TestSite, KeptLog) async throws -> Void
    ) async throws {
        let log = KeptLog()
        try await withSite(session: session, logger: log.logger) { site in
            try await site.add(Self.texts)
            let bodies = site.store.shard(of: try site.account("alice")).bodies
            for name in bodies.all().sorted().prefix(count) {
                let path = bodies.path(of: name)
                switch damage {
                case .gone: bodies.remove(name)
                case .cutShort: try #require(FileHandle(forWritingAtPath: path)).truncate(atOffset: 5_000)
                case .unreadable:
                    // Nobody can read a folder as a file, root included.
                    bodies.remove(name)
                    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
                }
            }
            try await body(site, log)
        }
    }

    private static func numbers(_ answer: [String], _ word: String) -> [Int] {
        answer.compactMap { line in
            let words = line.split(separator: " ")
            return words.count > 2 && words[0] == "*" && words[2] == word ? Int(words[1]) : nil
        }
    }
}

extension TestSite {
    /// A conversation about alice's INBOX.
    fileprivate func play(_ conversation: @escaping @Sendable (TestClient) throws -> Void) async throws {
        let port = self.port
        try await onThread {
            let client = try TestClient(port: port)
            try client.logIn()
            try client.command("SELECT INBOX")
            try conversation(client)
        }
    }
}
