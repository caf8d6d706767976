import Foundation
import IMAPWire
import MailStore
import MailTypes
import NIOCore
import Testing

@testable import IMAPServer

/// Flags of many messages with as many and as long keywords as there may be: some 7.5 KB a message.
@Suite("news of many messages", .serialized, .timeLimit(.minutes(10)))
struct ManyNewsTests {
    private static let keywords = (0..<FlagSet.keywordsMax).map { number in
        "k\(number)".padding(toLength: 128, withPad: "x", startingAt: 0)
    }

    /// More messages than are told at once, and more octets than one piece of an answer has.
    private static let many = 300

    @Test("a piece of an answer ends between messages when it is long enough")
    func pieces() async throws {
        let bench = try await MailboxViewTests.Bench(messages: 100)
        defer { bench.close() }
        let carried = FlagChange(.add, flags: [], keywords: Self.keywords)
        _ = try await bench.store.changeFlags(carried, of: Self.uids(1...100), in: bench.live.id, of: bench.account)
        let job = FetchJob(
            plan: FetchPlan(news: .flags, wantsUID: true),
            view: MailboxView(try await bench.live.state()),
            selection: MessageSelection([0..<40, 50..<100]),
            flagNames: FlagNames(keywords: Self.keywords),
            recentStart: UID(rawValue: 101),
            includesModSeq: false,
            flagsToldSince: nil
        )
        var cursor = FetchJob.Cursor()
        var pieces: [String] = []
        while !cursor.isDone, pieces.count < 90 {
            let piece = job.encodeState(from: cursor, count: IMAPSessionLimits.sliceMessagesMax)
            #expect(piece.buffer.readableBytes <= IMAPSessionLimits.answerOctetsMax)
            pieces.append(String(buffer: piece.buffer))
            cursor = piece.cursor
        }
        #expect(pieces.count > 1 && pieces.count < 10)
        #expect(pieces.allSatisfy { $0.hasSuffix("))\r\n") })
        #expect(Self.numbers(pieces.joined().components(separatedBy: "\r\n")) == Array(1...40) + Array(51...100))
    }

    @Test("STORE tells each of many messages once and in order, before its answer")
    func store() async throws {
        try await Self.withMany { site, _, _ in
            let port = site.port
            try await onThread {
                let client = try TestClient(port: port)
                try client.logIn()
                try client.command("SELECT INBOX")
                let lines = try client.command("STORE 1:* +FLAGS (\\Flagged)")
                #expect(Self.numbers(lines) == Array(1...Self.many))
                #expect(lines.dropLast().allSatisfy { $0.contains("\\Flagged ") })
                #expect(lines.last == "t OK STORE completed")
                let byUID = try client.command("UID STORE 1:* -FLAGS (\\Flagged)")
                #expect(Self.numbers(byUID) == Array(1...Self.many))
                #expect(byUID.dropLast().allSatisfy { $0.contains("(UID ") && !$0.contains("\\Flagged") })
                #expect(try client.command("NOOP") == ["t OK NOOP completed"])
            }
        }
    }

    @Test("with CONDSTORE a silent STORE of many messages tells each one's new number")
    func silentStore() async throws {
        try await withSite { site in
            try await site.add(Array(repeating: "a: b\r\n\r\n", count: 600))
            let port = site.port
            try await onThread {
                let client = try TestClient(port: port)
                try client.logIn()
                try client.command("SELECT INBOX (CONDSTORE)")
                let lines = try client.command("STORE 1:* +FLAGS.SILENT (\\Flagged)")
                #expect(Self.numbers(lines) == Array(1...600))
                for (index, line) in lines.dropLast().enumerated() {
                    #expect(line.hasPrefix("* \(index + 1) FETCH (UID \(index + 1) MODSEQ ("))
                }
                #expect(lines.last == "t OK STORE completed")
                #expect(try client.command("NOOP") == ["t OK NOOP completed"])
            }
        }
    }

    @Test("what others did to many messages is told once: what is gone first, then the rest by its new numbers")
    func others() async throws {
        try await Self.withMany { site, inbox, account in
            let client = try await Self.selectedClient(site)
            let flagged = FlagChange(.add, flags: .flagged)
            _ = try await site.store.changeFlags(flagged, of: Self.uids(1...Self.many), in: inbox, of: account)
            _ = try await site.store.remove(uids: Self.uids(1...2), in: inbox, of: account)
            try await site.add(["a: new\r\n\r\n"])
            try await onThread {
                let lines = try client.value.command("NOOP")
                #expect(Array(lines.prefix(2)) == ["* 2 EXPUNGE", "* 1 EXPUNGE"])
                #expect(lines.dropFirst(2).first == "* \(Self.many - 1) EXISTS")
                #expect(Self.numbers(lines) == Array(1...Self.many - 2))
                #expect(lines.last == "t OK NOOP completed")
                #expect(try client.value.command("NOOP") == ["t OK NOOP completed"])
            }
        }
    }

    @Test("many messages that are gone are all told, highest first")
    func expunges() async throws {
        try await withSite { site in
            try await site.add(Array(repeating: "a: b\r\n\r\n", count: 1_000))
            let account = try site.account("alice")
            let inbox = try #require(try await site.store.mailbox(named: .inbox, of: account))
            let client = try await Self.selectedClient(site)
            _ = try await site.store.remove(uids: Self.uids(101...1_000), in: inbox.id, of: account)
            try await onThread {
                let gone = (101...1_000).reversed().map { "* \($0) EXPUNGE" }
                let lines = try client.value.command("NOOP")
                #expect(lines == gone + ["t OK NOOP completed"])
                #expect(try client.value.command("NOOP") == ["t OK NOOP completed"])
            }
        }
    }

