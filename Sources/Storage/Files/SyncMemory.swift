internal import Synchronization

/// Whether a file could be made last, for all who want that.
///
/// The system tells of a part that could not be written once, and counts it as written from then on: the next sync
/// reports success for what is lost. Whoever comes later, or syncs at the same time, hears the same here.
struct SyncMemory: ~Copyable, Sendable {
    private let failure = Mutex<StorageError?>(nil)

    /// Runs `sync`, one at a time. Once it has failed, this always does.
    func run(_ sync: () throws(StorageError) -> Void) throws(StorageError) {
        try self.failure.withLock { failure throws(StorageError) in
            if let failure { throw failure }
            do throws(StorageError) {
                try sync()
            } catch {
                failure = error
                throw error
            }
        }
    }

    func requireNoFailure() throws(StorageError) {
        if let failure = self.failure.withLock({ $0 }) { throw failure }
    }
}
