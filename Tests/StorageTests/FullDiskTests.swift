import Glibc
import MailTesting
import NIOCore
import Storage
import Testing

/// A file system of a few MiB, for who may mount one.
struct SmallDisk {
    let folder: TemporaryFolder

    static var isPossible: Bool {
        guard geteuid() == 0, let disk = try? SmallDisk(mebibytes: 1) else { return false }
        disk.remove()
        return true
    }

    init(mebibytes: Int) throws {
        self.folder = TemporaryFolder()
        let result = unsafe mount("tmpfs", self.folder.path, "tmpfs", 0, "size=\(mebibytes)m")
        guard result == 0 else { throw Refusal() }
    }

    func remove() {
        unsafe umount2(self.folder.path, Int32(MNT_DETACH))
        self.folder.remove()
    }
}

@Suite("a full disk", .serialized, .enabled(if: SmallDisk.isPossible, "needs a small tmpfs"), .timeLimit(.minutes(10)))
struct FullDiskTests {
    @Test("lesson 28: writes fail as a whole with diskFull, and work again when there is room")
    func fillsAndRecovers() async throws {
        let disk = try SmallDisk(mebibytes: 12)
        defer { disk.remove() }
        let shard = try TestShard.open(in: disk.folder) { $0.logPrepared = 1 << 20 }
        let ballast = disk.folder.path("ballast")
        try Self.fill(ballast)
        let text = String(repeating: "x", count: 100_000)
        var stored = 0
        var failure: StorageError?
        while failure == nil, stored < 500 {
            do {
                let number = stored
                try await shard.write(.durable) { try TestShard.insert("\(number) \(text)", $0) }
                stored += 1
            } catch {
                failure = error as? StorageError
            }
        }
        #expect(failure?.code == .diskFull)
        #expect(try await shard.read { try TestShard.texts($0).count } == stored)
        #expect(throws: StorageError.self) { try shard.requireRoom(for: 1) }
        FileSystem.remove(ballast)
        try shard.requireRoom(for: 1)
        let now = stored
        try await shard.write(.durable) { try TestShard.insert("\(now) \(text)", $0) }
        #expect(try await shard.read { try TestShard.texts($0).count } == stored + 1)
        shard.close()
    }

    @Test("lesson 28: a small change still fits where its neighbours in the batch do not")
    func smallOnesFit() async throws {
        let disk = try SmallDisk(mebibytes: 12)
        defer { disk.remove() }
        let shard = try TestShard.open(in: disk.folder) { $0.logPrepared = 2 << 20 }
        try Self.fill(disk.folder.path("ballast"))
        let text = String(repeating: "x", count: 4 << 20)
        let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
            for number in 0..<10 {
                group.addTask {
                    let text = number % 2 == 0 ? text + "\(number)" : "small \(number)"
                    let write: Void? = try? await shard.write(.durable) { try TestShard.insert(text, $0) }
                    return (number, write != nil)
                }
            }
            return await group.reduce(into: [(Int, Bool)]()) { $0.append($1) }
        }
        for (number, isStored) in outcomes where number % 2 == 1 { #expect(isStored, "small write \(number)") }
        for (number, isStored) in outcomes where number % 2 == 0 { #expect(!isStored, "large write \(number)") }
        shard.close()
    }

    @Test("lesson 28: a spooled message that does not fit leaves no file")
    func spool() async throws {
        let disk = try SmallDisk(mebibytes: 2)
        defer { disk.remove() }
        let spool = try Spool.open(folder: disk.folder.path("spool"))
        let writer = spool.begin()
        let error = await withCheckedContinuation { continuation in
            writer.append(ByteBuffer(repeating: 0x78, count: 4 << 20)) { continuation.resume(returning: $0) }
        }
        #expect(error?.code == .diskFull)
        #expect(FileSystem.names(in: disk.folder.path("spool")).isEmpty)
    }

    private static func fill(_ path: String) throws {
        let file = unsafe open(path, O_CREAT | O_WRONLY, 0o600)
        defer { close(file) }
        let bytes = [UInt8](repeating: 1, count: 1 << 16)
        while unsafe write(file, bytes, bytes.count) > 0 {}
    }
}
