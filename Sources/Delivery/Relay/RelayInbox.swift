internal import NIOCore
internal import Synchronization
internal import Trace

/// The door to a ``RelayLane`` for everybody who is not on its loop. Jobs that come in a row wake the loop once.
final class RelayInbox: Sendable {
    private struct Waiting {
        var jobs: [RelayJob] = []
        var isScheduled = false
    }

    private let loop: any EventLoop
    private let waiting = Mutex(Waiting())
    private let lane: NIOLoopBoundBox<RelayLane?>

    init(
        loop: any EventLoop,
        options: DeliveryOptions,
        budget: ConnectionBudget,
        recorder: OutcomeRecorder,
        flight: FlightRecorder?
    ) {
        self.loop = loop
        self.lane = NIOLoopBoundBox.makeEmptyBox(valueType: RelayLane.self, eventLoop: loop)
        let lane = self.lane
        let permit: @Sendable (NextHop) -> Void = { [weak lane] hop in
            guard let lane else { return budget.giveBack() }
            loop.execute {
                guard let lane = lane.value else { return budget.giveBack() }
                lane.connectionPermitted(to: hop)
            }
        }
        loop.execute {
            lane.value = RelayLane(
                loop: loop,
                options: options,
                budget: budget,
                recorder: recorder,
                flight: flight,
                permit: permit
            )
        }
        loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { task in
            guard let lane = lane.value, !lane.isStopping else {
                task.cancel()
                return
            }
            lane.tick()
        }
    }

    func put(_ job: RelayJob) {
        let mustWake = self.waiting.withLock { waiting in
            waiting.jobs.append(job)
            defer { waiting.isScheduled = true }
            return !waiting.isScheduled
        }
        if mustWake { self.loop.execute { self.takeOver() } }
    }

    private func takeOver() {
        let jobs = self.waiting.withLock { waiting in
            defer { waiting = Waiting() }
            return waiting.jobs
        }
        self.lane.value?.take(jobs)
    }

    func reload(_ options: DeliveryOptions) {
        self.loop.execute { self.lane.value?.reload(options) }
    }

    func flush() {
        self.loop.execute { self.lane.value?.flush() }
    }

    func status() async throws -> [DestinationStatus] {
        try await self.loop.submit { self.lane.value?.status ?? [] }.get()
    }

    func stop(within limit: Duration) async throws {
        let promise = self.loop.makePromise(of: Void.self)
        self.loop.execute {
            guard let lane = self.lane.value else { return promise.succeed() }
            lane.stop(promise, within: limit)
        }
        try await promise.futureResult.get()
    }
}
