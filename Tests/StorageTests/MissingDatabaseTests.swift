import Foundation
import MailTesting
import NIOCore
import Storage
import Testing

@Suite("a database that is not where it was")
struct MissingDatabaseTests {
    @Test("none is made in its place, and no body is swept", arguments: [false, true])
    func missing(isEmptied: Bool) async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            let name = try shard.bodies.store(.init(string: "a body"))
            try await shard.write(.durable) { database in
                try TestShard.insert("kept", database)
                try database.execute("UPDATE note SET file = '\(name)'")
            }
            shard.close()
            try FileManager.default.moveItem(atPath: folder.path("test.db"), toPath: folder.path("away"))
            if isEmptied { try Data().write(to: URL(filePath: folder.path("test.db"))) }
            let error = #expect(throws: StorageError.self) { try TestShard.open(in: folder) }
            #expect(error?.code == .corrupt)
            #expect(error?.description.contains("test.db is missing or empty") == true)

            // Nor without the file that tells there was one.
            try FileManager.default.removeItem(atPath: folder.path("test.lock"))
            #expect(throws: StorageError.self) { try TestShard.open(in: folder) }

            _ = try? FileManager.default.removeItem(atPath: folder.path("test.db"))
            try FileManager.default.moveItem(atPath: folder.path("away"), toPath: folder.path("test.db"))
            let again = try TestShard.open(in: folder)
            #expect(try again.readNow { try TestShard.texts($0) } == ["kept"])
            #expect(try again.bodies.withBytes(of: name) { $0.count } == 6)
            again.close()
        }
    }

    @Test("a first start that ended before the database was made is begun again")
    func unfinished() async throws {
        try await TemporaryFolder.with { folder in
            try Data().write(to: URL(filePath: folder.path("test.lock")))
            let shard = try TestShard.open(in: folder)
            try await shard.write(.durable) { try TestShard.insert("first", $0) }
            shard.close()
        }
    }
}
