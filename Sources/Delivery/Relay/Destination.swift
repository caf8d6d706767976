internal import MailQueue
internal import MailTypes
internal import NIOCore
internal import SMTPWire

/// One next hop as seen from one event loop: what waits for it, its connections, and what is remembered of its hosts.
///
/// Lives on the loop alone. A job is taken by a connection that is free, by a new one while the window allows, or by
/// a busy one that can send its envelope behind the text of the message before it.
final class Destination {
    let hop: NextHop
    private unowned let lane: RelayLane
    private var waiting = CircularBuffer<RelayJob>()
    private var idle: [RelayConnection] = []
    private var connections: [ObjectIdentifier: RelayConnection] = [:]
    /// Of the connections, those that can carry mail.
    private var readyCount = 0
    private var window: ConcurrencyWindow
    private var hosts: HostMemory
    private var lastUsed = NIODeadline.now()
    /// How it stands with the budget for all destinations.
    private var permit = Permit.none

    private enum Permit {
        case none
        /// A connection was refused; its turn will come.
        case awaited
        /// Its turn has come: one connection may be opened, which counts already.
        case granted
    }

    init(_ hop: NextHop, lane: RelayLane) {
        self.hop = hop
        self.lane = lane
        let options = lane.options
        self.window = ConcurrencyWindow(start: options.concurrencyStart, max: options.concurrencyMax)
        self.hosts = HostMemory(hop.hosts, delay: options.deadHostDelay, delayMax: options.deadHostDelayMax)
    }

    var options: DeliveryOptions { self.lane.options }
    var waitingCount: Int { self.waiting.count }
    var connectionCount: Int { self.connections.count }
    var windowSize: Int { self.window.size }
    var isEmpty: Bool { self.waiting.isEmpty && self.connections.isEmpty }

    func isDead(at now: NIODeadline) -> Bool { self.hosts.living(at: now) == nil }

    /// Nothing is going on and nothing worth remembering is known.
    func isForgettable(at now: NIODeadline) -> Bool {
        self.isEmpty && now - self.lastUsed > .minutes(30) && !self.hosts.knowsTLSBroken(at: now)
    }

    func enqueue(_ job: RelayJob) {
        self.waiting.append(job)
    }

    /// Gives work to connections, and opens those that are allowed and needed.
    func pump(at now: NIODeadline = .now()) {
        if !self.waiting.isEmpty { self.lastUsed = now }
        while !self.waiting.isEmpty {
            guard !self.lane.isStopping else {
                self.dropWaiting()
                return
            }
            if let connection = self.idle.last {
                guard let job = self.takeNext() else { return }
                self.idle.removeLast()
                connection.begin(job)
                continue
            }
            let opening = self.connections.count - self.readyCount
            guard self.connections.count < self.window.size, opening < self.waiting.count else { return }
            guard let host = self.hosts.living(at: now) else {
                // Connections that work may go on; otherwise all of it waits for the host to come back.
                if self.connections.isEmpty { self.failWaiting() }
                return
            }
            guard self.takePermit() else { return }
            self.open(host)
        }
    }

    /// The next job for a connection that has just become free or can look ahead; `nil` if none waits.
    func nextJob() -> RelayJob? {
        self.lane.isStopping ? nil : self.takeNext()
    }

    /// A job that nothing was done about goes to the head of the queue.
    func giveBack(_ job: RelayJob) {
        var job = job
        job.returns += 1
        self.waiting.prepend(job)
    }

    /// The rest of a job that was begun is attempted before others.
    func putFirst(_ job: RelayJob) {
        self.waiting.prepend(job)
    }

    /// What the postmaster has changed meanwhile goes back to the queue instead.
    private func takeNext() -> RelayJob? {
        while var job = self.waiting.popFirst() {
            guard !job.message.isWithdrawn, !self.lane.isLate(job) else {
                self.lane.putBack(job)
                continue
            }
            if job.slot == nil { job.slot = self.lane.beginFlight(job) }
            return job
        }
        return nil
    }

    // MARK: - Connections

    private func takePermit() -> Bool {
        switch self.permit {
        case .granted:
            self.permit = .none
            return true
        case .awaited:
            return false
        case .none:
            if self.lane.takePermit(for: self.hop) { return true }
            self.permit = .awaited
            return false
        }
    }

    /// Its turn has come. What it has no use for any more goes to the next in line.
    func connectionPermitted() {
        self.permit = .granted
        self.pump()
        guard self.permit == .granted else { return }
        self.permit = .none
        self.lane.budget.giveBack()
    }

    private func open(_ index: Int) {
        let connection = RelayConnection(self, host: self.hosts.host(index), index: index, lane: self.lane)
        self.connections[ObjectIdentifier(connection)] = connection
        connection.connect(avoidsTLS: self.hosts.avoidsTLS(index, at: .now()))
    }

