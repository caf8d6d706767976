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
                        password: .throwaway(Secret("secret"))
                    )
                }
            )
            directory.close()

            try program.start()
            let client = try LineClient(port: program.ports.imap)
            #expect(try client.readLine().hasPrefix("* OK"))
            try client.send("a LOGIN u1999@scenario.test secret\r\nb SELECT INBOX\r\n")
            var line = ""
            while !line.hasPrefix("b ") { line = try client.readLine() }
            #expect(line.hasPrefix("b OK"), "\(line); the log says \(program.logTail)")
        }
    }
}
