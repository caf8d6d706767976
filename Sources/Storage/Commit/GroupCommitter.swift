internal import Dispatch
internal import Synchronization

/// A shard's one writer: what waits becomes one transaction, one sync makes it last, then all are answered in order.
///
/// **Two threads.** The writer commits batches into the write-ahead log, which ``LogGathering`` writes but does not
/// sync. The syncer calls `fdatasync` on a descriptor of its own of the log file, once for all batches committed so
/// far, and then answers them. Meanwhile the writer commits the next batch. A small batch is synced by the writer
/// itself, as handing it over would cost more than it saves; while a sync runs, operations gather until it ends or
/// ``gatheredMin`` wait, so that under load a sync and a commit are shared by many.
///
/// **Why this is as durable as SQLite's own `synchronous=FULL`.** That syncs the log after each commit, before the
/// commit returns. Here the same sync happens after the commit and before the answer; no caller can tell the
/// difference, as nobody hears of a commit before its answer. All other syncs are SQLite's own: the log before its
/// frames are copied into the database, the database before the log starts over, and the log's header when it does.
/// So a log that starts over never holds the only copy of a commit, whether we have synced that commit or not. A power
/// cut between commit and sync loses commits from the log's end only, as frames carry a running checksum: recovery
/// stops at the first one that is not whole, and all of them are unanswered.
///
/// **A failed sync ends the shard.** After an error the kernel may have dropped the pages it could not write, and a
/// second sync would report success for what is lost. So everything waiting is answered with the error, and every
/// later write too, until the shard is opened anew (``ShardPurpose/serviceAfterDiskFailure``). Whoever can see to that
/// is told.
final class GroupCommitter: Sendable {
    /// Operations that are worth a batch of their own while a sync runs.
    static let gatheredMin = 8
    /// Operations in one transaction; bounds how long the first of them waits for the last.
    static let batchMax = 512
    static let lazySyncInterval = DispatchTimeInterval.milliseconds(60)

    struct State {
        var waiting: [WaitingOperation] = []
        var waitingLazyCount = 0
        var committed: [CommittedBatch] = []
        var isWriterScheduled = false
        var isSyncing = false
        /// Lazy commits lie in the log that no sync has covered.
        var isLogDirty = false
        var isLazySyncScheduled = false
        /// What lazy commits want done when a sync has covered them.
        var lazyActions: [@Sendable () -> Void] = []
        /// The checkpointer has done its part; the writer's is next.
        var isCheckpointWaiting = false
        var failure: StorageError?
        var failureHandler: (@Sendable (StorageError) -> Void)?
    }

    private let state = Mutex(State())
    private let database: Mutex<Database>
    private let log: Descriptor
    private let logSyncs = SyncMemory()
    private let writer: WorkThread
    private let syncer: DispatchQueue
    private let checkpointer: Checkpointer
    private let syncCount = Atomic<Int>(0)

    /// - Parameter writer: the thread that commits; it is ended with the database.
    init(
        name: String,
        database: sending Database,
        writer: WorkThread,
        log: Descriptor,
        checkpointer: Checkpointer
    ) {
        self.database = Mutex(database)
        self.log = log
        self.writer = writer
        self.syncer = DispatchQueue(label: "\(name) syncer")
        self.checkpointer = checkpointer
    }

    /// Syncs since the shard was opened.
    var syncs: Int { self.syncCount.load(ordering: .relaxed) }

    /// Is told when the disk has failed, at once if that was before.
    func setFailureHandler(_ handler: @escaping @Sendable (StorageError) -> Void) {
        let failure = self.state.withLock { state in
            state.failureHandler = handler
            return state.failure
        }
        if let failure, failure.code == .io { handler(failure) }
    }

    func enqueue(_ operation: WaitingOperation) {
        let (failure, mustWake): (StorageError?, Bool) = self.state.withLock { state in
            if let failure = state.failure { return (failure, false) }
            state.waiting.append(operation)
            if operation.durability == .lazy { state.waitingLazyCount += 1 }
            return (nil, state.scheduleWriter())
        }
        // Outside the lock: the writer would wake up only to wait for it.
        if mustWake { self.wakeWriter() }
        if let failure { operation.fail(failure) }
    }