    @Test("an idling client is told of many messages, and its DONE is answered after them")
    func idle() async throws {
        try await Self.withMany { site, inbox, account in
            let client = try await Self.selectedClient(site)
            try await onThread {
                try client.value.send("i IDLE\r\n")
                #expect(try client.value.line() == "+ idling")
            }
            let flagged = FlagChange(.add, flags: .flagged)
            _ = try await site.store.changeFlags(flagged, of: Self.uids(1...Self.many), in: inbox, of: account)
            try await onThread {
                let first = try client.value.line()
                try client.value.send("DONE\r\n")
                let lines = [first] + (try client.value.answer("i"))
                #expect(Self.numbers(lines) == Array(1...Self.many))
                #expect(lines.last == "i OK IDLE completed")
            }
        }
    }

    @Test(
        "what happens to messages while they are told is told after them",
        arguments: ["NOOP", "STORE 1:* +FLAGS (\\Answered)"]
    )
    func meanwhile(_ command: String) async throws {
        try await Self.withMany(1_000) { site, inbox, account in
            let client = try await Self.selectedClient(site)
            var believer = BelievingClient()
            believer.messages = Array(repeating: nil, count: 1_000)
            let all = Self.uids(1...1_000)
            _ = try await site.store.changeFlags(FlagChange(.add, flags: .flagged), of: all, in: inbox, of: account)
            // The first line says that the others are of a view that is fixed.
            let first = try await onThread {
                try client.value.send("a \(command)\r\n")
                return try client.value.line()
            }
            let changes = FlagChange(.remove, flags: .flagged)
            _ = try await site.store.changeFlags(changes, of: Self.uids(5...9), in: inbox, of: account)
            _ = try await site.store.remove(uids: Self.uids(1...1), in: inbox, of: account)
            let lines = try await onThread {
                let rest = try client.value.answer("a")
                return [first] + rest + (try client.value.command("NOOP"))
            }
            for line in lines { believer.hear(line) }
            #expect(believer.messages.count == 999)
            #expect(lines.count { $0.hasSuffix(" EXPUNGE") } == 1)
            var fresh = BelievingClient()
            fresh.messages = Array(repeating: nil, count: 999)
            for line in try await onThread({ try client.value.command("FETCH 1:* (FLAGS)") }) { fresh.hear(line) }
            #expect(believer.messages == fresh.messages)
        }
    }

    @Test(
        "a client that reads nothing of what is told is closed, and what is held for it stays bounded",
        arguments: ["NOOP", "STORE 1:* +FLAGS (\\Answered)", "UID SEARCH ALL"]
    )
    func stalled(_ command: String) async throws {
        var limits = TestSite.impatient
        limits.writeTimeout = .seconds(2)
        try await Self.withMany(10_000, session: limits) { site, inbox, account in
            let client = try await Self.selectedClient(site)
            let flagged = FlagChange(.add, flags: .flagged)
            _ = try await site.store.changeFlags(flagged, of: Self.uids(1...10_000), in: inbox, of: account)
            let channel = try #require(site.connections.first)
            try await onThread { try client.value.send("a \(command)\r\n") }
            let most = try await StalledClientTests.heldUntilClosed(channel)
            #expect(most < 2 << 20, "\(most) octets were held")
            let port = site.port
            try await onThread {
                #expect(client.value.isClosedByServer())
                let other = try TestClient(port: port)
                try other.logIn()
                #expect(try other.command("NOOP") == ["t OK NOOP completed"])
            }
        }
    }

    @Test("a STORE is carried out although its client goes away while it is told")
    func lostClient() async throws {
        try await Self.withMany(2_000) { site, _, _ in
            let client = try await Self.selectedClient(site)
            let port = site.port
            try await onThread {
                try client.value.send("a STORE 1:* +FLAGS (\\Answered)\r\n")
                _ = try client.value.line()
                client.value.close()
                let other = try TestClient(port: port)
                try other.logIn()
                try other.command("SELECT INBOX")
                #expect(try other.command("SEARCH UNANSWERED") == ["* SEARCH", "t OK SEARCH completed"])
            }
        }
    }

    // MARK: - Helpers

    /// A site with an INBOX of `count` small messages that carry all keywords.
    private static func withMany(
        _ count: Int = Self.many,
        session: IMAPSessionLimits = TestSite.impatient,
        _ body: (TestSite, MailboxID, AccountID) async throws -> Void
    ) async throws {
        try await withSite(session: session) { site in
            try await site.add(Array(repeating: "a: b\r\n\r\n", count: count))
            let account = try site.account("alice")
            let inbox = try #require(try await site.store.mailbox(named: .inbox, of: account))
            let carried = FlagChange(.add, flags: [], keywords: Self.keywords)
            _ = try await site.store.changeFlags(carried, of: Self.uids(1...count), in: inbox.id, of: account)
            try await body(site, inbox.id, account)
        }
    }

    /// A client that has INBOX open and knows which messages are in it.
    private static func selectedClient(_ site: TestSite) async throws -> UncheckedBox<TestClient> {
        let port = site.port
        return try await onThread {
            let client = try TestClient(port: port)
            try client.logIn()
            try client.command("SELECT INBOX")
            try client.command("FETCH 1 UID")
            return UncheckedBox(client)
        }
    }

    private static func uids(_ range: ClosedRange<Int>) -> [UID] { range.map { UID(rawValue: UInt32($0)) } }

    /// The numbers of the FETCH responses among some lines, in their order.
    private static func numbers(_ lines: [String]) -> [Int] {
        lines.compactMap { line in
            let words = line.prefix(32).split(separator: " ")
            return words.count > 2 && words[2] == "FETCH" ? Int(words[1]) : nil
        }
    }
}
