import Foundation
import MailTesting
import NIOCore
import Testing

@testable import Storage

@Suite("large bodies as files", .timeLimit(.minutes(10)))
struct BodyFilesTests {
    @Test(
        "a message spooled on another file system is taken by a copy",
        .enabled(if: SmallDisk.isPossible, "needs a small tmpfs")
    )
    func otherFileSystem() async throws {
        let disk = try SmallDisk(mebibytes: 4)
        defer { disk.remove() }
        try await TemporaryFolder.with { folder in
            let spool = try Spool.open(folder: disk.folder.path("spool"))
            let file = try await SpoolTests.spool(["one", "two"].map(ByteBuffer.init(string:)), in: spool)
            let shard = try TestShard.open(in: folder)
            defer { shard.close() }
            let name = try shard.bodies.adopt(file)
            MessageContent.file(file).discard()
            #expect(shard.bodies.all() == [name])
            #expect(
                try shard.bodies.withBytes(of: name) { bytes in (0..<bytes.count).map { bytes[$0] } }
                    == Array("onetwo".utf8)
            )
        }
    }

    @Test("a part of a body is read behind what stands in the buffer, and nothing of one that is cut short")
    func parts() throws {
        try TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            defer { shard.close() }
            let name = try shard.bodies.store(ByteBuffer(string: "0123456789"))
            let file = try shard.bodies.open(name)
            #expect(file.octets == 10)
            var buffer = ByteBuffer(string: "octets: ")
            try file.append(3..<7, to: &buffer)
            try file.append(7..<7, to: &buffer)
            try file.append(9..<10, to: &buffer)
            #expect(String(buffer: buffer) == "octets: 34569")
            #expect(throws: StorageError.self) { try file.append(8..<11, to: &buffer) }
            #expect(String(buffer: buffer) == "octets: 34569")
        }
    }

    @Test("lesson 21: a name is never used twice, so a late removal cannot meet a new body")
    func names() throws {
        try TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            var names: Set<String> = []
            for _ in 0..<50 {
                let name = try shard.bodies.store(ByteBuffer(string: "same bytes"))
                #expect(names.insert(name).inserted)
                shard.bodies.remove(name)
            }
            #expect(shard.bodies.all().isEmpty)
            shard.close()
        }
    }

    @Test("lesson 22: a damaged page where files are named does not keep a shard from opening, and no file goes")
    func sweepingDamaged() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            let names = try (0..<50).map { try shard.bodies.store(ByteBuffer(string: "body \($0)")) }
            try await shard.write(.durable) { database in
                for (number, name) in names.enumerated() {
                    try TestShard.insert("\(number) \(String(repeating: "x", count: 500))", database)
                    try database.execute("UPDATE note SET file = '\(name)' WHERE id = \(number + 1)")
                }
            }
            shard.close()
            try folder.breakPage(of: "test.db", with: Array(names[25].utf8))

            let again = try TestShard.open(in: folder)
            #expect(Set(again.bodies.all()) == Set(names))
            #expect(try again.readNow { try $0.integer("SELECT id FROM note WHERE id = 1") } == 1)
            try await again.write(.durable) { try TestShard.insert("after", $0) }
            again.close()
        }
    }

    @Test("lesson 21: a start removes files of an earlier run without a row, and no others")
    func sweeping() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            let used = try shard.bodies.store(ByteBuffer(string: "used"))
            let unused = try shard.bodies.store(ByteBuffer(string: "unused"))
            try await shard.write(.durable) { database in
                try TestShard.insert("with file", database)
                try database.execute("UPDATE note SET file = '\(used)'")
            }
            shard.close()
            let again = try TestShard.open(in: folder)
            #expect(again.bodies.exists(used))
            #expect(!again.bodies.exists(unused))
            #expect(again.bodies.all() == [used])
            again.close()
        }
    }

    @Test("a file is removed after the transaction that let it go, and not when that fails")
    func removal() async throws {
        try await TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            let name = try shard.bodies.store(ByteBuffer(string: "body"))
            let bodies = shard.bodies
            _ = try? await shard.write(.durable) { database in
                database.afterCommit { bodies.remove(name) }
                throw Refusal()
            }
            #expect(shard.bodies.exists(name))
            try await shard.write(.durable) { database in database.afterCommit { bodies.remove(name) } }
            #expect(!shard.bodies.exists(name))
            shard.close()
        }
    }

    @Test(
        "the content hash is XXH64",
        arguments: [
            ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
            ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
        ] as [(String, UInt64)]
    )
    func hash(text: String, expected: UInt64) {
        #expect(ContentHash.of(Array(text.utf8).span) == expected)
    }

    @Test("a body that is cut short while it is read is an error of its reader, and ends nobody else")
    func cutWhileRead() throws {
        try TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            defer { shard.close() }
            let name = try shard.bodies.store(ByteBuffer(repeating: 0x78, count: 1 << 20))
            let whole = try shard.bodies.store(ByteBuffer(repeating: 0x78, count: 1 << 20))
            let path = shard.bodies.path(of: name)
            let error = #expect(throws: StorageError.self) {
                try shard.bodies.withBytes(of: name) { bytes in
                    try #require(FileHandle(forWritingAtPath: path)).truncate(atOffset: 5_000)
                    var sum = 0
                    for index in 0..<bytes.count { sum += Int(bytes[index]) }
                    #expect(sum < bytes.count * 0x78)
                }
            }
            #expect(error?.code == .io && error?.detail == "\(path): a part of it cannot be read")
            let last = try shard.bodies.withBytes(of: whole) { $0[$0.count - 1] }
            #expect(last == 0x78)
        }
    }

    @Test("more bodies than are mapped at once are read all the same")
    func manyAtOnce() throws {
        try TemporaryFolder.with { folder in
            let shard = try TestShard.open(in: folder)
            defer { shard.close() }
            let name = try shard.bodies.store(ByteBuffer(string: "one of many"))
            #expect(try Self.sum(of: name, shard, depth: MappedRanges.countMax + 2) == (MappedRanges.countMax + 2) * 11)
        }
    }

    private static func sum(of name: String, _ shard: Shard, depth: Int) throws -> Int {
        if depth == 0 { return 0 }
        return try shard.bodies.withBytes(of: name) { try $0.count + Self.sum(of: name, shard, depth: depth - 1) }
    }
}