    /// Answers what waits, makes it last, and refuses everything later.
    func drainAndRefuse() {
        while self.state.withLock({ !$0.waiting.isEmpty || $0.isSyncing || $0.isWriterScheduled }) {
            self.writer.sync { self.drain() }
            self.syncer.sync {}
        }
        let waiting = self.state.withLock { $0.end(StorageError(.closed, "write")) }
        for operation in waiting { operation.fail(StorageError(.closed, "write")) }
        self.writer.sync {}
        self.syncer.sync {}
        // A failure here concerns lazy writes only: everything durable was synced before its answer. After one that
        // failed a sync tells nothing, and what lazy writes want removed stays.
        if self.state.withLock({ $0.isLogDirty && $0.failure?.code != .io }) { _ = try? self.syncLog() }
    }

    /// Closes the connection, which copies the log into the database. Nothing else may have it open any more.
    func closeDatabase() {
        let isDiskFailed = self.state.withLock { $0.failure?.code == .io }
        self.writer.sync {
            self.database.withLock { database in
                if isDiskFailed { database.connection.keepLog() }
                database.close()
            }
        }
        self.writer.end()
        self.syncer.sync { self.log.close() }
    }

    // MARK: The writer's thread

    private func wakeWriter() {
        self.writer.async { self.drain() }
    }

    private func drain() {
        while true {
            let (operations, mustCheckpoint) = self.state.withLock { state in
                let operations = state.takeBatch()
                if operations.isEmpty { state.isWriterScheduled = false }
                defer { state.isCheckpointWaiting = false }
                return (operations, state.isCheckpointWaiting)
            }
            if mustCheckpoint { self.finishCheckpoint() }
            if operations.isEmpty { return }
            let (batch, frames) = self.database.withLock { database in
                (BatchRunner(database: database).run(operations), database.connection.framesInLog)
            }
            self.hand(batch, count: operations.count)
            if self.checkpointer.isDue(frames) { self.checkpoint() }
        }
    }

    /// Answers a batch here, if that keeps the order and is soon done, or leaves it to the syncer.
    private func hand(_ batch: CommittedBatch, count: Int) {
        enum Next { case answerHere, wakeSyncer, leaveToSyncer }
        var batch = batch
        let next: Next = self.state.withLock { state in
            if batch.isCommitted && !batch.isDurable { self.noteLazyCommit(&batch, &state) }
            defer { state.isSyncing = true }
            if !state.isSyncing, !batch.isDurable || count < Self.gatheredMin { return .answerHere }
            state.committed.append(batch)
            return state.isSyncing ? .leaveToSyncer : .wakeSyncer
        }
        if next == .wakeSyncer { self.syncer.async { self.sync() } }
        guard next == .answerHere else { return }
        self.finish([batch])
        self.state.withLock { state in
            state.isSyncing = false
            // Nothing can have been committed meanwhile, as this is the thread that commits.
            precondition(state.committed.isEmpty, "a batch was committed by another thread")
        }
    }

    // MARK: The syncer's thread

    private func sync() {
        while true {
            let (batches, mustWake): ([CommittedBatch], Bool) = self.state.withLock { state in
                let batches = state.committed
                state.committed = []
                guard batches.isEmpty else { return (batches, false) }
                state.isSyncing = false
                return ([], state.scheduleWriter())
            }
            if mustWake { self.wakeWriter() }
            if batches.isEmpty { return }
            self.finish(batches)
        }
    }

    private func finish(_ batches: [CommittedBatch]) {
        do {
            if let failure = self.state.withLock({ $0.failure }), failure.code == .io { throw failure }
            if batches.contains(where: \.isDurable) { try self.syncLog() }
        } catch {
            // Whatever the disk says, be it that it is full: of these writes it is not known whether they are there.
            let failure = StorageError(.io, "sync", "\(error)")
            for batch in batches { batch.fail(failure) }
            self.fail(failure)
            return
        }
        for batch in batches { batch.complete() }
    }

