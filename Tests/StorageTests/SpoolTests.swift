import Foundation
import Glibc
import MailTesting
import NIOCore
import Testing

@testable import Storage

@Suite("the spool", .timeLimit(.minutes(10)))
struct SpoolTests {
    @Test("a spooled message comes out as it went in, and its name goes with discard")
    func spooling() async throws {
        try await TemporaryFolder.with { folder in
            let spool = try Spool.open(folder: folder.path("spool"))
            let file = try await Self.spool(["one", "two", "three"].map(ByteBuffer.init(string:)), in: spool)
            #expect(file.octets == 11)
            let content = MessageContent.file(file)
            #expect(try content.withBytes { bytes in (0..<bytes.count).map { bytes[$0] } } == Array("onetwothree".utf8))
            content.discard()
            #expect(FileSystem.names(in: folder.path("spool")).isEmpty)
        }
    }

    @Test("an empty message is a file of no octets")
    func empty() async throws {
        try await TemporaryFolder.with { folder in
            let spool = try Spool.open(folder: folder.path("spool"))
            let file = try await Self.spool([], in: spool)
            #expect(file.octets == 0)
            #expect(try MessageContent.file(file).withBytes { $0.count } == 0)
        }
    }

    @Test("what a crash leaves in the spool is gone after the next start")
    func leftovers() async throws {
        try await TemporaryFolder.with { folder in
            _ = try await Self.spool([ByteBuffer(string: "left")], in: try Spool.open(folder: folder.path("spool")))
            _ = try Spool.open(folder: folder.path("spool"))
            #expect(FileSystem.names(in: folder.path("spool")).isEmpty)
        }
    }

    @Test("a spool whose folder was removed makes it again")
    func removedFolder() async throws {
        try await TemporaryFolder.with { folder in
            let spool = try Spool.open(folder: folder.path("spool"))
            try FileManager.default.removeItem(atPath: folder.path("spool"))
            let file = try await Self.spool([ByteBuffer(string: "there")], in: spool)
            #expect(try MessageContent.file(file).withBytes { $0.count } == 5)
        }
    }

    @Test(
        "a message comes out as it went in, in whatever pieces it came",
        arguments: [
            [699_000, 1, 1], [65_535, 1], [65_536], [65_537, 3, 131_072], [7_000], [200_000, 100],
            [131_072, 65_536, 1],
        ]
    )
    func pieces(sizes: [Int]) async throws {
        let message = (0..<700_001).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        var parts: [ArraySlice<UInt8>] = []
        var start = 0
        while start < message.count {
            let end = min(start + sizes[parts.count % sizes.count], message.count)
            parts.append(message[start..<end])
            start = end
        }
        try await TemporaryFolder.with { folder in
            let spool = try Spool.open(folder: folder.path("spool"))
            let file = try await Self.spool(parts.map { ByteBuffer(bytes: $0) }, in: spool)
            #expect(file.octets == message.count)
            #expect(try MessageContent.file(file).withBytes { bytes in (0..<bytes.count).map { bytes[$0] } } == message)
            let shard = try TestShard.open(in: folder)
            defer { shard.close() }
            let name = try shard.bodies.adopt(file)
            file.discard()
            #expect(try shard.bodies.withBytes(of: name) { ContentHash.of($0) } == ContentHash.of(message.span))
        }
    }

    @Test("so many descriptors are kept for files that wait for their sync, and no more")
    func keptDescriptors() throws {
        try TemporaryFolder.with { folder in
            let path = folder.path("file")
            let first = try Descriptor.open(path, .creating)
            first.close()
            var kept: [KeptDescriptor] = []
            var refused: Descriptor?
            while refused == nil {
                let descriptor = try Descriptor.open(path, .reading)
                if let one = KeptDescriptor(descriptor) { kept.append(one) } else { refused = descriptor }
            }
            #expect(kept.count <= KeptDescriptor.countMax)
            #expect(try refused?.size() == 0, "a descriptor that is not kept is left open")
            refused?.close()
            let numbers = kept.map(\.descriptor.number)
            kept = []
            #expect(Set(numbers).count == numbers.count)
            let again = try #require(KeptDescriptor(try Descriptor.open(path, .reading)))
            #expect(try again.descriptor.size() == 0)
        }
    }

