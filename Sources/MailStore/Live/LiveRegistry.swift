internal import MailTypes
internal import Storage
internal import Synchronization

/// Finds the mailboxes sessions have open, and keeps the last used ones for the next session.
final class LiveRegistry: Sendable {
    /// Mailboxes kept in memory that no session may have open any more.
    private static let keptMax = 32
    /// Messages of kept mailboxes in all; 32 octets each.
    private static let keptMessagesMax = 300_000

    private struct State {
        var mailboxes: [MailboxID: WeakMailbox] = [:]
        /// Where a name led when its mailbox was opened; it may have been renamed or removed since.
        var names: [Place: MailboxID] = [:]
        /// Changes published since the start.
        var publishCount = 0
        /// The most recently opened last.
        var kept: [LiveMailbox] = []
        var sweepAt = 1_024
    }

    private struct Place: Hashable {
        var account: AccountID
        var name: MailboxName
    }

    private struct WeakMailbox {
        weak var mailbox: LiveMailbox?
    }

    private let state: Mutex<State>

    /// The first entry of a dictionary of its types costs a search of the whole program, 50 µs each, that no client is
    /// to wait for: room is made now.
    init() {
        var state = State()
        state.mailboxes.reserveCapacity(Self.keptMax)
        state.names.reserveCapacity(Self.keptMax)
        self.state = Mutex(state)
    }

    func find(_ mailbox: MailboxID) -> LiveMailbox? {
        self.state.withLock { state in
            guard let live = state.mailboxes[mailbox]?.mailbox else { return nil }
            if state.kept.last !== live { Self.keep(live, &state) }
            return live
        }
    }

    /// The mailbox that has this name now, if it is in memory.
    func find(_ name: MailboxName, of account: AccountID) -> LiveMailbox? {
        guard let id = self.state.withLock({ $0.names[Place(account: account, name: name)] }),
            let live = self.find(id), !live.isGone, live.summary.name == name
        else { return nil }
        return live
    }

    /// How many changes were published: a mailbox opened from a row that was read at an equal count has missed none.
    var publishCount: Int { self.state.withLock { $0.publishCount } }

    /// The one object for a mailbox whose row was read; counters catch up with what was committed meanwhile.
    ///
    /// - Parameter publishCount: as it was before the row was read.
    func open(
        _ summary: MailboxSummary,
        of account: AccountID,
        in shard: MailShard,
        since publishCount: Int
    ) async throws -> LiveMailbox {
        let (live, hasMissedChanges) = self.state.withLock { state in
            state.names[Place(account: account, name: summary.name)] = summary.id
            let hasMissedChanges = state.publishCount != publishCount
            if let live = state.mailboxes[summary.id]?.mailbox, !live.isGone { return (live, hasMissedChanges) }
            let live = LiveMailbox(summary: summary, account: account, shard: shard)
            state.mailboxes[summary.id] = WeakMailbox(mailbox: live)
            Self.sweep(&state)
            Self.keep(live, &state)
            return (live, hasMissedChanges)
        }
        if hasMissedChanges { try await live.catchUp() }
        return live
    }

    func publish(_ change: MailboxChange) {
        let live = self.state.withLock { state in
            state.publishCount += 1
            return state.mailboxes.isEmpty ? nil : state.mailboxes[change.mailbox]?.mailbox
        }
        live?.publish(change)
    }

    /// Forgets mailboxes that nobody has open any more, when there may be many of them.
    private static func sweep(_ state: inout State) {
        guard max(state.mailboxes.count, state.names.count) > state.sweepAt else { return }
        state.mailboxes = state.mailboxes.filter { $0.value.mailbox != nil }
        state.names = state.names.filter { state.mailboxes[$0.value] != nil }
        state.sweepAt = max(1_024, 2 * max(state.mailboxes.count, state.names.count))
    }

    private static func keep(_ live: LiveMailbox, _ state: inout State) {
        state.kept.removeAll { $0 === live || $0.isGone }
        state.kept.append(live)
        var messages = state.kept.reduce(0) { $0 + $1.loadedMessages }
        while state.kept.count > Self.keptMax || messages > Self.keptMessagesMax, state.kept.count > 1 {
            messages -= state.kept.removeFirst().loadedMessages
        }
    }
}
