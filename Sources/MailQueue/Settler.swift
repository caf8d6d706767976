internal import Dispatch
internal import MailTypes
internal import Storage
internal import Synchronization

/// Settlements that are recorded, and the notices that were queued with them.
struct SettledBatch: Sendable {
    var settlements: [Settlement]
    var notices: [NewQueuedMessage]
    var recordedAt: Instant
}

/// Records settlements in the order they come, many in one lazy write: one is written at a time, and what comes
/// meanwhile gathers.
///
/// What cannot be written (a full disk) stays here and is tried again, each on its own, so that no settlement is lost
/// and none holds up the others. Its recipients stay in memory until then and are not attempted again.
final class Settler: Sendable {
    private struct State {
        var waiting: [Settlement] = []
        var failed: [Settlement] = []
        var isWriting = false
        var drains: [@Sendable () -> Void] = []
        var settled: (@Sendable (SettledBatch) -> Void)?
        var failing: (@Sendable (String) -> Void)?
    }

    private let state = Mutex(State())
    private let shard: Shard
    private let clock: any WallClock
    private let interval: DispatchTimeInterval
    private let batch: Int
    private let timer = DispatchQueue(label: "queue settler")

    init(shard: Shard, clock: any WallClock, options: MailQueueOptions) {
        self.shard = shard
        self.clock = clock
        self.interval = .milliseconds(options.settlingInterval)
        self.batch = options.settlingBatch
    }

    func setSettled(_ body: @escaping @Sendable (SettledBatch) -> Void) {
        self.state.withLock { $0.settled = body }
    }

    func setFailing(_ body: @escaping @Sendable (String) -> Void) {
        self.state.withLock { $0.failing = body }
    }

    func add(_ settlement: Settlement) {
        let mustWrite = self.state.withLock { state in
            state.waiting.append(settlement)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if mustWrite { self.writeWaiting() }
    }

    /// Tries again what could not be recorded.
    func retry() {
        let mustWrite = self.state.withLock { state in
            guard !state.failed.isEmpty, !state.isWriting else { return false }
            state.isWriting = true
            return true
        }
        if mustWrite { self.writeNextFailed() }
    }

    func drain(completion: @escaping @Sendable () -> Void) {
        let isIdle = self.state.withLock { state in
            if !state.isWriting && state.waiting.isEmpty { return true }
            state.drains.append(completion)
            return false
        }
        if isIdle { completion() }
    }

    private func writeWaiting() {
        let batch = self.state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        self.write(batch) { result in
            switch result {
            case .success(let settled): self.tell(settled)
            case .failure(let error): self.keep(batch, error)
            }
            self.wroteBatch()
        }
    }

    private func wroteBatch() {
        enum Next {
            case nothing([@Sendable () -> Void])
            case now
            case soon
        }
        let next = self.state.withLock { state -> Next in
            if state.waiting.isEmpty {
                state.isWriting = false
                defer { state.drains = [] }
                return .nothing(state.drains)
            }
            return state.waiting.count >= self.batch || !state.drains.isEmpty ? .now : .soon
        }
        switch next {
        case .nothing(let drains): for drain in drains { drain() }
        case .now: self.writeWaiting()
        case .soon: self.timer.asyncAfter(deadline: .now() + self.interval) { self.writeWaiting() }
        }
    }

    private func writeNextFailed() {
        guard let settlement = self.state.withLock({ $0.failed.first }) else {
            self.wroteBatch()
            return
        }
        self.write([settlement]) { result in
            switch result {
            case .success(let settled):
                self.state.withLock { _ = $0.failed.removeFirst() }
                self.tell(settled)
                self.writeNextFailed()
            case .failure:
                self.state.withLock { $0.failed.append($0.failed.removeFirst()) }
                self.wroteBatch()
            }
        }
    }

    private func write(
        _ batch: [Settlement],
        completion: @escaping @Sendable (Result<SettledBatch, any Error>) -> Void
    ) {
        let now = self.clock.now
        let bodies = self.shard.bodies
        self.shard.write(.lazy) { database in
            var notices: [NewQueuedMessage] = []
            for settlement in batch {
                notices += try Settling.apply(settlement, at: now, bodies: bodies, database)
            }
            return SettledBatch(settlements: batch, notices: notices, recordedAt: now)
        } completion: {
            completion($0)
        }
    }

    private func tell(_ batch: SettledBatch) {
        self.state.withLock { $0.settled }?(batch)
    }

    private func keep(_ batch: [Settlement], _ error: any Error) {
        let failing = self.state.withLock { state in
            state.failed += batch
            return state.failing
        }
        failing?("settle: \(error)")
    }
}
