import Directory
import MailTesting
import MailTypes
import Storage

extension DirectoryFixture {
    /// An account whose stored hash is exactly `hash`, put there behind the directory's back.
    func addWithStoredHash(_ name: String, _ hash: String) async throws {
        try await self.add(name, .throwaway(Secret("secret")))
        self.directory.close()
        let shard = try Shard.open(folder: self.folder.path, name: "directory", migrations: [Migration(2, "")])
        defer { shard.close() }
        try await shard.write(.durable) { database in
            let statement = try database.statement("UPDATE account SET password = ?1 WHERE local_part = ?2")
            statement.bind(hash, at: 1)
            statement.bind(name, at: 2)
            try statement.run()
        }
    }

    func reopened() throws -> Directory {
        try Directory.open(
            folder: self.folder.path,
            options: DirectoryOptions(passwords: Self.policy),
            clock: self.clock
        )
    }
}
