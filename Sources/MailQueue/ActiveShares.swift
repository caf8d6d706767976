/// How much of the memory for mail in hand each destination has.
///
/// A destination may have as much as is left free, divided by the number of those that have much. So one that takes its
/// mail slowly fills half of the memory, and after `n` that hang altogether one part in `n + 1` is left for the
/// others.
/// Only the smallest share, which keeps a next hop's connections busy, is given while there is any room.
struct ActiveShares: Sendable {
    struct Share: Hashable {
        var recipients = 0
        var octets = 0
    }

    private let recipientsMax: Int
    private let octetsMax: Int
    /// Recipients a destination gets while there is any room.
    private let recipientsMin: Int
    private(set) var total = Share()
    private var shares: [QueueDestination: Share] = [:]
    /// Destinations with more than the smallest share.
    private var largeCount = 0

    init(_ options: MailQueueOptions) {
        self.recipientsMax = options.activeRecipientsMax
        self.octetsMax = options.activeOctetsMax
        // 20 of the usual 20,000: as many as a next hop gets transactions at a time.
        self.recipientsMin = max(1, options.activeRecipientsMax / 1_000)
    }

    var free: Share {
        Share(recipients: self.recipientsMax - self.total.recipients, octets: self.octetsMax - self.total.octets)
    }

    var hasRoom: Bool { self.free.recipients > 0 && self.free.octets > 0 }

    /// Whether one more message may be taken for the destination; `nil` has no bound of its own.
    func hasRoom(for destination: QueueDestination?) -> Bool {
        guard self.hasRoom else { return false }
        guard let destination, let share = self.shares[destination] else { return true }
        return share.recipients < self.recipientsMin || self.isBelow(1, share)
    }

    /// Whether it is time to read more for a destination, with some left in hand until that is done.
    func isLow(_ destination: QueueDestination) -> Bool {
        guard let share = self.shares[destination] else { return true }
        return share.recipients <= self.recipientsMin / 2 || self.isBelow(2, share)
    }

    /// Whether so many times the share is less than what it may be.
    private func isBelow(_ times: Int, _ share: Share) -> Bool {
        let others = self.largeCount - (self.isLarge(share) ? 1 : 0)
        let (part, free) = (times * (others + 1), self.free)
        return share.recipients * part < free.recipients && share.octets * part < free.octets
    }

    private func isLarge(_ share: Share) -> Bool { share.recipients > self.recipientsMin }

    /// Counts recipients of one destination, and octets of a message it has a part in.
    mutating func add(_ destination: QueueDestination?, recipients: Int, octets: Int = 0) {
        self.total.recipients += recipients
        guard let destination else { return }
        var share = self.shares[destination] ?? Share()
        self.largeCount -= self.isLarge(share) ? 1 : 0
        share.recipients += recipients
        share.octets += octets
        self.largeCount += self.isLarge(share) ? 1 : 0
        self.shares[destination] = share == Share() ? nil : share
    }

    /// Counts a message's octets, once for all its destinations.
    mutating func add(octets: Int) {
        self.total.octets += octets
    }
}
