internal import MailTypes

/// The messages in memory and which of their recipients are in somebody's hands. Bounded by the options.
struct ActiveSet {
    /// Recipients with the same destination.
    private struct Group {
        let destination: QueueDestination?
        var ordinals: OrdinalSet
    }

    private struct Entry {
        var message: QueuedMessage
        /// At least one, none empty.
        var groups: [Group]

        func contains(_ ordinal: Int) -> Bool { self.groups.contains { $0.ordinals.contains(ordinal) } }
    }

    private var entries: [TimeSortedID: Entry] = [:]
    private(set) var shares: ActiveShares

    init(_ options: MailQueueOptions) {
        self.shares = ActiveShares(options)
    }

    var isEmpty: Bool { self.entries.isEmpty }
    var recipients: Int { self.shares.total.recipients }
    var octets: Int { self.shares.total.octets }

    func contains(_ id: TimeSortedID, _ ordinal: Int) -> Bool {
        self.entries[id]?.contains(ordinal) ?? false
    }

    func message(_ id: TimeSortedID) -> QueuedMessage? { self.entries[id]?.message }

    /// Takes a message that was not in the set.
    mutating func insert(_ item: QueueItem) {
        var entry = Entry(message: item.message, groups: [])
        self.shares.add(octets: item.message.octetsInMemory)
        for recipient in item.recipients { self.add(recipient, to: &entry) }
        self.entries[item.message.id] = entry
    }

    private mutating func add(_ recipient: QueuedRecipient, to entry: inout Entry) {
        if let index = entry.groups.firstIndex(where: { $0.destination == recipient.destination }) {
            entry.groups[index].ordinals.insert(recipient.ordinal)
            self.shares.add(recipient.destination, recipients: 1)
        } else {
            var ordinals = OrdinalSet()
            ordinals.insert(recipient.ordinal)
            entry.groups.append(Group(destination: recipient.destination, ordinals: ordinals))
            self.shares.add(recipient.destination, recipients: 1, octets: entry.message.octetsInMemory)
        }
    }

    /// Takes those recipients that are not in the set yet.
    ///
    /// - Returns: what is to be handed out, or `nil` if all of it was in the set.
    mutating func merge(_ item: QueueItem) -> QueueItem? {
        guard var entry = self.entries[item.message.id] else {
            self.insert(item)
            return item
        }
        let fresh = item.recipients.filter { !entry.contains($0.ordinal) }
        guard !fresh.isEmpty else { return nil }
        if entry.message.isWithdrawn {
            // The one in memory is what the postmaster has changed since; whoever holds it gives it back.
            let more = item.message.octetsInMemory - entry.message.octetsInMemory
            self.shares.add(octets: more)
            for group in entry.groups { self.shares.add(group.destination, recipients: 0, octets: more) }
            entry.message = item.message
        }
        for recipient in fresh { self.add(recipient, to: &entry) }
        self.entries[item.message.id] = entry
        return QueueItem(message: entry.message, recipients: fresh)
    }

    mutating func remove(_ id: TimeSortedID, _ ordinals: some Sequence<Int>) {
        guard var entry = self.entries[id] else { return }
        let octets = entry.message.octetsInMemory
        for ordinal in ordinals {
            guard let index = entry.groups.firstIndex(where: { $0.ordinals.contains(ordinal) }) else { continue }
            let destination = entry.groups[index].destination
            entry.groups[index].ordinals.remove(ordinal)
            let isLast = entry.groups[index].ordinals.isEmpty
            if isLast { entry.groups.remove(at: index) }
            self.shares.add(destination, recipients: -1, octets: isLast ? -octets : 0)
        }
        self.entries[id] = entry.groups.isEmpty ? nil : entry
        if entry.groups.isEmpty { self.shares.add(octets: -octets) }
    }

    func withdraw(_ id: TimeSortedID) {
        self.entries[id]?.message.withdraw()
    }
}
