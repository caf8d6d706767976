import Glibc
import MailTesting
import NIOCore
import Storage
import Testing

@Suite("a shard", .timeLimit(.minutes(10)))
struct ShardTests {
    @Test(
        "where a disk has failed to fill mapped memory the database is not mapped any more",
        arguments: [(ShardPurpose.service, true), (.serviceAfterFailedRead, false)]
    )
    func mapping(_ purpose: ShardPurpose, _ isMapped: Bool) async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder) { $0.purpose = purpose }
            defer { shard.close() }
            let octets = try await shard.read { try $0.integer("PRAGMA mmap_size") }
            #expect((octets > 0) == isMapped)
        }
    }

    @Test("a database keeps the size of its pages, whatever new ones are made with")
    func pageSize() throws {
        try TemporaryFolder.with { folder in
            let made = try TestShard.open(in: folder) { $0.pageSize = 4_096 }
            try made.writeNow { try TestShard.insert("text", $0) }
            made.close()
            let again = try TestShard.open(in: folder)
            defer { again.close() }
            try again.writeNow { try TestShard.insert("more", $0) }
            #expect(try again.readNow { try $0.integer("PRAGMA page_size") } == 4_096)
            #expect(try again.readNow { try TestShard.texts($0) } == ["text", "more"])
        }
    }

    @Test("lesson 23: a newer format is refused and nothing is touched")
    func newer() throws {
        try TemporaryFolder.with { folder in
            try TestShard.open(in: folder).close()
            let newer = TestShard.migrations + [Migration(2, "CREATE TABLE later(id INTEGER PRIMARY KEY)")]
            try Shard.open(folder: folder.path, name: "test", migrations: newer).close()
            let error = #expect(throws: StorageError.self) { try TestShard.open(in: folder) }
            #expect(error?.code == .newerFormat)
            #expect(error?.detail.contains("data format 2") == true)
            try Shard.open(folder: folder.path, name: "test", migrations: newer).close()
        }
    }

    @Test("lesson 23: a format older than the first known upgrade is refused and nothing is touched")
    func older() throws {
        try TemporaryFolder.with { folder in
            try TestShard.open(in: folder).close()
            let late = [Migration(3, "CREATE TABLE later(id INTEGER PRIMARY KEY)")]
            let error = #expect(throws: StorageError.self) {
                try Shard.open(folder: folder.path, name: "test", migrations: late)
            }
            #expect(error?.code == .olderFormat)
            try TestShard.open(in: folder).close()
        }
    }

    @Test("lesson 23: a format is judged without opening the database")
    func judged() throws {
        try TemporaryFolder.with { folder in
            try Shard.checkFormat(folder: folder.path, name: "test", migrations: TestShard.migrations)
            #expect(FileSystem.names(in: folder.path).isEmpty)
            let newer = TestShard.migrations + [Migration(2, "CREATE TABLE later(id INTEGER PRIMARY KEY)")]
            try Shard.open(folder: folder.path, name: "test", migrations: newer).close()
            let before = FileSystem.names(in: folder.path).sorted()
            try Shard.checkFormat(folder: folder.path, name: "test", migrations: newer)
            let error = #expect(throws: StorageError.self) {
                try Shard.checkFormat(folder: folder.path, name: "test", migrations: TestShard.migrations)
            }
            #expect(error?.code == .newerFormat)
            #expect(FileSystem.names(in: folder.path).sorted() == before)
        }
    }

    @Test("an upgrade that fails leaves the format before it")
    func failingUpgrade() throws {
        try TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            try shard.writeNow { try TestShard.insert("kept", $0) }
            shard.close()
            let broken = TestShard.migrations + [Migration(2, "CREATE TABLE other(id); CREATE TABLE note(id)")]
            #expect(throws: StorageError.self) {
                try Shard.open(folder: folder.path, name: "test", migrations: broken)
            }
            let again = try TestShard.open(in: folder)
            #expect(try again.readNow { try TestShard.texts($0) } == ["kept"])
            again.close()
        }
    }

    @Test("a second opener is told that the shard is in use")
    func inUse() throws {
        try TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            let error = #expect(throws: StorageError.self) { try TestShard.open(in: folder) }
            #expect(error?.code == .busy)
            shard.close()
            try TestShard.open(in: folder).close()
        }
    }

    @Test("a closed shard can be opened at once, though a child that is being started still has its descriptors")
    func reopened() throws {
        try TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            let file = folder.path("test.lock")
            let held = FileSystem.names(in: "/proc/self/fd").compactMap { Int32($0) }.filter {
                Self.path(of: $0) == file
            }.map { dup($0) }
            #expect(!held.isEmpty && held.allSatisfy { $0 >= 0 })
            defer { for number in held { _ = Glibc.close(number) } }
            shard.close()
            try TestShard.open(in: folder).close()
        }
    }

    /// Where an open descriptor leads to.
    private static func path(of number: Int32) -> String? {
        var octets = [CChar](repeating: 0, count: 4_096)
        let count = unsafe readlink("/proc/self/fd/\(number)", &octets, octets.count)
        return count > 0 ? String(decoding: octets[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    @Test("a backup is a moment of the shard that opens by itself, and says that time was turned back")
    func backup() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: TemporaryFolder(in: folder.path))
            let name = try shard.bodies.store(.init(string: "a body"))
            try await shard.write(.durable) { database in
                try TestShard.insert("first", database)
                try database.execute("UPDATE note SET file = '\(name)'")
            }
            #expect(try shard.backup(to: folder.path("copy")) == [])
            try await shard.write(.durable) { try TestShard.insert("second", $0) }
            #expect(throws: StorageError.self) { try shard.backup(to: folder.path("copy")) }
            shard.close()
            var options = Shard.Options()
            options.bodyNames = "SELECT file FROM note WHERE file IS NOT NULL"
            let copy = try Shard.open(
                folder: folder.path("copy"),
                name: "test",
                migrations: TestShard.migrations,
                options: options
            )
            #expect(copy.jump == .afterCopy)
            #expect(try copy.readNow { try TestShard.texts($0) } == ["first"])
            #expect(try copy.bodies.withBytes(of: name) { $0.count } == 6)
            copy.close()
        }
    }

    @Test("lesson 22: a body that is lost or unreadable does not keep the rest from being backed up")
    func backupWithoutBody() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: TemporaryFolder(in: folder.path))
            let names = try (0..<4).map { try shard.bodies.store(.init(string: "body \($0)")) }
            try await shard.write(.durable) { database in
                for name in names {
                    try TestShard.insert(name, database)
                    try database.execute("UPDATE note SET file = text WHERE text = '\(name)'")
                }
            }
            shard.bodies.remove(names[1])
            // Nobody can read a folder as a file.
            shard.bodies.remove(names[2])
            _ = unsafe mkdir(shard.bodies.path(of: names[2]), 0o700)
            #expect(try shard.backup(to: folder.path("copy")) == [names[1], names[2]])
            let bodies = folder.path("copy/test.bodies")
            let copied = FileSystem.names(in: bodies).flatMap { FileSystem.names(in: "\(bodies)/\($0)") }
            #expect(Set(copied) == [names[0], names[3]])
            shard.close()
        }
    }

    @Test("a constraint that fails is told as such")
    func constraint() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            try await shard.write(.durable) { try TestShard.insert("same", $0) }
            let error = await #expect(throws: StorageError.self) {
                try await shard.write(.durable) { try TestShard.insert("same", $0) }
            }
            #expect(error?.code == .constraint)
            shard.close()
        }
    }
}
