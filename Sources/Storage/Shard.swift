internal import Dispatch
internal import Synchronization

/// One database file with its large bodies: one writer that commits in groups, and readers that never wait for it.
///
/// Invariants:
/// 1. Nothing durable is answered before its commit is on the disk.
/// 2. Answers are given in the order of the commits.
/// 3. A failing operation leaves nothing behind and does not disturb those committed with it.
/// 4. A body file is complete on the disk before a row names it, and is removed after the row is gone.
/// 5. One process at a time has a shard open.
package final class Shard: Sendable {
    package struct Options: Sendable {
        package init() {}

        /// Threads that read.
        package var readers = 2
        /// KiB of pages the writer keeps.
        package var writerCacheKiB = 8 * 1_024
        /// KiB of pages each reader keeps; most of what it reads is mapped memory.
        package var readerCacheKiB = 512
        /// Octets of the database that readers map.
        package var mapped = 1 << 30
        /// Octets of write-ahead log from which on it is copied into the database.
        package var logMax = 16 << 20
        /// Octets of write-ahead log written in advance, as syncing written blocks is cheaper than new ones.
        package var logPrepared = 4 << 20
        /// Octets of a page of a database that is made; one that is there keeps its own. A commit writes whole pages,
        /// of which most have changed in a few octets: large ones cost the disk, small ones bodies of 64 KiB.
        package var pageSize = 2_048
        /// One column with the names of all body files that rows use; given when the shard has any.
        package var bodyNames: StaticString?
        /// Rows (state, count) of custody that the shard's own tables count beside the ledger's, in whichever of their
        /// rows change with it anyway.
        package var custodyBeside: StaticString?
        package var purpose = ShardPurpose.service
    }

    package let name: String
    package let folder: String
    /// Large bodies as files beside the database.
    package let bodies: BodyFiles
    /// Why identifiers may have been told that are free again, if they may. It stands until
    /// ``Database/confirmJump()`` or a clean end.
    package let jump: IdentifierJump?

    /// Octets that may be stored before the file system is asked for its free space again.
    let grantedRoom = Atomic<Int>(0)
    private let options: Options
    private let committer: GroupCommitter
    private let checkpointer: Checkpointer
    private let readers: ReaderPool
    private let lock: Descriptor
    private let isClosed = Atomic<Bool>(false)

    /// Opens or creates `folder/name.db`, upgrades its format, and removes body files a crash left.
    package static func open(
        folder: String,
        name: String,
        migrations: [Migration],
        options: Options = .init()
    ) throws -> Shard {
        let path = "\(folder)/\(name).db"
        if options.purpose == .inspection {
            guard FileSystem.exists(path) else { throw StorageError(.misuse, "open", "\(path) is not there") }
        } else {
            try FileSystem.makeFolder(folder)
        }
        let lock = try Descriptor.open("\(folder)/\(name).lock", .updating)
        guard lock.lockExclusively() else {
            lock.close()
            throw StorageError(.busy, "open", "\(path) is in use by another process")
        }
        do {
            return try Shard(folder: folder, name: name, migrations: migrations, options: options, lock: lock)
        } catch {
            lock.unlockAndClose()
            throw error
        }
    }

    private init(folder: String, name: String, migrations: [Migration], options: Options, lock: Descriptor) throws {
        let path = "\(folder)/\(name).db"
        let bodies = BodyFiles(folder: "\(folder)/\(name).bodies")
        let presence = ShardPresence(database: path, lock: lock, bodies: bodies)
        try presence.requireWhole()
        let opened = try ShardOpening.open(path: path, name: name, migrations: migrations, options: options)
        self.name = name
        self.folder = folder
        self.options = options
        self.lock = lock
        self.jump = opened.jump
        self.bodies = bodies
        self.checkpointer = opened.checkpointer
        self.committer = opened.committer
        self.readers = ReaderPool(name: name, path: path, lanes: options.readers, profile: options.readerProfile)
        guard options.purpose != .inspection else { return }
        try presence.note()
        try self.sweepBodies()
    }

    /// Runs `operation` in a transaction shared with whatever else waits.
    ///
    /// - Parameters:
    ///   - operation: touches nothing but the database and its result, as it may run more than once. What it throws
    ///     undoes it alone.
    ///   - completion: called on a storage thread, in commit order; must be short.
    package func write<R: Sendable>(
        _ durability: Durability,
        _ operation: @escaping @Sendable (Database) throws -> R,
        completion: @escaping @Sendable (Result<R, any Error>) -> Void
    ) {
        self.committer.enqueue(WaitingOperation(durability, operation, completion: completion))
    }

    package func write<R: Sendable>(
        _ durability: Durability,
        _ operation: @escaping @Sendable (Database) throws -> R
    ) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            self.write(durability, operation) { continuation.resume(with: $0) }
        }
    }

    /// A write that blocks the caller's thread until it is answered: for start-up and tools.
    package func writeNow<R: Sendable>(_ operation: @escaping @Sendable (Database) throws -> R) throws -> R {
        let slot = AnswerSlot<R>()
        let answered = DispatchSemaphore(value: 0)
        self.write(.durable, operation) { result in
            slot.answer.withLock { $0 = result }
            answered.signal()
        }
        answered.wait()
        return try slot.answer.withLock { $0 }?.get() ?? { throw StorageError(.closed, "write") }()
    }

    /// Runs `operation` on one moment of the database, on a reader's thread.
    package func read<R: Sendable>(
        _ operation: @escaping @Sendable (Database) throws -> R,
        completion: @escaping @Sendable (Result<R, any Error>) -> Void
    ) {
        self.readers.read(operation, completion: completion)
    }

    package func read<R: Sendable>(_ operation: @escaping @Sendable (Database) throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            self.read(operation) { continuation.resume(with: $0) }
        }
    }

    /// Runs `operation` once on each reader's thread, in the background: opens the connections and prepares statements,
    /// so that the first clients after a start do not wait for that.
    package func rehearse(_ operation: @escaping @Sendable (Database) throws -> Void) {
        self.readers.rehearse(operation)
    }

    /// Runs `operation` on the caller's thread, which it blocks, with a connection of its own: for start-up and tools.
    package func readNow<R>(_ operation: (Database) throws -> R) throws -> R {
        let database = try Database.connect(
            path: "\(self.folder)/\(self.name).db",
            mode: .readOnly,
            profile: self.options.readerProfile
        )
        defer { database.close() }
        return try database.snapshot { try operation(database) }
    }

    /// Whether it was opened to be looked at only.
    package var isInspection: Bool { self.options.purpose == .inspection }

    var path: String { "\(self.folder)/\(self.name).db" }
    var bodyNames: StaticString? { self.options.bodyNames }
    var readerProfile: ConnectionProfile { self.options.readerProfile }

    /// Syncs of the log since the shard was opened: how well commits are shared.
    package var syncs: Int { self.committer.syncs }

    /// Is told once when the disk has failed and no more can be written before the shard is opened anew; on a storage
    /// thread, or at once if that was before.
    package func setFailureHandler(_ handler: @escaping @Sendable (StorageError) -> Void) {
        self.committer.setFailureHandler(handler)
    }

    /// The shard's custody counters. Blocks the caller's thread.
    package func custody() throws -> [CustodyState: Int] {
        try self.readNow { database in
            let queries: [StaticString?] = ["SELECT state, count FROM custody", self.options.custodyBeside]
            var counts: [CustodyState: Int] = [:]
            for query in queries {
                guard let query else { continue }
                try database.statement(query).eachRow { row in
                    guard let state = CustodyState(rawValue: row.text(0)), row.int(1) != 0 else { return }
                    counts[state, default: 0] += Int(row.int(1))
                }
            }
            return counts
        }
    }

    /// Answers what waits, makes everything last and closes the files. Later calls fail with `closed`.
    package func close() {
        guard !self.isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        if !self.isInspection { self.write(.durable, { try ShardRecord.markClosed($0) }, completion: { _ in }) }
        self.readers.close()
        self.committer.drainAndRefuse()
        self.checkpointer.close()
        self.committer.closeDatabase()
        self.checkpointer.closeFile()
        self.lock.unlockAndClose()
    }

    /// Where a page of the names cannot be read, it is not known which files are used, and all stay: that is no
    /// reason to keep everybody from the rest. Lesson 22.
    private func sweepBodies() throws {
        guard let query = self.options.bodyNames, FileSystem.exists(self.bodies.folder) else { return }
        do {
            let used = try self.readNow { database in
                var names: Set<String> = []
                try database.statement(query).eachRow { names.insert($0.text(0)) }
                return names
            }
            _ = self.bodies.sweep { used.contains($0) }
        } catch let error as StorageError where error.isOfWhatWasRead {
            return
        }
    }
}

extension Shard.Options {
    var readerProfile: ConnectionProfile {
        let mapped = self.purpose == .serviceAfterFailedRead ? 0 : self.mapped
        return ConnectionProfile(cacheKiB: self.readerCacheKiB, mapped: mapped)
    }
    /// A writer has its own pages at hand: with mapped memory it would look for each in the log again and again.
    var writerProfile: ConnectionProfile { ConnectionProfile(cacheKiB: self.writerCacheKiB, mapped: 0) }
}

private final class AnswerSlot<R: Sendable>: Sendable {
    let answer = Mutex<Result<R, any Error>?>(nil)
}
