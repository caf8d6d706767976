import Foundation
import IMAPServer
import MailStore
import MailTypes
import Storage
import Testing

@Suite("messages expunged while they are being read", .serialized, .timeLimit(.minutes(10)))
struct SweptMessageTests {
    /// Of more pieces than sockets and buffers on both sides hold.
    private static let octets = 8 << 20
    private static let text = "Subject: large\r\n\r\n" + String(repeating: "0123456789abcde\n", count: octets / 16)

    @Test(
        "a FETCH under way gets all of the messages that another session expunges meanwhile",
        arguments: ["BODY.PEEK[]", "(UID BODY.PEEK[HEADER] BODY.PEEK[TEXT])"]
    )
    func fetch(_ items: String) async throws {
        try await withSite { site in
            try await site.add([Self.text, Self.text, "Subject: small\r\n\r\n"])
            let account = try site.account("alice")
            let inbox = try #require(try await site.store.mailbox(named: .inbox, of: account))
            let port = site.port
            let client = try await onThread { () -> UncheckedBox<TestClient> in
                let client = try TestClient(port: port)
                try client.logIn()
                try client.command("SELECT INBOX")
                try client.send("a FETCH 1:* \(items)\r\n")
                // Only the beginning: the rest has no room anywhere and is not read from the store yet.
                #expect(try client.line().hasPrefix("* 1 FETCH ("))
                return UncheckedBox(client)
            }
            let all = (1...3).map { UID(rawValue: $0) }
            #expect(try await site.store.remove(uids: all, in: inbox.id, of: account) == all)
            try await Self.giveSweeperTime(site, account)

            try await onThread {
                let answer = try client.value.readToEnd("a")
                #expect(answer.octets > 2 * Self.octets)
                #expect(answer.last == "a OK FETCH completed")
                // Now it is told, and may not ask any more.
                let news = try client.value.command("NOOP")
                #expect(news.count { $0.hasSuffix(" EXPUNGE") } == 3)
                #expect(try client.value.command("UID FETCH 1:3 FLAGS") == ["t OK FETCH completed"])
            }
            try await Self.waitUntilSwept(site, account)
            #expect(site.store.check() == [])
        }
    }

    @Test("a session that goes away in the middle of a FETCH keeps nothing from being removed")
    func lostReader() async throws {
        try await withSite { site in
            try await site.add([Self.text, Self.text])
            let account = try site.account("alice")
            let inbox = try #require(try await site.store.mailbox(named: .inbox, of: account))
            let port = site.port
            let client = try await onThread { () -> UncheckedBox<TestClient> in
                let client = try TestClient(port: port)
                try client.logIn()
                try client.command("SELECT INBOX")
                try client.send("a FETCH 1:* BODY.PEEK[]\r\n")
                #expect(try client.line().hasPrefix("* 1 FETCH ("))
                return UncheckedBox(client)
            }
            let all = (1...2).map { UID(rawValue: $0) }
            #expect(try await site.store.remove(uids: all, in: inbox.id, of: account) == all)
            client.value.close()
            try await Self.waitUntilSwept(site, account)
            #expect(site.store.check() == [])
        }
    }

    /// Long enough for it to remove what it is free to remove; a sweeper that is slower lets this test pass, too.
    private static func giveSweeperTime(_ site: TestSite, _ account: AccountID) async throws {
        for _ in 0..<50 where try await self.isLitter(site, account) { try await Task.sleep(for: .milliseconds(20)) }
    }

    private static func waitUntilSwept(_ site: TestSite, _ account: AccountID) async throws {
        for _ in 0..<1_000 {
            if try await !self.isLitter(site, account) {
                // The file goes after the row, before the next answer of the shard.
                return try await site.store.shard(of: account).write(.durable) { _ in }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("the messages are still there")
    }

    private static func isLitter(_ site: TestSite, _ account: AccountID) async throws -> Bool {
        try await site.store.shard(of: account).read { try $0.integer("SELECT count(*) FROM unused") > 0 }
    }
}

extension TestClient {
    /// Reads lines until the tagged one.
    fileprivate func readToEnd(_ tag: String) throws -> (octets: Int, last: String) {
        var octets = 0
        while true {
            let line = try self.line()
            if line.hasPrefix("\(tag) ") { return (octets, line) }
            octets += line.utf8.count + 1
        }
    }
}
