internal import Dispatch
internal import Synchronization

/// Connections that read, each on a thread of its own; every read sees one moment of the database.
final class ReaderPool: Sendable {
    private let lanes: [ReaderLane]
    private let next = Atomic<Int>(0)

    init(name: String, path: String, lanes: Int, profile: ConnectionProfile) {
        self.lanes = (0..<max(1, lanes)).map { ReaderLane(label: "\(name) reader \($0)", path: path, profile: profile) }
    }

    func read<R: Sendable>(
        _ operation: @escaping @Sendable (Database) throws -> R,
        completion: @escaping @Sendable (Result<R, any Error>) -> Void
    ) {
        self.quietestLane.read(operation, completion: completion)
    }

    /// Opens every connection now, in the background, and does on it what its first reads would have to do.
    func rehearse(_ operation: @escaping @Sendable (Database) throws -> Void) {
        // What fails here is reported by the first read that needs it.
        for lane in self.lanes { lane.read(operation) { _ in } }
    }

    func close() {
        for lane in self.lanes { lane.close() }
    }

    private var quietestLane: ReaderLane {
        let start = self.next.add(1, ordering: .relaxed).newValue
        var best = self.lanes[start % self.lanes.count]
        for offset in 1..<max(2, self.lanes.count) {
            if best.waiting == 0 { break }
            let lane = self.lanes[(start + offset) % self.lanes.count]
            if lane.waiting < best.waiting { best = lane }
        }
        return best
    }
}

/// One thread with one connection, opened at its first read if not before.
private final class ReaderLane: Sendable {
    private enum State {
        case new
        case open(Database)
        case closed
    }

    private let queue: DispatchQueue
    private let path: String
    private let profile: ConnectionProfile
    private let state = Mutex(State.new)
    private let count = Atomic<Int>(0)

    init(label: String, path: String, profile: ConnectionProfile) {
        self.queue = DispatchQueue(label: label)
        self.path = path
        self.profile = profile
    }

    /// Reads that wait here or run.
    var waiting: Int { self.count.load(ordering: .relaxed) }

    func read<R: Sendable>(
        _ operation: @escaping @Sendable (Database) throws -> R,
        completion: @escaping @Sendable (Result<R, any Error>) -> Void
    ) {
        self.count.add(1, ordering: .relaxed)
        self.queue.async {
            let result = self.run(operation)
            self.count.subtract(1, ordering: .relaxed)
            completion(result)
        }
    }

    func close() {
        self.queue.sync {
            self.state.withLock { state in
                if case .open(let database) = state { database.close() }
                state = .closed
            }
        }
    }

    private func run<R: Sendable>(_ operation: @Sendable (Database) throws -> R) -> Result<R, any Error> {
        self.state.withLock { state in
            Result {
                if case .new = state {
                    state = .open(try Database.connect(path: self.path, mode: .readOnly, profile: self.profile))
                }
                guard case .open(let database) = state else { throw StorageError(.closed, "read") }
                return try database.snapshot { try operation(database) }
            }
        }
    }
}
