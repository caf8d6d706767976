internal import Dispatch
internal import Synchronization

/// The few threads that compute password hashes, and the short queue in front of them.
///
/// Hashes are slow and take memory on purpose, so only so many run at a time, and only so many wait: beyond that a
/// login is told to try again instead of making everybody wait.
final class HashingLane: Sendable {
    private struct State {
        var running = 0
        var waiting: [@Sendable () -> Void] = []
        /// Index of the first waiting job; those before it have run.
        var first = 0
        var workers: Int
        var waitingMax: Int
    }

    private let queue = DispatchQueue(label: "passwords", attributes: .concurrent)
    private let state: Mutex<State>
    private let count = Atomic<Int>(0)

    /// Jobs begun since the start.
    var jobsBegun: Int { self.count.load(ordering: .relaxed) }

    init(_ policy: PasswordPolicy) {
        self.state = Mutex(State(workers: max(1, policy.workers), waitingMax: max(0, policy.waitingMax)))
    }

    func adopt(_ policy: PasswordPolicy) {
        self.state.withLock { state in
            state.workers = max(1, policy.workers)
            state.waitingMax = max(0, policy.waitingMax)
        }
    }

    /// Runs `job` on a worker, soon; `false` when too many wait already, and then it never runs.
    /// - Parameter isPatient: for administration, whose jobs wait however many there are.
    func submit(isPatient: Bool = false, _ job: @escaping @Sendable () -> Void) -> Bool {
        enum Decision { case start, wait, refuse }
        let decision = self.state.withLock { state -> Decision in
            if state.running < state.workers {
                state.running += 1
                return .start
            }
            guard isPatient || state.waiting.count - state.first < state.waitingMax else { return .refuse }
            state.waiting.append(job)
            return .wait
        }
        if decision == .start { self.queue.async { self.work(job) } }
        return decision != .refuse
    }

    /// Computes something on a worker.
    func run<R: Sendable>(_ compute: @escaping @Sendable () -> R) async -> R {
        await withCheckedContinuation { continuation in
            // A patient job is never refused.
            _ = self.submit(isPatient: true) { continuation.resume(returning: compute()) }
        }
    }

    private func work(_ first: @escaping @Sendable () -> Void) {
        var job: (@Sendable () -> Void)? = first
        while let current = job {
            self.count.add(1, ordering: .relaxed)
            current()
            job = self.next()
        }
    }

    private func next() -> (@Sendable () -> Void)? {
        self.state.withLock { state in
            guard state.first < state.waiting.count, state.running <= state.workers else {
                if state.first == state.waiting.count {
                    state.waiting.removeAll(keepingCapacity: true)
                    state.first = 0
                }
                state.running -= 1
                return nil
            }
            defer { state.first += 1 }
            return state.waiting[state.first]
        }
    }
}
