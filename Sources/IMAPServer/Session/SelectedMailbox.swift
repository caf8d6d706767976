internal import IMAPWire
internal import MailStore
internal import MailTypes
internal import NIOCore

/// The mailbox a session has open, and what its client has been told of it.
///
/// SELECT answers from counters alone, so that opening a large mailbox costs nothing; the arrays are looked at when a
/// command first names messages. What the client knew until then is rebuilt from the change log.
final class SelectedMailbox {
    /// What the client was told: numbers only, or which messages.
    private enum Knowledge {
        case counters(ToldCounters)
        case messages(MailboxView)
    }

    let live: LiveMailbox
    let isReadOnly: Bool
    /// What `$` stands for: UIDs, ascending, not adjacent. RFC 5182.
    var savedSearch: [ClosedRange<UInt32>] = []
    private var knowledge: Knowledge
    /// Changes taken notice of but not told yet, because they show a keyword the client has not heard of.
    var untold: MailboxView.Delta?
    /// Messages of this UID and above are `\Recent` to this session.
    let recentStart: UID

    /// - Parameters:
    ///   - summary: what the client is being told.
    ///   - recentStart: the first UID that is recent to this session.
    init(_ live: LiveMailbox, summary: MailboxSummary, isReadOnly: Bool, recentStart: UID) {
        self.live = live
        self.isReadOnly = isReadOnly
        self.recentStart = recentStart
        self.knowledge = .counters(
            ToldCounters(
                messages: summary.messages,
                uidNext: summary.uidNext,
                highestModSeq: summary.highestModSeq
            )
        )
    }

    /// Messages as the client counts them.
    var count: Int {
        switch self.knowledge {
        case .counters(let told): told.messages
        case .messages(let view): view.count
        }
    }

    /// The first UID the client has not been told of.
    var uidNextTold: UID {
        switch self.knowledge {
        case .counters(let told): told.uidNext
        case .messages(let view): view.state.uidNext
        }
    }

    /// The last change the client has been told of: never one that is still to be told, so that it can ask for all that
    /// came later.
    var highestModSeqTold: ModSeq {
        switch self.knowledge {
        case .counters(let told): told.highestModSeq
        case .messages(let view): view.highestModSeqKnown
        }
    }

    /// Which messages the client knows; `nil` until the arrays were needed.
    var view: MailboxView? {
        if case .messages(let view) = self.knowledge { view } else { nil }
    }

    /// Whether the mailbox is, by its counters, what the client was told, and nothing is held back.
    var isUpToDate: Bool {
        let summary = self.live.summary
        switch self.knowledge {
        case .counters(let told):
            return summary.highestModSeq == told.highestModSeq && summary.messages == told.messages
        case .messages(let view):
            return summary.highestModSeq == view.state.highestModSeq && view.ghosts.isEmpty
                && summary.messages == view.state.count
        }
    }

    // MARK: - Moving forward

    /// Moves to the newest state of a mailbox whose arrays are known here and loaded there.
    ///
    /// - Returns: what is new, or `nil` when ``advance()`` is needed.
    func advanceNow() -> MailboxView.Delta? {
        guard case .messages(var view) = self.knowledge, let state = self.live.loadedState else { return nil }
        self.knowledge = .counters(.nothing)
        let delta = view.advance(to: state)
        self.knowledge = .messages(view)
        return delta
    }

    /// Moves to the newest state, loading the arrays if need be.
    func advance() async throws -> MailboxView.Delta {
        if let delta = self.advanceNow() { return delta }
        let state = try await self.live.state()
        if case .messages(var view) = self.knowledge {
            let delta = view.advance(to: state)
            self.knowledge = .messages(view)
            return delta
        }
        guard case .counters(let told) = self.knowledge else { return MailboxView.Delta() }
        guard let history = try await self.live.changes(since: told.highestModSeq) else {
            throw Reply(.no, .unavailable, "Too much has changed since the mailbox was selected; select it again")
        }
        guard let (view, delta) = MailboxView.rebuilt(told: told, now: state, expunged: history.expunged) else {
            throw Reply(.no, .serverBug, "The mailbox is not what this session was told")
        }
        self.knowledge = .messages(view)
        return delta
    }

    /// Forgets the expunged messages the client is being told of.
    func takeExpunges() -> [Int] {
        guard case .messages(var view) = self.knowledge, !view.ghosts.isEmpty else { return [] }
        self.knowledge = .counters(.nothing)
        let numbers = view.takeExpunges()
        self.knowledge = .messages(view)
        return numbers
    }

    /// How many of the messages the client counts are recent to this session.
    var recentCount: Int {
        guard let view = self.view else { return 0 }
        let ghosts = view.ghosts.count { $0 >= self.recentStart }
        guard view.state.count > 0 else { return ghosts }
        return ghosts + view.state.count - view.state.firstIndex(notBefore: self.recentStart)
    }

    func isRecent(_ uid: UID) -> Bool { uid >= self.recentStart }
}

extension ToldCounters {
    /// Stands in while a view is being changed in place.
    fileprivate static let nothing = ToldCounters(
        messages: 0,
        uidNext: UID(rawValue: 1),
        highestModSeq: ModSeq(rawValue: 0)
    )
}
