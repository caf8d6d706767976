internal import Logging
internal import MailQueue
internal import MailTypes
internal import NIOCore
internal import NIOSSL
internal import SMTPWire
internal import Trace

/// All relaying of one event loop: its destinations and their connections. Lives on the loop alone.
///
/// Every next hop has its home on one loop, so that nothing of it is shared between threads.
final class RelayLane {
    let loop: any EventLoop
    private(set) var options: DeliveryOptions
    let budget: ConnectionBudget
    /// Calls ``connectionPermitted(to:)`` from whatever thread.
    private let permit: @Sendable (NextHop) -> Void
    private let recorder: OutcomeRecorder
    var log: Logger { self.recorder.log }
    private let flight: FlightRecorder?
    private var destinations: [NextHop: Destination] = [:]
    private(set) var isStopping = false
    private var stopped: EventLoopPromise<Void>?
    /// By whether the certificate is verified.
    private var tls: [Bool: NIOSSLContext] = [:]

    init(
        loop: any EventLoop,
        options: DeliveryOptions,
        budget: ConnectionBudget,
        recorder: OutcomeRecorder,
        flight: FlightRecorder?,
        permit: @escaping @Sendable (NextHop) -> Void
    ) {
        self.loop = loop
        self.options = options
        self.budget = budget
        self.recorder = recorder
        self.flight = flight
        self.permit = permit
    }

    func take(_ jobs: [RelayJob]) {
        var touched: [Destination] = []
        for job in jobs {
            let destination = self.destination(job.hop)
            destination.enqueue(job)
            if touched.last !== destination { touched.append(destination) }
        }
        for destination in touched { destination.pump() }
    }

    private func destination(_ hop: NextHop) -> Destination {
        if let destination = self.destinations[hop] { return destination }
        let destination = Destination(hop, lane: self)
        self.destinations[hop] = destination
        return destination
    }

    // MARK: - What destinations tell

    /// A transaction is over, well or badly.
    func finished(_ job: RelayJob, _ result: SMTPTransactionResult, _ connection: RelayConnection) {
        self.endFlight(job)
        let promises = connection.capabilities.extensions.contains(.dsn)
        let tellsSender = self.tellsSender(job, connection)
        let host = connection.host.description
        let outcomes = zip(job.recipients, result.outcomes).map { recipient, outcome in
            AttemptOutcome(
                recipient,
                outcome.isDelivered ? .relayed(hasPromisedNotices: promises, tellsSender: tellsSender) : .failed,
                outcome.reply,
                host: host,
                speaker: outcome.isLocal ? nil : connection.host.name
            )
        }
        self.recorder.conclude(job.message, outcomes, self.options)
    }

    /// The sender of a message with a deadline hears where it went: to a host that knows of none, or when it asked to
    /// hear of every step. RFC 2852 §4.1.4.2, §4.2.
    private func tellsSender(_ job: RelayJob, _ connection: RelayConnection) -> Bool {
        guard let deliverBy = job.message.sender.deliverBy, job.hop.dialect == .smtp else { return false }
        return deliverBy.isTraced || !connection.capabilities.extensions.contains(.deliverBy)
    }

    func transaction(_ job: RelayJob) -> SMTPTransaction {
        job.transaction(deliverBy: self.recorder.deliverByRequest(job.message))
    }

    /// What waits here is to go back to the queue, which knows what is to be done about its being late.
    func isLate(_ job: RelayJob) -> Bool { self.recorder.isLate(job.message, job.recipients) }

    /// Nothing could be tried; `reply` says why. Never final by itself: the host may come back.
    func failed(_ job: RelayJob, _ reply: SMTPReply, host: String) {
        self.endFlight(job)
        var reply = reply
        if !reply.isTransientFailure {
            reply = SMTPReply(451, "4.4.1", "Next host cannot be used: \(reply)")
        }
        let outcomes = job.recipients.map { AttemptOutcome($0, .failed, reply, host: host) }
        self.recorder.conclude(job.message, outcomes, self.options)
    }

    func putBack(_ job: RelayJob) {
        self.endFlight(job)
        self.recorder.putBack(job.message, job.ordinals)
    }

    func beginFlight(_ job: RelayJob) -> FlightSlot? {
        self.flight?.begin(.delivery, message: job.message.id, fingerprint: 0, peer: job.hop.hosts[0].name)
    }

    func endFlight(_ job: RelayJob) {
        if let slot = job.slot { self.flight?.end(slot) }
    }

    /// Whether a destination may open one more connection; if not, it is told when it may.
    func takePermit(for hop: NextHop) -> Bool {
        let permit = self.permit
        return self.budget.take { permit(hop) }
    }

    /// A destination that was refused a connection may open it now.
    func connectionPermitted(to hop: NextHop) {
        guard let destination = self.destinations[hop] else {
            self.budget.giveBack()
            return
        }
        destination.connectionPermitted()
    }

    func destinationQuiet() {
        if self.isStopping { self.finishStopping() }
    }

    func tlsContext(verifiesCertificate: Bool) throws -> NIOSSLContext {
        if let tls = self.tls[verifiesCertificate] { return tls }
        var configuration = TLSConfiguration.makeClientConfiguration()
        // All is said when a connection is closed; the host's own farewell need not come.
        configuration.shutdownTimeout = .milliseconds(500)
        if verifiesCertificate {
            configuration.minimumTLSVersion = .tlsv12
            if let file = self.options.trustedCertificates { configuration.trustRoots = .file(file) }
        } else {
            // Without a policy that names whom to trust, encryption with anybody is better than none. RFC 7435.
            configuration.certificateVerification = .none
        }
        let context = try NIOSSLContext(configuration: configuration)
        self.tls[verifiesCertificate] = context
        return context
    }

    // MARK: - What the service tells

    func reload(_ options: DeliveryOptions) {
        self.options = options
        self.tls = [:]
        for destination in self.destinations.values { destination.reload() }
    }

    func tick() {
        let now = NIODeadline.now()
        for (hop, destination) in self.destinations {
            destination.tick(at: now)
            if destination.isForgettable(at: now) { self.destinations[hop] = nil }
        }
    }

    func flush() {
        for destination in self.destinations.values { destination.flush() }
    }

    var status: [DestinationStatus] {
        let now = NIODeadline.now()
        return self.destinations.map { hop, destination in
            DestinationStatus(
                nextHop: hop.description,
                waiting: destination.waitingCount,
                connections: destination.connectionCount,
                window: destination.windowSize,
                isDead: destination.isDead(at: now)
            )
        }
    }

    /// Ends what is not begun, lets finish what is, and tells when all connections are closed.
    func stop(_ promise: EventLoopPromise<Void>, within limit: Duration) {
        self.isStopping = true
        self.stopped = promise
        for destination in Array(self.destinations.values) { destination.stop() }
        self.loop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) {
            for destination in Array(self.destinations.values) { destination.closeAll() }
        }
        self.finishStopping()
    }

    private func finishStopping() {
        guard let stopped = self.stopped, self.destinations.values.allSatisfy({ $0.connectionCount == 0 }) else {
            return
        }
        self.stopped = nil
        stopped.succeed()
    }
}

/// One next hop, as the postmaster sees it.
package struct DestinationStatus: Hashable, Sendable {
    package var nextHop: String
    /// Messages in memory that wait for a connection.
    package var waiting: Int
    package var connections: Int
    /// Transactions it may have at a time now.
    package var window: Int
    /// None of its hosts could be reached lately.
    package var isDead: Bool
}