    /// Ends the shard after a failed sync, of the log or of the database. What is closed afterwards leaves the log to
    /// the next opening.
    private func fail(_ error: any Error) {
        let failure = StorageError(.io, "sync", "the disk failed, a restart is needed: \(error)")
        let (waiting, handler) = self.state.withLock { state in
            let handler = state.failure == nil ? state.failureHandler : nil
            return (state.end(failure), handler)
        }
        for operation in waiting { operation.fail(failure) }
        handler?(failure)
    }

    /// After an error nothing is removed: what the disk has then is found out at the next start.
    private func syncLog() throws(StorageError) {
        // Taken first: what is committed during the sync may not be covered by it.
        let actions = self.state.withLock { state in
            state.isLogDirty = false
            defer { state.lazyActions = [] }
            return state.lazyActions
        }
        self.syncCount.add(1, ordering: .relaxed)
        try self.logSyncs.run { () throws(StorageError) in try self.log.syncData() }
        for action in actions { action() }
    }

    private func noteLazyCommit(_ batch: inout CommittedBatch, _ state: inout State) {
        state.isLogDirty = true
        state.lazyActions += batch.actions
        batch.actions = []
        guard !state.isLazySyncScheduled else { return }
        state.isLazySyncScheduled = true
        self.syncer.asyncAfter(deadline: .now() + Self.lazySyncInterval) { self.lazySync() }
    }

    private func lazySync() {
        let isNeeded = self.state.withLock { state in
            state.isLazySyncScheduled = false
            return state.isLogDirty && state.failure == nil
        }
        guard isNeeded else { return }
        do {
            try self.syncLog()
        } catch {
            self.fail(error)
        }
    }

    // MARK: Checkpoints

    /// The checkpointer copies the bulk on its own thread; the last frames are copied here between two batches, so
    /// that the log is wholly copied at a moment and can start over. A writer that is never idle sees to it, too.
    private func checkpoint() {
        self.checkpointer.begin { failure in
            // Then there is never another one.
            if let failure { return self.fail(failure) }
            self.state.withLock { $0.isCheckpointWaiting = true }
            self.wakeWriter()
        }
    }

    private func finishCheckpoint() {
        do {
            try self.database.withLock { database throws(StorageError) in try database.connection.checkpoint() }
            self.checkpointer.end()
        } catch {
            self.fail(error)
        }
    }
}

extension GroupCommitter.State {
    /// Refuses writes from now on; gives those that waited. A disk that fails while the shard is being closed is what
    /// counts then.
    mutating func end(_ failure: StorageError) -> [WaitingOperation] {
        if self.failure == nil || failure.code == .io && self.failure?.code == .closed { self.failure = failure }
        defer { self.waiting = [] }
        return self.waiting
    }

    /// While a sync runs only lazy operations and crowds get a batch: the others would wait for the next sync anyway.
    var isWorthABatch: Bool {
        if self.waiting.isEmpty { return false }
        return !self.isSyncing || self.waitingLazyCount > 0 || self.waiting.count >= GroupCommitter.gatheredMin
    }

    /// - Returns: whether the writer is to be woken now.
    mutating func scheduleWriter() -> Bool {
        guard !self.isWriterScheduled, self.isWorthABatch else { return false }
        self.isWriterScheduled = true
        return true
    }

    mutating func takeBatch() -> [WaitingOperation] {
        guard self.isWorthABatch else { return [] }
        let batch: [WaitingOperation]
        if self.waiting.count <= GroupCommitter.batchMax {
            batch = self.waiting
            self.waiting = []
            self.waitingLazyCount = 0
        } else {
            batch = Array(self.waiting.prefix(GroupCommitter.batchMax))
            self.waiting.removeFirst(GroupCommitter.batchMax)
            self.waitingLazyCount = self.waiting.count { $0.durability == .lazy }
        }
        return batch
    }
}