    @Test("a message whose sync has failed is stored nowhere, although the next sync would succeed")
    func failedSync() async throws {
        try await TemporaryFolder.with { folder in
            let spool = try Spool.open(folder: folder.path("spool"))
            let file = try await Self.spool([ByteBuffer(repeating: 0x78, count: 300_000)], in: spool)
            let shard = try TestShard.open(in: folder)
            defer { shard.close() }
            let descriptor = try #require(file.writing?.descriptor.number)
            let copy = dup(descriptor)
            // A pipe cannot be synced.
            var pipe: [Int32] = [-1, -1]
            let status = unsafe Glibc.pipe(&pipe)
            try #require(status == 0 && dup2(pipe[1], descriptor) == descriptor)
            let first = #expect(throws: StorageError.self) { try shard.bodies.adopt(file) }
            try #require(dup2(copy, descriptor) == descriptor)
            for end in pipe + [copy] { close(end) }
            let second = #expect(throws: StorageError.self) { try shard.bodies.adopt(file) }
            #expect(first?.operation.description == "fdatasync" && second?.detail == first?.detail)
            #expect(shard.bodies.all().isEmpty)
            #expect(throws: StorageError.self) { try MessageContent.file(file).withBytes { $0.count } }
        }
    }

    @Test("what a source hands over is written in its order, small pieces and large ones")
    func handedOver() async throws {
        try await TemporaryFolder.with { folder in
            let spool = try Spool.open(folder: folder.path("spool"))
            let pieces = [3, 0, 700_000, 1, 262_144, 5].enumerated().map { number, count in
                [UInt8](repeating: UInt8(number), count: count)
            }
            let writer = spool.begin()
            writer.append(ByteBuffer(string: "first")) { _ in }
            writer.append { emit in
                for piece in pieces { emit(piece.span) }
            }
            let file = try await withCheckedThrowingContinuation { continuation in
                writer.finish { continuation.resume(with: $0) }
            }
            let found = try MessageContent.file(file).withBytes { bytes in (0..<bytes.count).map { bytes[$0] } }
            #expect(found == Array("first".utf8) + pieces.joined())
        }
    }

    @Test("a source that fails is the failure of the message, which leaves no file")
    func failingSource() async throws {
        try await TemporaryFolder.with { folder in
            let spool = try Spool.open(folder: folder.path("spool"))
            let writer = spool.begin()
            writer.append { emit in
                emit([UInt8](repeating: 1, count: 300_000).span)
                throw StorageError(.corrupt, "read", "the source")
            }
            let error = await #expect(throws: StorageError.self) {
                _ = try await withCheckedThrowingContinuation { continuation in
                    writer.finish { continuation.resume(with: $0) }
                }
            }
            #expect(error?.code == .corrupt)
            #expect(FileSystem.names(in: folder.path("spool")).isEmpty)
        }
    }

    @Test("a cancelled message leaves no file")
    func cancelling() async throws {
        try await TemporaryFolder.with { folder in
            let spool = try Spool.open(folder: folder.path("spool"), lanes: 1)
            let writer = spool.begin()
            await withCheckedContinuation { continuation in
                writer.append(ByteBuffer(string: "half")) { _ in continuation.resume() }
            }
            writer.cancel()
            _ = try await Self.spool([], in: spool)
            #expect(FileSystem.names(in: folder.path("spool")).count == 1)
        }
    }

    static func spool(_ parts: [ByteBuffer], in spool: Spool) async throws -> SpoolFile {
        let writer = spool.begin()
        for part in parts {
            let error = await withCheckedContinuation { continuation in
                writer.append(part) { continuation.resume(returning: $0) }
            }
            if let error { throw error }
        }
        return try await withCheckedThrowingContinuation { continuation in
            writer.finish { continuation.resume(with: $0) }
        }
    }
}
