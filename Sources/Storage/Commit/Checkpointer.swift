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

    /// Copies what is in the log now and syncs the database; `then` runs on the lane. Ends with ``end()``.
    func begin(then: @escaping @Sendable () -> Void) {
        guard !self.isRunning.exchange(true, ordering: .acquiringAndReleasing) else { return }
        self.lane.async {
            self.database.withLock { database in
                // What cannot be copied now stays in the log and is copied the next time.
                _ = try? database.connection.checkpoint()
            }
            // SQLite syncs the database itself before the log starts over; this makes that sync a short one.
            _ = try? self.file.syncData()
            then()
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
