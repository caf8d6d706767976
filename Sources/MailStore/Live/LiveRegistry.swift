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
        /// The most recently opened last.
        var kept: [LiveMailbox] = []
        var sweepAt = 1_024
    }

    private struct WeakMailbox {
        weak var mailbox: LiveMailbox?
    }

    private let state = Mutex(State())

    func find(_ mailbox: MailboxID) -> LiveMailbox? {
        self.state.withLock { state in
            guard let live = state.mailboxes[mailbox]?.mailbox else { return nil }
            if state.kept.last !== live { Self.keep(live, &state) }
            return live
        }
    }

    /// The one object for a mailbox whose row was read; counters catch up with what was committed meanwhile.
    func open(_ summary: MailboxSummary, of account: AccountID, in shard: MailShard) async throws -> LiveMailbox {
        let live = self.state.withLock { state in
            if let live = state.mailboxes[summary.id]?.mailbox, !live.isGone { return live }
            let live = LiveMailbox(summary: summary, account: account, shard: shard)
            state.mailboxes[summary.id] = WeakMailbox(mailbox: live)
            if state.mailboxes.count > state.sweepAt {
                state.mailboxes = state.mailboxes.filter { $0.value.mailbox != nil }
                state.sweepAt = max(1_024, 2 * state.mailboxes.count)
            }
            Self.keep(live, &state)
            return live
        }
        try await live.catchUp()
        return live
    }

    func publish(_ change: MailboxChange) {
        let live = self.state.withLock { state in
            state.mailboxes.isEmpty ? nil : state.mailboxes[change.mailbox]?.mailbox
        }
        live?.publish(change)
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