    func connectionReady(_ connection: RelayConnection) {
        self.readyCount += 1
        self.hosts.lives(connection.index)
        if connection.isEncrypted { self.hosts.tlsWorks(connection.index) }
        self.connectionIdle(connection)
    }

    func connectionIdle(_ connection: RelayConnection) {
        if let job = self.nextJob() {
            connection.begin(job)
        } else if self.lane.isStopping || self.lane.budget.isShort {
            connection.quit()
        } else {
            self.idle.append(connection)
        }
    }

    /// It says goodbye: nothing more is to be given to it while the host has not answered that.
    func connectionLeaves(_ connection: RelayConnection) {
        self.idle.removeAll { $0 === connection }
    }

    func transactionSucceeded() {
        self.window.succeeded()
    }

    /// The connection is gone, whoever ended it.
    ///
    /// - Parameter failure: what to tell those who wait, if it was not a proper end.
    func connectionClosed(_ connection: RelayConnection, failure: RelayFailure?) {
        guard self.connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        self.idle.removeAll { $0 === connection }
        if connection.wasReady { self.readyCount -= 1 }
        if let failure { self.note(failure, connection) }
        self.lastUsed = .now()
        self.lane.budget.giveBack()
        self.pump()
        if self.connections.isEmpty { self.lane.destinationQuiet() }
    }

    private func note(_ failure: RelayFailure, _ connection: RelayConnection) {
        if self.hop.tls == .whenOffered, self.isTLSAtFault(failure, connection) {
            self.hosts.avoidTLS(connection.index, until: .now() + .minutes(60))
            return
        }
        // A host that serves other connections of ours lives, and has only had enough of them.
        let othersLive = self.connections.values.contains { $0.index == connection.index && $0.wasReady }
        if connection.wasReady || othersLive {
            self.window.failed()
        } else {
            self.window.died()
            self.hosts.died(connection.index, openedAt: connection.openedAt, now: .now(), failure.reply)
        }
    }

    /// Whether to go on without TLS, where it is not required.
    private func isTLSAtFault(_ failure: RelayFailure, _ connection: RelayConnection) -> Bool {
        failure.isTLSFailure
            || failure.isAtTLS
                && self.hosts.brokeOffAtTLS(connection.index, openedAt: connection.openedAt, now: .now())
    }

    // MARK: - Endings

    /// All hosts are known to be dead: what waits is deferred without asking them.
    private func failWaiting() {
        let reply = self.hosts.lastReply ?? SMTPReply(451, "4.4.1", "Next host cannot be reached")
        while let job = self.waiting.popFirst() {
            self.lane.failed(job, reply, host: self.hop.hosts.map(\.description).joined(separator: ", "))
        }
    }

    /// The program stops: what waits is in the queue's files and is taken from there next time.
    func dropWaiting() {
        while let job = self.waiting.popFirst() { self.lane.endFlight(job) }
    }

    func flush() {
        self.hosts.forget()
        self.pump()
    }

    /// Closes what is not used, and what is not heard of any more.
    func tick(at now: NIODeadline) {
        for connection in Array(self.connections.values) { connection.tick(at: now) }
        if self.lane.budget.isShort { self.leaveIdle() }
        self.returnLate()
        self.pump(at: now)
    }

    /// Takes the options as they are now. Connections beyond a lower bound end when they have done what they are at.
    func reload() {
        self.window.limit(to: self.options.concurrencyMax)
        let staying = self.connections.values.filter { $0.life != .closing && !$0.isStopRequested }
        let surplus = staying.count - self.window.size
        guard surplus > 0 else { return }
        let busy = staying.filter { connection in
            connection.life == .ready && !self.idle.contains { $0 === connection }
        }
        for connection in (self.idle + busy).prefix(surplus) {
            connection.stopWhenDone()
            connection.quit()
        }
    }

    /// A deadline does not wait for a connection.
    private func returnLate() {
        guard self.waiting.contains(where: self.lane.isLate) else { return }
        let jobs = self.waiting
        self.waiting.removeAll()
        for job in jobs {
            if self.lane.isLate(job) { self.lane.putBack(job) } else { self.waiting.append(job) }
        }
    }

    private func leaveIdle() {
        let unused = self.idle
        self.idle = []
        for connection in unused { connection.quit() }
    }

    /// No new transactions; unused connections end at once, the others when they are done.
    func stop() {
        self.dropWaiting()
        self.leaveIdle()
        for connection in Array(self.connections.values) { connection.stopWhenDone() }
    }

    func closeAll() {
        for connection in Array(self.connections.values) { connection.abort() }
    }
}
