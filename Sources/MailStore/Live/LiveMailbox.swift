package import MailTypes
internal import Storage
internal import Synchronization

/// A mailbox that sessions have open: one object for all of them, kept current from commits, in their order.
///
/// Counters are there at once; the list of messages is read at its first use, so that SELECT costs the same for ten
/// messages and for a million.
package final class LiveMailbox: Sendable {
    package let id: MailboxID
    package let account: AccountID
    private let shard: MailShard
    private let content: Mutex<Content>

    struct Content {
        var summary: MailboxSummary
        var state: MailboxState?
        /// Changes that came while the list is being read.
        var pending: [MailboxChange] = []
        var waiters: [@Sendable (Result<MailboxState, any Error>) -> Void] = []
        var isGone = false
        var wakes: [(number: Int, wake: @Sendable () -> Void)] = []
        var nextNumber = 0
    }

    init(summary: MailboxSummary, account: AccountID, shard: MailShard) {
        self.id = summary.id
        self.account = account
        self.shard = shard
        self.content = Mutex(Content(summary: summary))
    }

    /// Name and counters now.
    package var summary: MailboxSummary { self.content.withLock { $0.summary } }

    /// The mailbox or its account was removed.
    package var isGone: Bool { self.content.withLock { $0.isGone } }

    /// The messages now; `nil` when they have not been read yet.
    package var loadedState: MailboxState? { self.content.withLock { $0.state } }

    /// The messages now. The first call reads them, later ones cost a lock.
    package func state() async throws -> MailboxState {
        if let state = self.loadedState { return state }
        return try await withCheckedThrowingContinuation { continuation in
            self.load { continuation.resume(with: $0) }
        }
    }

    /// UIDs that were expunged after `modSeq`, ascending, and the moment up to which this is known: with them a
    /// session that has only told counters can still find what the numbers it has told mean. `nil` when that is too
    /// long ago to be known.
    package func changes(since modSeq: ModSeq) async throws -> MailboxHistory? {
        let id = self.id
        let account = self.account
        return try await self.shard.shard.read { database in
            let row = try MailboxRow.require(id, of: account, in: database)
            guard try ChangeLog.reaches(back: modSeq, in: id, database) else { return nil }
            return MailboxHistory(
                expunged: try ChangeLog.expunged(from: id, of: account, since: modSeq, database),
                upTo: row.counters.highestModSeq
            )
        }
    }

    /// Takes the messages that no session has shown as recent. RFC 3501 §2.3.2.
    ///
    /// - Returns: messages from this UID on are recent for the caller, and how many they are.
    package func claimRecent() async throws -> RecentClaim {
        let claim: RecentClaim? = self.content.withLock { content in
            guard content.summary.counters.firstRecent >= content.summary.uidNext else { return nil }
            return RecentClaim(first: content.summary.uidNext, count: 0)
        }
        if let claim { return claim }
        return try await self.shard.claimRecent(of: self.id, account: self.account)
    }

    /// Asks to be woken after each published change, from any thread; `wake` must be short.
    package func subscribe(_ wake: @escaping @Sendable () -> Void) -> Subscription {
        let number = self.content.withLock { content in
            content.nextNumber += 1
            content.wakes.append((content.nextNumber, wake))
            return content.nextNumber
        }
        return Subscription { [weak self] in self?.unsubscribe(number) }
    }

    /// An end to being woken.
    package final class Subscription: Sendable {
        private let end: @Sendable () -> Void

        init(end: @escaping @Sendable () -> Void) {
            self.end = end
        }

        package func cancel() {
            self.end()
        }
    }

    /// Reads on one moment of the shard that holds the mailbox.
    func read<R: Sendable>(_ body: @escaping @Sendable (Database) throws -> R) async throws -> R {
        try await self.shard.shard.read(body)
    }

    var loadedMessages: Int { self.content.withLock { $0.state?.count ?? 0 } }

    private func unsubscribe(_ number: Int) {
        self.content.withLock { content in content.wakes.removeAll { $0.number == number } }
    }

    // MARK: Keeping current

    /// Reads the row once more after the mailbox is registered: what was committed in between was published to nobody.
    func catchUp() async throws {
        let id = self.id
        let row = try await self.shard.shard.read { try MailboxRow.find(id, in: $0) }
        self.content.withLock { content in
            guard let row else {
                content.isGone = true
                return
            }
            if row.counters.highestModSeq > content.summary.highestModSeq { content.summary.counters = row.counters }
            content.summary.name = row.name
        }
    }

    func publish(_ change: MailboxChange) {
        let wakes = self.content.withLock { content in
            content.apply(change)
            return content.wakes
        }
        for (_, wake) in wakes { wake() }
    }

    // MARK: Reading the list

    private func load(_ completion: @escaping @Sendable (Result<MailboxState, any Error>) -> Void) {
        let (state, isFirst) = self.content.withLock { content in
            if content.state == nil { content.waiters.append(completion) }
            return (content.state, content.state == nil && content.waiters.count == 1)
        }
        if let state { completion(.success(state)) }
        guard isFirst else { return }
        let id = self.id
        self.shard.shard.read { database in
            try MailboxState.read(id, database)
        } completion: { result in
            self.loaded(result)
        }
    }

    private func loaded(_ result: Result<MailboxState, any Error>) {
        let (waiters, outcome) = self.content.withLock { content in
            defer {
                content.waiters = []
                content.pending = []
            }
            var outcome = result
            if case .success(var state) = result {
                for change in content.pending { state.apply(change) }
                content.state = state
                outcome = .success(state)
            }
            return (content.waiters, outcome)
        }
        for waiter in waiters { waiter(outcome) }
    }
}

/// What went from a mailbox after some moment.
package struct MailboxHistory: Sendable, Hashable {
    /// Ascending.
    package var expunged: [UID]
    package var upTo: ModSeq
}

/// Messages that are recent for one session: those with UID `first` or later, `count` of them now.
package struct RecentClaim: Sendable, Hashable {
    package var first: UID
    package var count: Int

    package init(first: UID, count: Int) {
        self.first = first
        self.count = count
    }
}

extension LiveMailbox.Content {
    mutating func apply(_ change: MailboxChange) {
        switch change.kind {
        case .removed: self.isGone = true
        case .renamed(let name): self.summary.name = name
        case .counted, .added, .flags, .expunged: break
        }
        if change.modSeq >= self.summary.highestModSeq { self.summary.counters = change.counters }
        if self.state != nil {
            self.state?.apply(change)
        } else if !self.waiters.isEmpty {
            self.pending.append(change)
        }
    }
}

extension MailboxState {
    /// Applies a change that is newer than this state; an older one is already in it.
    mutating func apply(_ change: MailboxChange) {
        guard change.modSeq > self.highestModSeq else { return }
        switch change.kind {
        case .added(let entries): for entry in entries { self.append(entry) }
        case .flags(let changes): self.setFlags(changes, modSeq: change.modSeq)
        case .expunged(let uids): self.remove(uids)
        case .counted, .renamed, .removed: return
        }
        self.uidNext = change.counters.uidNext
        self.highestModSeq = change.modSeq
    }

    static func read(_ mailbox: MailboxID, _ database: Database) throws -> MailboxState {
        guard let row = try MailboxRow.find(mailbox, in: database) else { throw MailStoreError.gone }
        var state = MailboxState(uidNext: row.uidNext, highestModSeq: row.counters.highestModSeq)
        try Placements.scan(mailbox, database) { state.append($0) }
        return state
    }
}
