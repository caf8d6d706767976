internal import Dispatch
internal import MailTypes
internal import Storage
internal import Synchronization

/// Removes what nobody can reach any more, a little at a time, so that no client waits for it: messages placed
/// nowhere, the placements of removed mailboxes, and the part of accounts' histories that has become too old.
///
/// A message goes when nobody can be reading it any more (``MessageHolds``): a client may fetch what it has not been
/// told is expunged. RFC 9051 §5.5.
final class Sweeper: Sendable {
    /// Messages removed in one transaction.
    private static let batch = 200
    /// Blocks of placements removed in one transaction.
    private static let blocks = 8
    /// Between two batches, so that others get the writer.
    private static let pause = DispatchTimeInterval.milliseconds(5)
    private static let delay = DispatchTimeInterval.milliseconds(200)

    /// Between two looks for what has become old; nothing happens at that moment that would tell.
    private static let lookInterval = DispatchTimeInterval.seconds(3_600)

    private let shard: Shard
    private let clock: any WallClock
    /// Messages that are remembered while their readers are waited for; 8 octets each.
    private static let foundMax = 100_000
    /// How long readers are waited for: no client takes that long for an answer it wants, and one that reads on and on
    /// must not keep a disk full.
    private static let readersWait = DispatchTimeInterval.seconds(3_600)

    private struct State {
        var isRunning = false
        var isAwaited = false
        var isStopped = false
        /// Messages placed nowhere that nobody reads.
        var free: [Int64] = []
        var damage = Damage()
    }

    /// What cannot be removed because its pages are damaged: it is passed over until the next start, so that the rest
    /// goes (lesson 22).
    private struct Damage: Sendable {
        /// One of those at hand is damaged; alone each shows whether it is that one.
        var isEachAlone = false
        var messages: Set<Int64> = []
        /// Placements of removed mailboxes, or the history.
        var isInUpkeep = false
    }

    /// What one transaction did.
    private struct Swept: Sendable {
        /// Messages placed nowhere, when there were none to remove.
        var found: [Int64] = []
        var isMore: Bool
    }

    private let holds: MessageHolds
    private let lane = DispatchQueue(label: "sweeper")
    private let state = Mutex(State())

    init(shard: Shard, holds: MessageHolds, clock: any WallClock) {
        self.shard = shard
        self.holds = holds
        self.clock = clock
        self.scheduleLook()
    }

    /// There is something to remove.
    func wake() {
        let isStarting = self.state.withLock { state in
            state.isAwaited = true
            guard !state.isRunning, !state.isStopped else { return false }
            state.isRunning = true
            return true
        }
        if isStarting { self.schedule(after: Self.delay) }
    }

    func stop() {
        self.state.withLock { $0.isStopped = true }
    }

    static func isNeeded(_ now: Instant, _ database: Database) throws -> Bool {
        try database.integer("SELECT EXISTS(SELECT * FROM unused)") != 0 || Self.isUpkeepNeeded(now, database)
    }

    private static func isUpkeepNeeded(_ now: Instant, _ database: Database) throws -> Bool {
        try database.integer("SELECT EXISTS(SELECT * FROM removed_mailbox)") != 0
            || HistoryPruning.isNeeded(now, database)
    }

    /// Begins if there is something to remove.
    func look() {
        let now = self.clock.now
        self.shard.read {
            try Self.isNeeded(now, $0)
        } completion: { result in
            // A shard that cannot be read now, or is closed, is looked at another time.
            if (try? result.get()) == true { self.wake() }
        }
    }

    private func scheduleLook() {
        self.lane.asyncAfter(deadline: .now() + Self.lookInterval) { [weak self] in
            guard let self, !self.state.withLock({ $0.isStopped }) else { return }
            self.look()
            self.scheduleLook()
        }
    }

    private func schedule(after delay: DispatchTimeInterval) {
        self.lane.asyncAfter(deadline: .now() + delay) { self.sweep() }
    }

    private func sweep() {
        let work: (free: ArraySlice<Int64>, damage: Damage)? = self.state.withLock { state in
            state.isAwaited = false
            if state.free.isEmpty { state.damage.isEachAlone = false }
            return state.isStopped ? nil : (state.free.suffix(state.damage.isEachAlone ? 1 : Self.batch), state.damage)
        }
        guard let (free, damage) = work else { return }
        let bodies = self.shard.bodies
        let now = self.clock.now
        self.shard.write(.durable) { database in
            try Self.removeBatch(free, damage, database, bodies: bodies, now: now)
        } completion: { result in
            self.lane.async { self.swept(free.count, result) }
        }
    }

