import Glibc
import MailTesting
import Storage
import Synchronization
import Testing

@Suite("a power cut", .timeLimit(.minutes(10)))
struct PowerCutTests {
    /// The log grows with each commit, so its size at an answer is what was on the disk at least. Cutting the copy at
    /// any byte is what a power cut leaves.
    @Test("wherever the log ends, everything answered before is there, and nothing without what came before it")
    func anywhere() async throws {
        try await TemporaryFolder.with { folder in
            let home = TemporaryFolder(in: folder.path)
            let shard = try TestShard.open(in: home) { options in
                options.logPrepared = 0
                options.logMax = 1 << 30
            }
            let log = home.path("test.db-wal")
            let answered = Answers()
            await Self.write(150, into: shard) { number in
                answered.add(number, at: (try? FileSystem.size(of: log)) ?? 0)
            }
            let bytes = Self.read(log)
            let database = Self.read(home.path("test.db"))
            let all = answered.all
            let order = try shard.readNow { try TestShard.texts($0) }
            #expect(order.count == 150 && Set(order).isSuperset(of: all.map { "\($0.number)" }))
            var random = SeededGenerator(seed: 28)
            for _ in 0..<60 {
                let end = Int.random(in: 0...bytes.count, using: &random)
                let copy = TemporaryFolder(in: folder.path)
                Self.write(database, to: copy.path("test.db"))
                Self.write(Array(bytes.prefix(end)), to: copy.path("test.db-wal"))
                guard let again = try? TestShard.open(in: copy) else {
                    Issue.record("a log of \(end) octets cannot be opened")
                    continue
                }
                let found = try again.readNow { try TestShard.texts($0) }
                #expect(found == Array(order.prefix(found.count)), "not the beginning of what was committed")
                let promised = all.filter { $0.size <= end }.map { "\($0.number)" }
                #expect(Set(promised).isSubset(of: Set(found)), "cut at \(end)")
                again.close()
                copy.remove()
            }
            shard.close()
        }
    }

    @Test(
        "whatever a durable write was answered after is on the disk, what was lazy before it too",
        .enabled(if: PowerCutDisk.isAvailable, "needs the right to mount")
    )
    func onDisk() async throws {
        let disk = try PowerCutDisk(megabytes: 64)
        defer { disk.remove() }
        let shard = try TestShard.open(in: disk.folder)
        var random = SeededGenerator(seed: 28)
        var written: [String] = []
        for round in 0..<12 {
            for number in 0..<Int.random(in: 0..<8, using: &random) {
                let filler = String(repeating: "z", count: Int.random(in: 0..<9_000, using: &random))
                let text = "\(round) \(number) \(filler)"
                try await shard.write(.lazy) { try TestShard.insert(text, $0) }
                written.append(text)
            }
            let text = "\(round) " + String(repeating: "d", count: Int.random(in: 0..<9_000, using: &random))
            try await shard.write(.durable) { try TestShard.insert(text, $0) }
            written.append(text)
            let after = try disk.afterPowerCut()
            defer { after.remove() }
            let again = try TestShard.open(in: after.folder)
            #expect(try again.readNow { try TestShard.texts($0) } == written, "after \(round)")
            again.close()
        }
        shard.close()
    }

    private final class Answers: Sendable {
        private let list = Mutex<[(number: Int, size: Int)]>([])

        func add(_ number: Int, at size: Int) { self.list.withLock { $0.append((number, size)) } }
        var all: [(number: Int, size: Int)] { self.list.withLock { $0 } }
    }

    private static func write(_ count: Int, into shard: Shard, answer: @escaping @Sendable (Int) -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        let durability: Durability = number % 3 == 0 ? .lazy : .durable
                        shard.write(durability) { database in
                            try TestShard.insert("\(number)", database)
                        } completion: { _ in
                            if durability == .durable { answer(number) }
                            continuation.resume()
                        }
                    }
                }
            }
        }
    }

    private static func read(_ path: String) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: (try? FileSystem.size(of: path)) ?? 0)
        let count = unsafe Glibc.read(file, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }

    private static func write(_ bytes: [UInt8], to path: String) {
        let file = unsafe open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
        defer { close(file) }
        let count = unsafe Glibc.write(file, bytes, bytes.count)
        precondition(count == bytes.count, "the copy was not written")
    }
}
