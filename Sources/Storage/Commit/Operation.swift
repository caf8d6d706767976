/// When a write is answered.
package enum Durability: Sendable {
    /// After the sync that makes it last: nothing answered is ever lost.
    case durable
    /// When it is committed; it lasts with the next durable write or within 100 ms. For flags and bookkeeping.
    case lazy
}

/// A write that waits for its transaction.
struct WaitingOperation: Sendable {
    let durability: Durability
    /// Runs the operation; what it returns gives the caller the result.
    let perform: @Sendable (Database) throws -> @Sendable () -> Void
    let fail: @Sendable (any Error) -> Void

    init<R: Sendable>(
        _ durability: Durability,
        _ operation: @escaping @Sendable (Database) throws -> R,
        completion: @escaping @Sendable (Result<R, any Error>) -> Void
    ) {
        self.durability = durability
        self.perform = { database in
            let result = try operation(database)
            return { completion(.success(result)) }
        }
        self.fail = { completion(.failure($0)) }
    }
}

/// Operations that were committed together, or failed on the way, in their order.
struct CommittedBatch: Sendable {
    /// The answer of each operation, to be given when the batch is as durable as it must be.
    var answers: [@Sendable () -> Void] = []
    /// What runs when the batch is on the disk, of a durable one before the answers: removals of files whose rows are
    /// gone.
    var actions: [@Sendable () -> Void] = []
    /// Whether any operation waits for the sync.
    var isDurable = false
    /// Whether anything was committed at all.
    var isCommitted = false
    /// Told instead of the answers when the sync fails.
    var failures: [@Sendable (any Error) -> Void] = []
}
