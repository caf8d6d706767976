import Glibc
import MailTesting
import Storage
import Testing

struct Refusal: Error {}

/// The head of a write-ahead log, where SQLite counts how often it has started over.
private final class LogHead: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws {
        self.descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard self.descriptor >= 0 else { throw Refusal() }
    }

    deinit {
        close(self.descriptor)
    }

    var sequenceNumber: UInt32 {
        var number = UInt32(0)
        _ = unsafe withUnsafeMutableBytes(of: &number) { unsafe pread(self.descriptor, $0.baseAddress, 4, 12) }
        return UInt32(bigEndian: number)
    }
}

@Suite("group commit", .timeLimit(.minutes(10)))
struct GroupCommitTests {
    @Test("operations are answered in the order they were given, durable or lazy")
    func order() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            let events = EventList()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await withCheckedContinuation { continuation in
                        for number in 0..<500 {
                            shard.write(number % 3 == 0 ? .lazy : .durable) { database in
                                try TestShard.insert("\(number)", database)
                            } completion: { _ in
                                events.add("\(number)")
                                if number == 499 { continuation.resume() }
                            }
                        }
                    }
                }
            }
            #expect(events.all == (0..<500).map { "\($0)" })
            #expect(try shard.readNow { try TestShard.texts($0) } == (0..<500).map { "\($0)" })
            shard.close()
        }
    }

    @Test("many waiting operations share few syncs")
    func sharing() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            try await Self.writeMany(200, into: shard)
            #expect(shard.syncs < 100)
            shard.close()
        }
    }

    @Test("a failing operation fails alone and leaves nothing behind", arguments: [1, 2, 5, 40])
    func failsAlone(every: Int) async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
                for number in 0..<120 {
                    group.addTask {
                        do {
                            try await shard.write(.durable) { database in
                                try TestShard.insert("\(number)", database)
                                database.tally(.accepted, 1)
                                if number % every == 0 { throw Refusal() }
                            }
                            return (number, true)
                        } catch {
                            #expect(error is Refusal)
                            return (number, false)
                        }
                    }
                }
                return await group.reduce(into: [(Int, Bool)]()) { $0.append($1) }
            }
            for (number, isStored) in outcomes { #expect(isStored == (number % every != 0)) }
            let stored = Set(try shard.readNow { try TestShard.texts($0) })
            #expect(stored == Set((0..<120).filter { $0 % every != 0 }.map { "\($0)" }))
            #expect(try shard.custody()[.accepted] ?? 0 == stored.count)
            shard.close()
        }
    }

    @Test("an operation that runs twice counts once, and its file actions run once")
    func repeats() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            let events = EventList()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let write: Void? = try? await shard.write(.durable) { database in
                            try TestShard.insert("\(number)", database)
                            database.afterCommit { events.add("\(number)") }
                            if number == 25 { throw Refusal() }
                        }
                        #expect((write == nil) == (number == 25))
                    }
                }
                try await group.waitForAll()
            }
            #expect(events.all.count == 49)
            #expect(Set(events.all).count == 49)
            #expect(!events.all.contains("25"))
            shard.close()
        }
    }

    @Test("what a lazy write wants removed stays until the write is on the disk")
    func lazyActions() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            let (syncs, action) = AsyncStream.makeStream(of: Int.self)
            let before = shard.syncs
            try await shard.write(.lazy) { database in
                try TestShard.insert("lazy", database)
                database.afterCommit { action.yield(shard.syncs) }
            }
            let after = await syncs.first { _ in true }
            #expect(try #require(after) > before)
            shard.close()
        }
    }

    @Test("what lazy writes want removed is removed once, with a durable write and at the end")
    func lazyActionsOnce() throws {
        try TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            let events = EventList()
            for number in 0..<60 {
                shard.write(number % 3 == 0 ? .durable : .lazy) { database in
                    try TestShard.insert("\(number)", database)
                    database.afterCommit { events.add("\(number)") }
                } completion: { _ in
                }
            }
            shard.close()
            #expect(events.all.sorted() == (0..<60).map { "\($0)" }.sorted())
        }
    }

    @Test("what is answered before close is there after it, and later writes are refused")
    func closing() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            let events = EventList()
            for number in 0..<100 {
                shard.write(number % 2 == 0 ? .lazy : .durable) { database in
                    try TestShard.insert("\(number)", database)
                } completion: { result in
                    if case .success = result { events.add("\(number)") }
                }
            }
            shard.close()
            #expect(events.all.count == 100)
            await #expect(throws: StorageError.self) { try await shard.write(.durable) { _ in } }
            await #expect(throws: StorageError.self) { try await shard.read { _ in } }
            let again = try TestShard.open(in: folder)
            #expect(try again.readNow { try TestShard.texts($0) }.count == 100)
            #expect(again.jump == nil)
            again.close()
        }
    }

    @Test("a read sees one moment, whatever is written meanwhile")
    func snapshot() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            try await shard.write(.durable) { try TestShard.insert("before", $0) }
            let (first, second) = try await shard.read { database in
                let first = try TestShard.texts(database)
                try shard.writeNow { try TestShard.insert("meanwhile", $0) }
                return (first, try TestShard.texts(database))
            }
            #expect(first == ["before"])
            #expect(second == ["before"])
            #expect(try await shard.read { try TestShard.texts($0) } == ["before", "meanwhile"])
            shard.close()
        }
    }

    @Test("the log is copied into the database while writing goes on, and starts over")
    func checkpoints() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder) { options in
                options.logMax = 256 * 1_024
                options.logPrepared = 256 * 1_024
            }
            let log = try LogHead(folder.path("test.db-wal"))
            let before = log.sequenceNumber
            let text = String(repeating: "x", count: 2_000)
            for round in 0..<20 { try await Self.writeMany(100, into: shard, prefix: "\(round) \(text)") }
            #expect(try shard.readNow { try TestShard.texts($0).count } == 2_000)
            #expect(log.sequenceNumber != before, "it never started over")
            shard.close()
        }
    }

    /// Each write is waiting before the one at hand is answered, so that the writer always has something to do:
    ///
    ///     writer: commit, answer ─▶ the next one waits ─▶ commit, …       checkpointer: copies what is in the log
    @Test("the log starts over while the writer is never idle")
    func checkpointsOfABusyWriter() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder) { options in
                options.logMax = 256 * 1_024
                options.logPrepared = 256 * 1_024
            }
            let log = try LogHead(folder.path("test.db-wal"))
            let before = log.sequenceNumber
            let hasStartedOver = await withCheckedContinuation { continuation in
                Self.writeOn(shard, left: 20_000, until: { log.sequenceNumber != before }) {
                    continuation.resume(returning: $0)
                }
            }
            #expect(hasStartedOver)
            shard.close()
        }
    }

    private static func writeOn(
        _ shard: Shard,
        left: Int,
        until isDone: @escaping @Sendable () -> Bool,
        _ end: @escaping @Sendable (Bool) -> Void
    ) {
        shard.write(.lazy) { database in
            try TestShard.insert("\(left)", database)
        } completion: { _ in
            if isDone() { return end(true) }
            guard left > 0 else { return end(false) }
            Self.writeOn(shard, left: left - 1, until: isDone, end)
            // The checkpointer gets its turn on a busy machine, too.
            usleep(200)
        }
    }

    private static func writeMany(_ count: Int, into shard: Shard, prefix: String = "") async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask { try await shard.write(.durable) { try TestShard.insert("\(prefix) \(number)", $0) } }
            }
            try await group.waitForAll()
        }
    }
}
