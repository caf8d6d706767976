internal import NIOCore
internal import SMTPWire

/// What is remembered of a next hop's hosts, so that a dead one costs one attempt now and then and not one for each
/// message. Lesson 27.
struct HostMemory {
    private struct Entry {
        let host: NextHop.Host
        var deadUntil: NIODeadline?
        /// When it was last found dead; `nil` when it has lived since.
        var diedAt: NIODeadline?
        var failures = 0
        /// TLS failed there lately, and may be left out.
        var plainUntil: NIODeadline?
        /// When it first broke off where TLS begins; forgotten once TLS works.
        var brokeOffAt: NIODeadline?
    }

    /// How long it is known that a host broke off where TLS begins: longer than any message waits between two attempts.
    private static let memoryOfTLS = TimeAmount.hours(24)

    private var entries: [Entry]
    private let delay: TimeAmount
    private let delayMax: TimeAmount
    /// Why the last host to die did.
    private(set) var lastReply: SMTPReply?

    init(_ hosts: [NextHop.Host], delay: Duration, delayMax: Duration) {
        self.entries = hosts.map { Entry(host: $0) }
        self.delay = TimeAmount(delay)
        self.delayMax = TimeAmount(delayMax)
    }

    /// The first host that is not known to be dead.
    func living(at now: NIODeadline) -> Int? {
        self.entries.firstIndex { entry in entry.deadUntil.map { $0 <= now } ?? true }
    }

    func host(_ index: Int) -> NextHop.Host { self.entries[index].host }

    /// Whether it was dead when it was last tried.
    func isDoubtful(_ index: Int) -> Bool { self.entries[index].deadUntil != nil }

    /// A connection has failed. One that was begun before the host was found dead tells of the same outage and changes
    /// nothing: as many may be under way at a time as the window allows.
    mutating func died(_ index: Int, openedAt: NIODeadline, now: NIODeadline, _ reply: SMTPReply) {
        if let diedAt = self.entries[index].diedAt, openedAt <= diedAt { return }
        let doublings = min(self.entries[index].failures, 16)
        let delay = min(self.delay.nanoseconds << Int64(doublings), self.delayMax.nanoseconds)
        self.entries[index].deadUntil = now + .nanoseconds(max(delay, self.delay.nanoseconds))
        self.entries[index].diedAt = now
        self.entries[index].failures += 1
        self.lastReply = reply
    }

    mutating func lives(_ index: Int) {
        guard self.entries[index].deadUntil != nil || self.entries[index].failures > 0 else { return }
        self.entries[index].deadUntil = nil
        self.entries[index].diedAt = nil
        self.entries[index].failures = 0
    }

    mutating func avoidTLS(_ index: Int, until: NIODeadline) {
        self.entries[index].plainUntil = until
    }

    func avoidsTLS(_ index: Int, at now: NIODeadline) -> Bool {
        self.entries[index].plainUntil.map { $0 > now } ?? false
    }

    /// A host broke off where TLS begins. One that is being restarted does that too, so that it counts when it is seen
    /// again some time later.
    ///
    /// - Returns: whether TLS is to be left out.
    mutating func brokeOffAtTLS(_ index: Int, openedAt: NIODeadline, now: NIODeadline) -> Bool {
        guard let first = self.entries[index].brokeOffAt, now - first < Self.memoryOfTLS else {
            self.entries[index].brokeOffAt = now
            return false
        }
        return openedAt - first >= self.delay
    }

    mutating func tlsWorks(_ index: Int) {
        if self.entries[index].brokeOffAt != nil { self.entries[index].brokeOffAt = nil }
    }

    /// Whether it is known of a host that it broke off where TLS begins.
    func knowsTLSBroken(at now: NIODeadline) -> Bool {
        self.entries.contains { entry in entry.brokeOffAt.map { now - $0 < Self.memoryOfTLS } ?? false }
    }

    /// All are tried again, as if nothing had been.
    mutating func forget() {
        for index in self.entries.indices {
            self.entries[index].deadUntil = nil
            self.entries[index].diedAt = nil
            self.entries[index].failures = 0
            self.entries[index].plainUntil = nil
        }
    }
}
