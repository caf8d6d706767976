internal import MailTypes

/// The messages in memory and which of their recipients are in somebody's hands. Bounded by the options.
struct ActiveSet {
    private struct Entry {
        var message: QueuedMessage
        var inHand: OrdinalSet
    }

    private var entries: [TimeSortedID: Entry] = [:]
    private(set) var recipients = 0
    private(set) var octets = 0

    var isEmpty: Bool { self.entries.isEmpty }

    func contains(_ id: TimeSortedID, _ ordinal: Int) -> Bool {
        self.entries[id]?.inHand.contains(ordinal) ?? false
    }

    func message(_ id: TimeSortedID) -> QueuedMessage? { self.entries[id]?.message }

    /// Takes a message that was not in the set.
    mutating func insert(_ item: QueueItem) {
        var inHand = OrdinalSet()
        for recipient in item.recipients { inHand.insert(recipient.ordinal) }
        self.entries[item.message.id] = Entry(message: item.message, inHand: inHand)
        self.recipients += item.recipients.count
        self.octets += item.message.octetsInMemory
    }

    /// Takes those recipients that are not in the set yet.
    ///
    /// - Returns: what is to be handed out, or `nil` if all of it was in the set.
    mutating func merge(_ item: QueueItem) -> QueueItem? {
        guard var entry = self.entries[item.message.id] else {
            self.insert(item)
            return item
        }
        let fresh = item.recipients.filter { !entry.inHand.contains($0.ordinal) }
        guard !fresh.isEmpty else { return nil }
        for recipient in fresh { entry.inHand.insert(recipient.ordinal) }
        if entry.message.isWithdrawn {
            // The one in memory is what the postmaster has changed since; whoever holds it gives it back.
            self.octets += item.message.octetsInMemory - entry.message.octetsInMemory
            entry.message = item.message
        }
        self.entries[item.message.id] = entry
        self.recipients += fresh.count
        return QueueItem(message: entry.message, recipients: fresh)
    }

    mutating func remove(_ id: TimeSortedID, _ ordinals: some Sequence<Int>) {
        guard var entry = self.entries[id] else { return }
        for ordinal in ordinals where entry.inHand.remove(ordinal) { self.recipients -= 1 }
        if entry.inHand.isEmpty {
            self.entries[id] = nil
            self.octets -= entry.message.octetsInMemory
        } else {
            self.entries[id] = entry
        }
    }

    func withdraw(_ id: TimeSortedID) {
        self.entries[id]?.message.withdraw()
    }
}
