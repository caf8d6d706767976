import MailTesting
import Storage
import Testing

@Suite("the gathered log", .timeLimit(.minutes(10)))
struct LogGatheringTests {
    private struct Refusal: Error {}

    private static func text(_ number: Int) -> String { "\(number) " + String(repeating: "x", count: 2_000) }

    private static func insert(_ numbers: Range<Int>, into shard: Shard) throws {
        try shard.writeNow { database in
            for number in numbers { try TestShard.insert(Self.text(number), database) }
        }
    }

    @Test("a commit larger than the buffer is whole for readers and in a copy of the files")
    func large() throws {
        try TemporaryFolder.with { folder in
            let home = TemporaryFolder(in: folder.path)
            let shard = try TestShard.open(in: home)
            try Self.insert(0..<300, into: shard)
            let expected = (0..<300).map(Self.text)
            #expect(try shard.readNow { try TestShard.texts($0) } == expected)
            // As after a crash: what the system has of the files, without anybody closing them.
            let copy = TemporaryFolder(in: folder.path)
            try Self.copyFiles(from: home, to: copy)
            let again = try TestShard.open(in: copy)
            #expect(try again.readNow { try TestShard.texts($0) } == expected)
            again.close()
            shard.close()
        }
    }

    @Test("a log that a crash left is read, gone on with, and whole after the next crash")
    func leftByCrash() throws {
        try TemporaryFolder.with { folder in
            var home = TemporaryFolder(in: folder.path)
            var shards = [try TestShard.open(in: home)]
            for round in 0..<5 {
                for number in 0..<20 {
                    let first = round * 100 + number * 3
                    try Self.insert(first..<first + 1 + number % 3, into: shards[round])
                }
                let expected = (0...round).flatMap { round in
                    (0..<20).flatMap { number in
                        (0..<1 + number % 3).map { Self.text(round * 100 + number * 3 + $0) }
                    }
                }
                #expect(try shards[round].readNow { try TestShard.texts($0) } == expected, "round \(round)")
                let next = TemporaryFolder(in: folder.path)
                try Self.copyFiles(from: home, to: next)
                home = next
                shards.append(try TestShard.open(in: home))
                #expect(try shards[round + 1].readNow { try TestShard.texts($0) } == expected, "after \(round)")
            }
            for shard in shards { shard.close() }
        }
    }

    @Test("durable and lazy writes are whole after a crash, in whatever order they come", arguments: [1, 2, 3])
    func durableAndLazy(seed: UInt64) async throws {
        try await TemporaryFolder.with { folder in
            let home = TemporaryFolder(in: folder.path)
            // So short that it starts over several times.
            let shard = try TestShard.open(in: home) { $0.logMax = 256 << 10 }
            var random = SeededGenerator(seed: seed)
            var expected: [String] = []
            for number in 0..<400 {
                // Every now and then one that is written in several calls.
                let octetsMax = number % 16 == 3 ? 400_000 : 9_000
                let text = "\(number) " + String(repeating: "z", count: Int.random(in: 0..<octetsMax, using: &random))
                let durability: Durability = Bool.random(using: &random) ? .durable : .lazy
                try await shard.write(durability) { try TestShard.insert(text, $0) }
                expected.append(text)
                guard number % 40 == 39 else { continue }
                let copy = TemporaryFolder(in: folder.path)
                try Self.copyFiles(from: home, to: copy)
                let again = try TestShard.open(in: copy)
                #expect(try await again.read { try TestShard.texts($0) } == expected, "after \(number)")
                again.close()
            }
            shard.close()
        }
    }

    @Test("a lazy commit is written whatever its size")
    func lazySizes() async throws {
        try await TemporaryFolder.with { folder in
            let home = TemporaryFolder(in: folder.path)
            let shard = try TestShard.open(in: home) { $0.logMax = 1 << 30 }
            let sizes = stride(from: 100_000, to: 300_000, by: 1_500).map { $0 }
            for size in sizes {
                try await shard.write(.lazy) { try TestShard.insert(String(repeating: "z", count: size), $0) }
            }
            let copy = TemporaryFolder(in: folder.path)
            try Self.copyFiles(from: home, to: copy)
            let again = try TestShard.open(in: copy)
            #expect(try await again.read { try TestShard.texts($0).map(\.utf8.count) } == sizes)
            again.close()
            shard.close()
        }
    }

    @Test("a log that is longer than what is kept of it in memory is read, copied and written on")
    func longerThanMemory() async throws {
        try await TemporaryFolder.with { folder in
            let home = TemporaryFolder(in: folder.path)
            let shard = try TestShard.open(in: home) { $0.logMax = 1 << 30 }
            let filler = String(repeating: "y", count: 100_000)
            for batch in 0..<45 {
                try await shard.write(.durable) { database in
                    for number in 0..<10 { try TestShard.insert("\(batch) \(number) \(filler)", database) }
                }
            }
            let log = try FileSystem.size(of: home.path("test.db-wal"))
            #expect(log > 40 << 20)
            let expected = (0..<45).flatMap { batch in (0..<10).map { "\(batch) \($0) \(filler)" } }
            #expect(try await shard.read { try TestShard.texts($0) } == expected)
            let copy = TemporaryFolder(in: folder.path)
            try Self.copyFiles(from: home, to: copy)
            let again = try TestShard.open(in: copy)
            #expect(try await again.read { try TestShard.texts($0) } == expected)
            // It starts over, and what is written then stands where other things stood.
            try await again.write(.durable) { try $0.execute("DELETE FROM note WHERE text LIKE '4%'") }
            try await again.write(.durable) { try TestShard.insert("late", $0) }
            let left = expected.filter { !$0.hasPrefix("4") } + ["late"]
            #expect(try await again.read { try TestShard.texts($0) } == left)
            again.close()
            shard.close()
        }
    }