    private func swept(_ count: Int, _ result: Result<Swept, any Error>) {
        if case .failure(let error as StorageError) = result, error.code == .corrupt, self.passOver(count) {
            return self.schedule(after: Self.pause)
        }
        // A failing batch is left for the next wake: the disk may be full, or the shard closed.
        let swept = (try? result.get()) ?? Swept(isMore: false)
        if case .success = result { self.state.withLock { $0.free.removeLast(count) } }
        guard swept.found.isEmpty else { return self.waitForReaders(of: swept.found) }
        let isGoing = self.state.withLock { state in
            if !swept.isMore && !state.isAwaited { state.isRunning = false }
            return state.isRunning
        }
        if isGoing { self.schedule(after: swept.isMore ? Self.pause : Self.delay) }
    }

    /// Finds out what is damaged of a batch of so many messages.
    ///
    /// - Returns: whether there is anything else to try.
    private func passOver(_ count: Int) -> Bool {
        self.state.withLock { state in
            if count == 0 {
                defer { state.damage.isInUpkeep = true }
                return !state.damage.isInUpkeep
            }
            if state.damage.isEachAlone {
                state.damage.messages.insert(state.free.removeLast())
            } else {
                state.damage.isEachAlone = true
            }
            return true
        }
    }

    private func waitForReaders(of messages: [Int64]) {
        let number = self.holds.whenEnded {
            self.lane.async {
                self.state.withLock { $0.free = messages }
                self.sweep()
            }
        }
        guard let number else { return }
        self.lane.asyncAfter(deadline: .now() + Self.readersWait) { [weak holds = self.holds] in
            holds?.stopWaiting(before: number)
        }
    }

    private static func removeBatch(
        _ free: ArraySlice<Int64>,
        _ damage: Damage,
        _ database: Database,
        bodies: BodyFiles,
        now: Instant
    ) throws -> Swept {
        if !damage.isInUpkeep, !damage.isEachAlone {
            try Self.removePlacements(database)
            try HistoryPruning.pruneBatch(now, database)
        }
        for message in free { try Self.remove(message, database, bodies) }
        if !free.isEmpty { return Swept(isMore: true) }
        var swept = Swept(isMore: try !damage.isInUpkeep && Self.isUpkeepNeeded(now, database))
        let statement = try database.statement("SELECT message FROM unused ORDER BY message LIMIT ?")
        statement.bind(Self.foundMax + damage.messages.count, at: 1)
        try statement.eachRow { row in
            if !damage.messages.contains(row.int(0)) { swept.found.append(row.int(0)) }
        }
        if !swept.found.isEmpty { swept.isMore = true }
        return swept
    }

    private static func remove(_ message: Int64, _ database: Database, _ bodies: BodyFiles) throws {
        let file = try database.statement("SELECT file FROM body WHERE message = ? AND file IS NOT NULL")
        file.bind(message, at: 1)
        if let name = try file.first({ $0.text(0) }) { database.afterCommit { bodies.remove(name) } }
        for sql: StaticString in [
            "DELETE FROM body WHERE message = ?",
            "DELETE FROM message WHERE id = ?",
            "DELETE FROM line_octets WHERE message = ?",
            "DELETE FROM reference WHERE message = ?",
            "DELETE FROM unused WHERE message = ?",
        ] {
            let statement = try database.statement(sql)
            statement.bind(message, at: 1)
            try statement.run()
        }
    }

    private static func removePlacements(_ database: Database) throws {
        let mailbox = try database.integer("SELECT id FROM removed_mailbox LIMIT 1")
        guard mailbox != 0 else { return }
        for _ in 0..<Self.blocks {
            guard
                let messages = try Placements.removeFirstBlock(of: MailboxID(rawValue: Int64(mailbox)), database)
            else { return try Self.forget(mailbox, database) }
            for message in messages { try References.remove(message, database) }
        }
    }

    private static func forget(_ mailbox: Int, _ database: Database) throws {
        let removed = try database.statement("DELETE FROM removed_mailbox WHERE id = ?")
        removed.bind(mailbox, at: 1)
        try removed.run()
    }
}
