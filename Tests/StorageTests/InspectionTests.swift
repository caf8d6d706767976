import MailTesting
import NIOCore
import Storage
import Testing

@Suite("a shard that is opened to be looked at", .timeLimit(.minutes(10)))
struct InspectionTests {
    @Test("nothing is swept, and what a crash or a copy leaves to be done stays to be done")
    func leavesAll() async throws {
        try await TemporaryFolder.with { folder in
            let original = try TestShard.open(in: folder)
            let stray = try original.bodies.store(ByteBuffer(string: "stray"))
            try await original.write(.durable) { try TestShard.insert("kept", $0) }
            let copyFolder = folder.path("copy")
            #expect(try original.backup(to: copyFolder) == [])
            original.close()
            for _ in 0..<2 {
                let shard = try TestShard.open(in: folder) { $0.purpose = .inspection }
                #expect(shard.bodies.all() == [stray])
                #expect(try shard.readNow { try TestShard.texts($0) } == ["kept"])
                shard.close()
                var options = Shard.Options()
                options.purpose = .inspection
                let copy = try Shard.open(
                    folder: copyFolder,
                    name: "test",
                    migrations: TestShard.migrations,
                    options: options
                )
                #expect(copy.jump == nil)
                copy.close()
            }
            let copy = try Shard.open(folder: copyFolder, name: "test", migrations: TestShard.migrations)
            #expect(copy.jump == .afterCopy)
            copy.close()
            let shard = try TestShard.open(in: folder)
            #expect(shard.bodies.all().isEmpty)
            shard.close()
        }
    }

    @Test("an older format is refused and stays as it is")
    func older() throws {
        try TemporaryFolder.with { folder in
            try TestShard.open(in: folder).close()
            let newer = TestShard.migrations + [Migration(2, "CREATE TABLE later(id INTEGER PRIMARY KEY)")]
            var options = Shard.Options()
            options.purpose = .inspection
            let error = #expect(throws: StorageError.self) {
                try Shard.open(folder: folder.path, name: "test", migrations: newer, options: options)
            }
            #expect(error?.code == .olderFormat && error?.detail.contains("data format 1") == true)
            try TestShard.open(in: folder).close()
        }
    }

    @Test("where there is none, none is made")
    func missing() {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        var options = Shard.Options()
        options.purpose = .inspection
        let error = #expect(throws: StorageError.self) {
            try Shard.open(folder: folder.path, name: "test", migrations: TestShard.migrations, options: options)
        }
        #expect(error?.code == .misuse)
        #expect(FileSystem.names(in: folder.path).isEmpty)
    }
}