    @Test("a transaction longer than what is kept in memory, which writes a page once more, is whole")
    func longAndWrittenOver() async throws {
        try await TemporaryFolder.with { folder in
            let home = TemporaryFolder(in: folder.path)
            let shard = try TestShard.open(in: home) { options in
                options.logMax = 1 << 30
                options.writerCacheKiB = 16
            }
            let filler = String(repeating: "z", count: 100_000)
            try await shard.write(.durable) { database in
                try TestShard.insert("first", database)
                for number in 0..<400 { try TestShard.insert("\(number) \(filler)", database) }
                try database.execute("UPDATE note SET text = 'first again' WHERE id = 1")
            }
            #expect(try FileSystem.size(of: home.path("test.db-wal")) > 40 << 20)
            let expected = ["first again"] + (0..<400).map { "\($0) \(filler)" }
            #expect(try await shard.read { try TestShard.texts($0) } == expected)
            let copy = TemporaryFolder(in: folder.path)
            try Self.copyFiles(from: home, to: copy)
            let again = try TestShard.open(in: copy)
            #expect(try await again.read { try TestShard.texts($0) } == expected)
            let check = try again.readNow { try $0.statement("PRAGMA integrity_check").first { $0.text(0) } }
            #expect(check == "ok")
            again.close()
            shard.close()
        }
    }

    private static func copyFiles(from home: TemporaryFolder, to copy: TemporaryFolder) throws {
        for name in ["test.db", "test.db-wal"] {
            _ = try TestTool.run("cp", package: "coreutils", [home.path(name), copy.path(name)])
        }
    }

    @Test("pages that leave the writer's memory before the commit are read back, undone and written over")
    func spilled() throws {
        try TemporaryFolder.with { folder in
            // A few pages, so that a transaction of hundreds writes into the log long before it ends.
            let shard = try TestShard.open(in: folder) { $0.writerCacheKiB = 16 }
            try Self.insert(0..<50, into: shard)
            for round in 1...20 {
                let first = round * 1_000
                #expect(throws: Refusal.self) {
                    try shard.writeNow { database in
                        for number in first..<first + 200 { try TestShard.insert(Self.text(number), database) }
                        let count = try database.integer("SELECT count(*) FROM note WHERE length(text) > 2000")
                        #expect(count >= 250)
                        throw Refusal()
                    }
                }
                try Self.insert(first..<first + 7, into: shard)
            }
            let expected = Set(
                (0..<50).map(Self.text) + (1...20).flatMap { ($0 * 1_000..<$0 * 1_000 + 7).map(Self.text) }
            )
            #expect(Set(try shard.readNow { try TestShard.texts($0) }) == expected)
            shard.close()
            let again = try TestShard.open(in: folder)
            #expect(Set(try again.readNow { try TestShard.texts($0) }) == expected)
            let check = try again.readNow { try $0.statement("PRAGMA integrity_check").first { $0.text(0) } }
            #expect(check == "ok")
            again.close()
        }
    }

    @Test("the log starts over when it is copied, while readers and writers go on")
    func startingOver() throws {
        try TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder) { options in
                options.logPrepared = 0
                options.logMax = 256 << 10
            }
            for batch in 0..<200 {
                try Self.insert(batch * 10..<batch * 10 + 10, into: shard)
                #expect(try shard.readNow { try $0.integer("SELECT count(*) FROM note") } == batch * 10 + 10)
            }
            // Four megabytes and more were written.
            #expect(try FileSystem.size(of: folder.path("test.db-wal")) < 3 << 20)
            shard.close()
            let again = try TestShard.open(in: folder)
            #expect(try again.readNow { try TestShard.texts($0) } == (0..<2_000).map(Self.text))
            again.close()
        }
    }

    @Test("the log's file grows by whole steps, whatever the size of the commits, and is read back")
    func growing() throws {
        try TemporaryFolder.with { folder in
            let home = TemporaryFolder(in: folder.path)
            let shard = try TestShard.open(in: home) { $0.logPrepared = 0 }
            var sizes: Set<Int> = []
            for batch in 0..<300 {
                try Self.insert(batch * 10..<batch * 10 + 10, into: shard)
                sizes.insert(try FileSystem.size(of: home.path("test.db-wal")))
            }
            #expect(sizes.count > 3)
            #expect(sizes.allSatisfy { $0 % (1 << 20) == 0 })
            let copy = TemporaryFolder(in: folder.path)
            try Self.copyFiles(from: home, to: copy)
            let again = try TestShard.open(in: copy)
            #expect(try again.readNow { try TestShard.texts($0) } == (0..<3_000).map(Self.text))
            again.close()
            shard.close()
        }
    }
}
