import Foundation
import Glibc
import MailTesting
import NIOCore
import Storage
import Testing

@Suite("a disk that fails", .timeLimit(.minutes(10)))
struct FailedSyncTests {
    @Test("after a failed sync nothing is acknowledged, and who can open the shard anew, after which it works, is told")
    func failedSync() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            let told = EventList()
            shard.setFailureHandler { told.add("\($0.code)") }
            try await shard.write(.durable) { try TestShard.insert("before", $0) }
            #expect(told.all.isEmpty)
            try Self.breakSync(of: folder.path("test.db-wal"))
            for number in 0..<3 {
                let error = await #expect(throws: StorageError.self) {
                    try await shard.write(.durable) { try TestShard.insert("after \(number)", $0) }
                }
                #expect(error?.code == .io)
            }
            #expect(told.all == ["io"])
            let toldLate = EventList()
            shard.setFailureHandler { toldLate.add("\($0.code)") }
            #expect(toldLate.all == ["io"])
            shard.close()

            let again = try TestShard.open(in: folder) { $0.purpose = .serviceAfterDiskFailure }
            defer { again.close() }
            try await again.write(.durable) { try TestShard.insert("again", $0) }
            let texts = try await again.read { try TestShard.texts($0) }
            // The one whose sync failed may be there: nobody was told that it is not.
            #expect(texts.filter { $0 != "after 0" } == ["before", "again"])
        }
    }

    @Test("a log that may be in memory only is written into the database before anything is added")
    func rewriting() async throws {
        try await TemporaryFolder.with { folder in
            try await TemporaryFolder.with { copy in
                let shard = try TestShard.open(in: folder)
                try await shard.write(.durable) { try TestShard.insert("in the log", $0) }
                for name in ["test.db", "test.db-wal", "test.lock"] {
                    try FileManager.default.copyItem(atPath: folder.path(name), toPath: copy.path(name))
                }
                shard.close()
                try TestShard.open(in: copy) { options in
                    options.purpose = .serviceAfterDiskFailure
                    options.logPrepared = 0
                }.close()
                FileSystem.remove(copy.path("test.db-wal"))
                let again = try TestShard.open(in: copy)
                defer { again.close() }
                #expect(try await again.read { try TestShard.texts($0) } == ["in the log"])
            }
        }
    }

    @Test("an error of the database names its file and what the system said")
    func namedFile() throws {
        try TemporaryFolder.with { folder in
            try TestShard.open(in: folder).close()
            let log = folder.path("test.db-wal")
            FileSystem.remove(log)
            try FileSystem.makeFolder(log)
            let error = #expect(throws: StorageError.self) { try TestShard.open(in: folder) }
            #expect(error?.detail.contains(folder.path("test.db")) == true, "\(error?.detail ?? "")")
            #expect(error?.detail.contains("Is a directory") == true, "\(error?.detail ?? "")")
        }
    }

    @Test("what cannot be written into the log fails its operation with what the system said, and the next one works")
    func failedWrite() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            defer { shard.close() }
            try await shard.write(.durable) { try TestShard.insert("before", $0) }
            let logs = try Self.descriptors(of: folder.path("test.db-wal"), byDatabase: true)
            try #require(!logs.isEmpty)
            let kept = logs.map { (log: $0, copy: dup($0)) }
            let readOnly = unsafe open(folder.path("test.db-wal"), O_RDONLY)
            for log in logs { try #require(dup2(readOnly, log) == log) }
            close(readOnly)
            let error = await #expect(throws: StorageError.self) {
                try await shard.write(.durable) { try TestShard.insert("lost", $0) }
            }
            let detail = error?.detail ?? ""
            #expect(detail.contains("Bad file descriptor") && detail.contains(folder.path("test.db")), "\(detail)")
            for (log, copy) in kept {
                try #require(dup2(copy, log) == log)
                close(copy)
            }
            try await shard.write(.durable) { try TestShard.insert("after", $0) }
            #expect(try await shard.read { try TestShard.texts($0) } == ["before", "after"])
        }
    }

    @Test("a checkpoint whose sync failed ends the shard, and the log stays for the next opening")
    func failedCheckpoint() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder) { $0.logMax = 64 << 10 }
            let told = EventList()
            shard.setFailureHandler { told.add("\($0.code)") }
            let database = folder.path("test.db")
            // By which the checkpointer syncs; SQLite's own are told from it.
            let own = try Self.descriptors(of: database, byDatabase: false)
            var pipe: [Int32] = [-1, -1]
            let status = unsafe Glibc.pipe(&pipe)
            try #require(status == 0 && !own.isEmpty)
            for descriptor in own { try #require(dup2(pipe[1], descriptor) == descriptor) }
            for end in pipe { close(end) }
            var written: [String] = []
            while told.all.isEmpty, written.count < 1_000 {
                let text = "\(written.count) " + String(repeating: "x", count: 2_000)
                do {
                    try await shard.write(.durable) { try TestShard.insert(text, $0) }
                    written.append(text)
                } catch {
                    #expect((error as? StorageError)?.code == .io)
                }
            }
            #expect(told.all == ["io"])
            let error = await #expect(throws: StorageError.self) {
                try await shard.write(.durable) { try TestShard.insert("late", $0) }
            }
            #expect(error?.code == .io)
            let log = try FileSystem.size(of: folder.path("test.db-wal"))
            shard.close()
            #expect(try FileSystem.size(of: folder.path("test.db-wal")) >= log)

            let again = try TestShard.open(in: folder) { $0.purpose = .serviceAfterDiskFailure }
            defer { again.close() }
            #expect(Set(try await again.read { try TestShard.texts($0) }).isSuperset(of: written))
        }
    }

    /// Puts a pipe, which cannot be synced, in the place of the descriptor by which the shard syncs its log. SQLite's
    /// own is told from it by how it was opened.
    private static func breakSync(of path: String) throws {
        var pipe: [Int32] = [-1, -1]
        let status = unsafe Glibc.pipe(&pipe)
        try #require(status == 0)
        defer { for end in pipe { close(end) } }
        let found = try Self.descriptors(of: path, byDatabase: false)
        try #require(found.count == 1)
        try #require(dup2(pipe[1], found[0]) == found[0])
    }

    private static func descriptors(of path: String, byDatabase: Bool) throws -> [Int32] {
        let file = URL(filePath: path).resolvingSymlinksInPath().path
        let all = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }
        return all.filter { descriptor in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
            return target == file && (fcntl(descriptor, F_GETFL) & O_NOFOLLOW != 0) == byDatabase
        }.sorted()
    }
}
