package import Logging
package import MailQueue
package import MailTypes
package import NIOCore
internal import SMTPWire
package import Storage
internal import Synchronization
internal import Telemetry
package import Trace

/// Brings queued mail to its goal: into mailboxes here, or to the next host, and tells senders what became of it.
///
/// It takes recipients from the queue as they become due and gives each one back with what became of it. What is
/// under way when the program ends is in the queue's files and is attempted again.
///
/// Reading order: ``DeliveryRouter`` (who goes where), `LocalDeliverer` and `RelayLane` → `Destination` →
/// `RelayConnection` (attempts), `OutcomeRecorder` (what follows from them).
package final class DeliveryService: Sendable {
    private struct Settings {
        var router: DeliveryRouter
        var options: DeliveryOptions
    }

    /// How many crashes a message must have been in hand at before it is set aside. Lesson 5.
    private static let crashesMax = 2

    private let queue: MailQueue
    private let settings: Mutex<Settings>
    private let recorder: OutcomeRecorder
    private let deliverer: LocalDeliverer
    private let inboxes: [RelayInbox]
    private let budget: ConnectionBudget
    private let trace: TraceJournal
    private let flight: FlightRecorder?
    private let logger: Logger
    private let eventLoops: any EventLoopGroup
    private let isStopped = Atomic<Bool>(false)
    private let suspects = Mutex(SuspectTurns())
    private let parking: SuspectParking?

    /// What delivery works with.
    package struct Services: Sendable {
        package var queue: MailQueue
        package var local: LocalMailboxes
        package var spool: Spool
        package var trace: TraceJournal
        package var flight: FlightRecorder?
        package var clock: any WallClock
        package var eventLoops: any EventLoopGroup
        package var logger: Logger
        /// The fields that sign a notice in the name of a domain; none when there is no key.
        package var sign: Sign

        package typealias Sign = @Sendable (_ notice: ByteBuffer, _ author: Domain) throws -> [UInt8]

        package init(
            queue: MailQueue,
            local: LocalMailboxes,
            spool: Spool,
            trace: TraceJournal,
            flight: FlightRecorder? = nil,
            clock: any WallClock = SystemClock(),
            eventLoops: any EventLoopGroup,
            logger: Logger = Logger(label: Component.delivery.label),
            sign: @escaping Sign = { _, _ in [] }
        ) {
            self.queue = queue
            self.local = local
            self.spool = spool
            self.trace = trace
            self.flight = flight
            self.clock = clock
            self.eventLoops = eventLoops
            self.logger = logger
            self.sign = sign
        }
    }

    package init(_ services: Services, routes: RouteTable, options: DeliveryOptions) {
        self.queue = services.queue
        self.settings = Mutex(
            Settings(router: DeliveryRouter(local: services.local, routes: routes), options: options)
        )
        self.trace = services.trace
        self.flight = services.flight
        self.parking = services.flight.map { SuspectParking(queue: services.queue, flight: $0) }
        self.logger = services.logger
        self.eventLoops = services.eventLoops
        let recorder = OutcomeRecorder(services)
        self.recorder = recorder
        self.deliverer = LocalDeliverer(
            local: services.local,
            queue: services.queue,
            recorder: recorder,
            flight: services.flight,
            spool: services.spool,
            clock: services.clock
        )
        let budget = ConnectionBudget(options.connectionsMax)
        self.budget = budget
        self.inboxes = services.eventLoops.makeIterator().map {
            RelayInbox(loop: $0, options: options, budget: budget, recorder: recorder, flight: services.flight)
        }
    }

    /// Begins to deliver, with what an earlier run left.
    package func start() {
        self.queue.setEventHandler { [weak self] in self?.queueReported($0) }
        self.queue.start(
            QueueHandlers(
                messagesReady: { [weak self] items in self?.attempt(items) },
                destination: { [weak self] in self?.settings.withLock { $0.router }.destination(of: $0) },
                flushed: { [weak self] in self?.flush() }
            )
        )
        self.eventLoops.next().scheduleRepeatedTask(initialDelay: .milliseconds(500), delay: .milliseconds(500)) {
            [weak self] task in
            guard let self, !self.isStopped.load(ordering: .relaxed) else {
                task.cancel()
                return
            }
            self.tick()
        }
    }

    /// Looks at the clock. Called twice a second by itself; tests with a clock of their own call it.
    package func tick() {
        self.queue.tick()
        self.deliverer.tick(self.settings.withLock { $0.options })
    }

    /// Replaces routes and options; what is under way ends as it began.
    package func reload(routes: RouteTable, options: DeliveryOptions) {
        self.settings.withLock { settings in
            settings.router = DeliveryRouter(local: settings.router.local, routes: routes)
            settings.options = options
        }
        self.budget.limit(to: options.connectionsMax)
        for inbox in self.inboxes { inbox.reload(options) }
    }

    /// Begins nothing more, waits for what is under way, and has the queue record it.
    ///
    /// - Parameter limit: how long it waits at most.
    package func stop(within limit: Duration) async {
        guard !self.isStopped.exchange(true, ordering: .relaxed) else { return }
        let end = ContinuousClock.now + limit
        self.queue.stop()
        await withTaskGroup(of: Void.self) { group in
            for inbox in self.inboxes {
                group.addTask {
                    // A loop that is shut down already has no connections left to wait for.
                    _ = try? await inbox.stop(within: limit)
                }
            }
        }
        await self.waitForStorage(until: end)
        self.recorder.drain()
        await withCheckedContinuation { continuation in
            self.queue.drain { continuation.resume() }
        }
    }

    /// Deliveries into mailboxes, and the parking of messages, end by themselves within moments, as the store commits.
    private func waitForStorage(until end: ContinuousClock.Instant) async {
        while !(self.deliverer.isIdle && self.parking?.isIdle ?? true), ContinuousClock.now < end {
            // Cancellation means to hurry: what is not done is repeated after the restart.
            guard (try? await Task.sleep(for: .milliseconds(10))) != nil else { return }
        }
    }

    /// The next hops mail has gone to lately.
    package func destinations() async -> [DestinationStatus] {
        var all: [DestinationStatus] = []
        for inbox in self.inboxes {
            // As above.
            all += (try? await inbox.status()) ?? []
        }
        return all.sorted { $0.nextHop < $1.nextHop }
    }

    /// Forgets what is known of dead hosts.
    func flush() {
        for inbox in self.inboxes { inbox.flush() }
    }

    // MARK: - Attempts

    private func attempt(_ items: [QueueItem]) {
        let (router, options) = self.settings.withLock { ($0.router, $0.options) }
        for item in items { self.attempt(item, router, options) }
    }

    private func attempt(_ item: QueueItem, _ router: DeliveryRouter, _ options: DeliveryOptions) {
        let message = item.message
        guard !message.isWithdrawn else {
            self.queue.putBack(message, item.recipients.map(\.ordinal))
            return
        }
        let crashes = self.flight?.crashes(of: message.id) ?? 0
        guard crashes < Self.crashesMax else {
            self.parking?.park(item, on: self.eventLoops.next())
            return
        }
        if crashes > 0, let delay = self.suspects.withLock({ $0.take(message.id, isInHand: self.queue.isInHand) }) {
            let reason = "it was in hand when the program crashed, and waits until no other such message is"
            let outcomes = item.recipients.map { ($0.ordinal, RecipientOutcome.postponed(for: delay, reason: reason)) }
            self.queue.settle(Settlement(message, outcomes))
            return
        }
        guard !self.recorder.isLate(message, item.recipients) else {
            self.attemptLate(item, router, options)
            return
        }
        let plan = router.plan(item)
        self.note(plan, of: message.id)
        for (hop, recipients) in plan.relayed {
            let inbox = self.inboxes[Int(UInt(bitPattern: hop.hashValue) % UInt(self.inboxes.count))]
            if recipients.count <= options.recipientsMax {
                inbox.put(RelayJob(message: message, recipients: recipients, hop: hop))
            } else {
                for start in stride(from: 0, to: recipients.count, by: options.recipientsMax) {
                    let some = Array(recipients[start..<min(start + options.recipientsMax, recipients.count)])
                    inbox.put(RelayJob(message: message, recipients: some, hop: hop))
                }
            }
        }
        if !plan.local.isEmpty { self.deliverer.deliver(message, to: plan.local, options) }
        if !plan.failed.isEmpty { self.recorder.conclude(message, plan.failed, options) }
        if !plan.expanded.isEmpty {
            self.queue.settle(Settlement(message, plan.expanded.map { ($0.ordinal, .expanded($0.targets)) }))
        }
    }

    /// Where a message's recipients go, for the log at its level `debug`.
    private func note(_ plan: DeliveryRouter.Plan, of id: TimeSortedID) {
        guard self.logger.logLevel <= .debug else { return }
        func note(_ recipient: String, _ reason: String) {
            self.logger.debug(
                "attempt",
                metadata: .init([.message: id.description, .recipient: recipient, .reason: reason])
            )
        }
        for target in plan.local { note(target.recipient.path.description, "to the mailboxes of \(target.name)") }
        for (hop, recipients) in plan.relayed {
            for recipient in recipients { note(recipient.path.description, "to \(hop)") }
        }
        for expanded in plan.expanded {
            let targets = expanded.targets.map(\.path.description).joined(separator: ", ")
            note("recipient \(expanded.ordinal)", "an alias leads to \(targets)")
        }
        for outcome in plan.failed { note(outcome.recipient.path.description, outcome.reply.description) }
    }

    /// Some of the recipients' senders may have been told before; they are attempted.
    private func attemptLate(_ item: QueueItem, _ router: DeliveryRouter, _ options: DeliveryOptions) {
        let late = item.recipients.filter { self.recorder.isLate(item.message, [$0]) }
        let others = item.recipients.filter { !late.contains($0) }
        self.recorder.concludeLate(QueueItem(message: item.message, recipients: late), options)
        if !others.isEmpty { self.attempt(QueueItem(message: item.message, recipients: others), router, options) }
    }

    // MARK: - What the queue tells

    private func queueReported(_ event: QueueEvent) {
        switch event {
        case .parked(let id, let reason):
            self.trace.record(id, .parked, (.reason, reason))
            self.logger.warning(
                "A message is parked; see martlet queue list",
                metadata: Logger.Metadata([.message: id.description, .reason: reason])
            )
        case .bodyUnreadable(let id, let reason):
            self.logger.error(
                "A queued message cannot be read; it is tried again later",
                metadata: Logger.Metadata([.message: id.description, .reason: reason])
            )
        case .noProgress(let waiting, _):
            self.trace.record(self.trace.makeID(), .noProgress, (.count, String(waiting)))
            self.logger.error(
                "The queue has work and nothing was finished for a long time",
                metadata: Logger.Metadata([.count: String(waiting)])
            )
        case .progressResumed:
            self.logger.notice("The queue makes progress again")
        case .clockStepped(let step):
            self.logger.notice(
                "The clock was set; the queue's schedule moves with it",
                metadata: Logger.Metadata([.duration: "\(step.components.seconds) s"])
            )
        case .storageFailing(let reason):
            self.logger.error(
                "Some of the queue's records cannot be used at the moment",
                metadata: Logger.Metadata([.reason: reason])
            )
        }
    }
}
