internal import Dispatch
internal import Synchronization

/// The few threads that compute password hashes, and the short queue in front of them.
///
/// Hashes are slow and take memory on purpose, so only so many run at a time, and only so many wait: beyond that a
/// login is told to try again instead of making everybody wait. Those who wait are served in turns, an address after
/// the other, so that somebody who guesses passwords makes nobody wait but themselves.
final class HashingLane: Sendable {
    /// Exactly one of the two is called, once.
    struct Job: Sendable {
        /// On a worker.
        let run: @Sendable () -> Void
        /// Too many wait: at once on the thread that submits, or later on one that submits another.
        let refuse: @Sendable () -> Void
    }

    private struct State {
        var running = 0
        var waiting = TurnQueue<Job>()
        var workers: Int
        var waitingMax: Int
        var waitingPerAddressMax: Int

        init(_ policy: PasswordPolicy) {
            self.workers = max(1, policy.workers)
            self.waitingMax = max(0, policy.waitingMax)
            self.waitingPerAddressMax = max(0, policy.waitingPerAddressMax)
        }

        mutating func append(_ job: Job, from origin: LoginOrigin) -> TurnQueue<Job>.Admission {
            self.waiting.append(job, from: origin, max: self.waitingMax, laneMax: self.waitingPerAddressMax)
        }
    }

    private let queue = DispatchQueue(label: "passwords", attributes: .concurrent)
    private let state: Mutex<State>
    private let count = Atomic<Int>(0)

    /// Jobs begun since the start.
    var jobsBegun: Int { self.count.load(ordering: .relaxed) }

    init(_ policy: PasswordPolicy) {
        self.state = Mutex(State(policy))
    }

    func adopt(_ policy: PasswordPolicy) {
        self.state.withLock { state in
            let fresh = State(policy)
            state.workers = fresh.workers
            state.waitingMax = fresh.waitingMax
            state.waitingPerAddressMax = fresh.waitingPerAddressMax
        }
    }

    /// Has `job` run on a worker, soon, unless too many wait.
    func submit(from origin: LoginOrigin, _ job: Job) {
        enum Decision {
            case start
            case wait(TurnQueue<Job>.Admission)
        }
        let decision = self.state.withLock { state -> Decision in
            if state.running < state.workers {
                state.running += 1
                return .start
            }
            return .wait(state.append(job, from: origin))
        }
        switch decision {
        case .start: self.queue.async { self.work(job) }
        case .wait(.taken): break
        case .wait(.takenInPlace(let other)): other.refuse()
        case .wait(.refused): job.refuse()
        }
    }

    /// Computes something on a worker, for the owner of this server.
    func run<R: Sendable>(_ compute: @escaping @Sendable () -> R) async -> R {
        await withCheckedContinuation { continuation in
            let job = Job {
                continuation.resume(returning: compute())
            } refuse: {
                preconditionFailure("administration was refused")
            }
            self.submit(from: .administration, job)
        }
    }

    private func work(_ first: Job) {
        var job: Job? = first
        while let current = job {
            self.count.add(1, ordering: .relaxed)
            current.run()
            job = self.next()
        }
    }

    private func next() -> Job? {
        self.state.withLock { state in
            guard state.running <= state.workers, let job = state.waiting.next() else {
                state.running -= 1
                return nil
            }
            return job
        }
    }
}
