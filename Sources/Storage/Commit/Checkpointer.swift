internal import Dispatch
internal import Synchronization

/// Copies the write-ahead log back into the database while writing goes on, so that the log can start over.
final class Checkpointer: Sendable {
    private let database: Mutex<Database>
    /// A descriptor of the database file that stays open as long as the shard: closing one earlier would drop the
    /// process's locks on the file.
    private let file: Descriptor
    private let lane: DispatchQueue
    private let framesMax: Int
    private let isRunning = Atomic<Bool>(false)

    init(name: String, database: sending Database, file: Descriptor, framesMax: Int) {
        self.database = Mutex(database)
        self.file = file
        self.lane = DispatchQueue(label: "\(name) checkpointer")
        self.framesMax = framesMax
    }

    func isDue(_ frames: Int) -> Bool {
        frames >= self.framesMax && !self.isRunning.load(ordering: .relaxed)
    }

    /// Copies what is in the log now and syncs the database; `then` runs on the lane, and is told when a sync has
    /// failed. Ends with ``end()``.
    func begin(then: @escaping @Sendable (StorageError?) -> Void) {
        guard !self.isRunning.exchange(true, ordering: .acquiringAndReleasing) else { return }
        self.lane.async {
            do throws(StorageError) {
                try self.database.withLock { database throws(StorageError) in try database.connection.checkpoint() }
                // SQLite syncs the database itself before the log starts over; this makes that sync a short one.
                try self.file.syncData()
                then(nil)
            } catch {
                then(error)
            }
        }
    }

    func end() {
        self.isRunning.store(false, ordering: .releasing)
    }

    func close() {
        self.lane.sync { self.database.withLock { $0.close() } }
    }

    func closeFile() {
        self.file.close()
    }
}
