internal import Dispatch
internal import MailTypes
internal import Storage
internal import Synchronization

/// Removes what nobody can reach any more, a little at a time, so that no client waits for it: messages placed
/// nowhere, the placements of removed mailboxes, and the part of accounts' histories that has become too old.
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
    private let lane = DispatchQueue(label: "sweeper")
    private let state = Mutex<(isRunning: Bool, isAwaited: Bool, isStopped: Bool)>((false, false, false))

    init(shard: Shard, clock: any WallClock) {
        self.shard = shard
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
        try database.integer("SELECT EXISTS(SELECT * FROM unused) OR EXISTS(SELECT * FROM removed_mailbox)") != 0
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
        let isGoing = self.state.withLock { state in
            state.isAwaited = false
            return !state.isStopped
        }
        guard isGoing else { return }
        let bodies = self.shard.bodies
        let now = self.clock.now
        self.shard.write(.durable) { database in
            try Self.removeBatch(database, bodies: bodies, now: now)
        } completion: { result in
            self.lane.async { self.swept(result) }
        }
    }

    private func swept(_ result: Result<Bool, any Error>) {
        // A failing batch is left for the next wake: the disk may be full, or the shard closed.
        let isMore = (try? result.get()) ?? false
        let isGoing = self.state.withLock { state in
            if !isMore && !state.isAwaited { state.isRunning = false }
            return state.isRunning
        }
        if isGoing { self.schedule(after: isMore ? Self.pause : Self.delay) }
    }

    /// - Returns: whether there is more.
    private static func removeBatch(_ database: Database, bodies: BodyFiles, now: Instant) throws -> Bool {
        try Self.removePlacements(database)
        try HistoryPruning.pruneBatch(now, database)
        let statement = try database.statement("SELECT message FROM unused ORDER BY message LIMIT ?")
        statement.bind(Self.batch, at: 1)
        var messages: [Int64] = []
        try statement.eachRow { messages.append($0.int(0)) }
        for message in messages { try Self.remove(message, database, bodies) }
        return try Self.isNeeded(now, database)
    }

    private static func remove(_ message: Int64, _ database: Database, _ bodies: BodyFiles) throws {
        let file = try database.statement("SELECT file FROM body WHERE message = ? AND file IS NOT NULL")
        file.bind(message, at: 1)
        if let name = try file.first({ $0.text(0) }) { database.afterCommit { bodies.remove(name) } }
        for sql: StaticString in [
            "DELETE FROM body WHERE message = ?",
            "DELETE FROM message WHERE id = ?",
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
            let messages = try Placements.removeFirstBlock(of: MailboxID(rawValue: Int64(mailbox)), database)
            for message in messages { try References.remove(message, database) }
            guard !messages.isEmpty else { return try Self.forget(mailbox, database) }
        }
    }

    private static func forget(_ mailbox: Int, _ database: Database) throws {
        let removed = try database.statement("DELETE FROM removed_mailbox WHERE id = ?")
        removed.bind(mailbox, at: 1)
        try removed.run()
    }
}
