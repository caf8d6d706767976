import Directory
import MailTesting
import MailTypes
import Testing

@Suite("accounts that have no mailboxes yet", .serialized)
struct MissingMailboxTests {
    @Test("whoever can log in after a start has an INBOX, however many had none", .timeLimit(.minutes(10)))
    func firstLogin() async throws {
        try await TemporaryFolder.with { folder in
            let program = try Program(home: folder.path("martlet"), accounts: ["alice"])
            defer { program.stop() }
            // As a crash leaves them that comes between the directory and the store, or a loss of the store.
            let directory = try Directory.open(folder: folder.path("martlet/data/directory"), clock: SystemClock())
            let domain = Domain("scenario.test")
            _ = try await directory.addAccounts(
                (0..<2_000).map { number in
                    NewAccount(
                        address: EmailAddress(localPart: "u\(number)", domain: domain),
                        password: .throwaway(Secret("secret")),
                        quotaOctets: number == 1_999 ? 10 : nil
                    )
                }
            )
            let alice = try #require(directory.accounts(containing: "alice").first)
            try await directory.setQuota(of: alice.id, octets: 10, messages: nil)
            directory.close()

            try program.start()
            for (user, password) in [("u1999", "secret"), ("alice", Program.password)] {
                let client = try LineClient(port: program.ports.imap)
                #expect(try client.readLine().hasPrefix("* OK"))
                try client.send("a LOGIN \(user)@scenario.test \(password)\r\nb SELECT INBOX\r\n")
                let selected = try Self.answer("b ", client)
                #expect(selected.hasPrefix("b OK"), "\(selected); the log says \(program.logTail)")
                // The limits are the directory's, too.
                try client.send("c APPEND INBOX {14+}\r\nSubject: x\r\n\r\n\r\n")
                let appended = try Self.answer("c ", client)
                #expect(appended.hasPrefix("c NO [OVERQUOTA]"), "\(appended)")
            }
        }
    }

    private static func answer(_ tag: String, _ client: LineClient) throws -> String {
        while true {
            let line = try client.readLine()
            if line.hasPrefix(tag) { return line }
        }
    }
}
