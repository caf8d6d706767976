import MailTesting
import MailTypes
import SenderAuth
import Storage
import Testing

@testable import Directory

@Suite("older formats of the directory")
struct DirectoryFormatTests {
    @Test("a directory of format 1 opens with all it held, and takes a signing key")
    func opens() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try Shard.open(
                folder: folder.path,
                name: "directory",
                migrations: Array(DirectoryTables.migrations.prefix(1))
            )
            try shard.writeNow { database in
                try database.execute(
                    """
                    INSERT INTO domain VALUES('martlet.test', 1);
                    INSERT INTO account VALUES(1, 'martlet.test', 'alice', 1, 1, NULL, 5, 1767225600000, NULL, NULL);
                    INSERT INTO alias_target VALUES('martlet.test', 'info', 0, 'alice', 'martlet.test');
                    UPDATE counter SET value = 1 WHERE name = 'account';
                    """
                )
            }
            shard.close()

            let directory = try Directory.open(folder: folder.path, clock: ManualClock())
            defer { directory.close() }
            let account = try #require(directory.account(named: "alice@martlet.test"))
            #expect(account.isAdmin && account.quotaMessages == 5 && account.state == .active)
            #expect(directory.aliases(leadingTo: account.address).map(\.description) == ["info@martlet.test"])
            let key = try await directory.addSigningKey(.makeEd25519(), for: Domain("martlet.test"), selector: nil)
            #expect(directory.signingKeys(of: Domain("martlet.test")).map(\.selector) == [key.selector])
            let id = try await directory.addAccount(
                NewAccount(address: EmailAddress(localPart: "bob", domain: Domain("martlet.test")), password: .none)
            )
            #expect(id.rawValue == 2)
        }
    }
}
