import MailStore
import MailTypes
import Testing

/// With the number it is told a client asks for what came later; what the number covers it never hears of again.
@Suite("the change point a client is told", .serialized, .timeLimit(.minutes(10)))
struct ChangePointTests {
    @Test("does not cover an EXPUNGE that may not be told yet, and does once it is")
    func ghosts() async throws {
        try await withSite { site in
            try await site.add(["Subject: 1\r\n\r\n", "Subject: 2\r\n\r\n", "Subject: 3\r\n\r\n"])
            let account = try site.account("alice")
            let inbox = try #require(try await site.store.mailbox(named: .inbox, of: account))
            let port = site.port
            let client = try await onThread {
                let client = try TestClient(port: port)
                try client.logIn()
                return UncheckedBox(client)
            }
            let selected = try await onThread {
                let answer = try client.value.command("SELECT INBOX")
                try client.value.command("FETCH 1 FLAGS")
                return Self.changePoint(answer)
            }
            #expect(selected != nil)
            #expect(try await site.store.remove(uids: [UID(rawValue: 1)], in: inbox.id, of: account).count == 1)
            try await onThread {
                let flags = try client.value.command("FETCH 2 FLAGS")
                #expect(flags.first?.hasPrefix("* 2 FETCH ") ?? false, "\(flags)")
                let enabled = try client.value.command("ENABLE CONDSTORE")
                #expect(Self.changePoint(enabled) == selected)
                let news = try client.value.command("NOOP")
                #expect(news.contains("* 1 EXPUNGE"))
                try client.value.command("STORE 2 +FLAGS.SILENT (\\Deleted)")
                let expunged = try client.value.command("EXPUNGE")
                let told = try #require(Self.changePoint(expunged))
                #expect(told > (selected ?? 0) + 1)
            }
        }
    }

    private static func changePoint(_ answer: [String]) -> Int? {
        for line in answer {
            guard let code = line.split(separator: "[HIGHESTMODSEQ ").dropFirst().first else { continue }
            return Int(code.prefix { $0 != "]" })
        }
        return nil
    }
}
