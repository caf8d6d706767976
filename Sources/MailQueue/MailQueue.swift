internal import Dispatch
package import MailTypes
package import Storage
internal import Synchronization

/// Holds mail that is not at its goal yet: on disk before anyone is told so, sent on by whoever takes it from here.
///
/// Invariants:
/// 1. A message is accepted when its records are on the disk, and not before.
/// 2. A recipient is in exactly one state; its last state and the custody counters change in one transaction.
/// 3. What a peer has taken is recorded lazily: a crash of the process loses at most the last milliseconds of such
///    records, a power cut some more. The recipients concerned are then attempted again, which SMTP cannot avoid
///    (RFC 5321 §4.5.3.2.6).
/// 4. A notice about recipients and their end are one transaction.
/// 5. A recipient is in one pair of hands at a time: it is handed out once, and again only after it was settled or
///    given back.
/// 6. A record that cannot be used is parked and never stops the others (lesson 4).
///
/// Memory is bounded (``MailQueueOptions``), and shared among destinations so that one which takes its mail slowly
/// never keeps out the others (``ActiveShares``): a freshly accepted message goes to delivery with its body still in
/// memory; what does not fit waits on disk and is read in slices, as is deferred mail when its time comes.
package final class MailQueue: Sendable {
    let shard: Shard
    let options: MailQueueOptions
    let clock: any WallClock
    let state: Mutex<QueueState>
    let progress: ProgressWatch
    let settler: Settler
    let schedule: ScheduleClock
    private let lanes = WorkLanes("queue bodies", count: 8)
    private let eventHandler = Mutex<(@Sendable (QueueEvent) -> Void)?>(nil)

    /// Opens or creates the queue in `folder`.
    ///
    /// - Parameters:
    ///   - purpose: when it is to be looked at only, it must be there.
    ///   - steady: milliseconds on a clock that nobody sets, by which steps of the wall clock are seen.
    package static func open(
        folder: String,
        options: MailQueueOptions = MailQueueOptions(),
        purpose: ShardPurpose = .service,
        clock: any WallClock = SystemClock(),
        steady: @escaping @Sendable () -> Int64 = ScheduleClock.sinceBoot
    ) throws -> MailQueue {
        var shardOptions = Shard.Options()
        shardOptions.purpose = purpose
        // Most rows are deleted again before they are copied into the database; a longer log saves that work.
        shardOptions.logMax = 64 << 20
        shardOptions.logPrepared = 16 << 20
        shardOptions.writerCacheKiB = 32 * 1_024
        shardOptions.bodyNames = "SELECT body_file FROM message WHERE body_file IS NOT NULL"
        let shard = try Shard.open(
            folder: folder,
            name: "queue",
            migrations: QueueSchema.migrations,
            options: shardOptions
        )
        return MailQueue(shard: shard, options: options, clock: clock, steady: steady)
    }

    private init(
        shard: Shard,
        options: MailQueueOptions,
        clock: any WallClock,
        steady: @escaping @Sendable () -> Int64
    ) {
        self.shard = shard
        self.options = options
        self.state = Mutex(QueueState(options))
        self.clock = clock
        self.progress = ProgressWatch(alarmAfter: options.progressAlarmAfter)
        self.schedule = ScheduleClock(clock: clock, steady: steady, stepMin: options.clockStepMin)
        self.settler = Settler(shard: shard, clock: clock, options: options)
        self.settler.setSettled { [weak self] in self?.settled($0) }
        self.settler.setFailing { [weak self] in self?.report(.storageFailing($0)) }
    }

    /// Takes a message into custody. When `completion` gives success, it is on the disk and will be delivered, sent on
    /// or reported back.
    ///
    /// The caller keeps its spool file's name and discards it afterwards. A full disk is met before anything is
    /// written, so that there is room left to record what becomes of the mail that is here already (lesson 28).
    package func accept(
        _ message: NewQueuedMessage,
        completion: @escaping @Sendable (Result<Void, any Error>) -> Void
    ) {
        self.write(message) { result in
            switch result {
            case .success(let written):
                completion(.success(()))
                if let written, !written.message.isHeld {
                    self.admit(self.item(written))
                } else {
                    self.state.withLock { $0.endAccepting(message.id) }
                }
            case .failure(let error):
                self.state.withLock { $0.endAccepting(message.id) }
                completion(.failure(error))
            }
        }
    }

    package func accept(_ message: NewQueuedMessage) async throws {
        try await withCheckedThrowingContinuation { continuation in
            self.accept(message) { continuation.resume(with: $0) }
        }
    }

    /// A message that is on the disk.
    struct Written: Sendable {
        /// Its content is where the queue keeps it.
        var message: NewQueuedMessage
        var bodyName: String?
    }

    /// Writes a message durably. It counts as being accepted until the caller says otherwise.
    ///
    /// - Parameter completion: called with `nil` when the message was taken before (``NewQueuedMessage/isTakenOnce``).
    func write(
        _ message: NewQueuedMessage,
        completion: @escaping @Sendable (Result<Written?, any Error>) -> Void
    ) {
        precondition(!message.recipients.isEmpty, "a message without recipients came to the queue")
        self.state.withLock { $0.beginAccepting(message.id) }
        do {
            try self.shard.requireRoom(for: message.content.octets)
        } catch {
            completion(.failure(error))
            return
        }
        guard case .file(let file) = message.content else {
            self.insert(message, bodyName: nil, completion: completion)
            return
        }
        self.lanes.run {
            do {
                let name = try self.shard.bodies.adopt(file)
                var message = message
                let path = self.shard.bodies.path(of: name)
                message.content = .file(SpoolFile(path: path, octets: file.octets, isTemporary: false))
                self.insert(message, bodyName: name, completion: completion)
            } catch {
                completion(.failure(error))
            }
        }
    }

    private func insert(
        _ message: NewQueuedMessage,
        bodyName: String?,
        completion: @escaping @Sendable (Result<Written?, any Error>) -> Void
    ) {
        // What was written before a step moves with the clock, and this must not: it is written by the clock as set.
        self.noticeClockStep()
        let now = self.clock.now
        self.shard.write(.durable) { database in
            if message.isTakenOnce, try !TakenRows.add(message.id, database) { return false }
            try QueueRows.insert(message, bodyName: bodyName, at: now, database)
            return true
        } completion: { result in
            if let bodyName {
                switch result {
                case .success(true): self.shard.bodies.settle(bodyName)
                case .success(false): self.shard.bodies.remove(bodyName)
                case .failure(let error): self.shard.bodies.discard(bodyName, after: error)
                }
            }
            if let deadline = message.sender.deliverBy?.deadline { self.noteDeadline(deadline) }
            completion(result.map { $0 ? Written(message: message, bodyName: bodyName) : nil })
        }
    }

    /// All of a message that has just been written, as delivery takes it.
    func item(_ written: Written) -> QueueItem {
        let new = written.message
        return QueueItem(
            message: QueuedMessage(new, bodyName: written.bodyName, readAt: self.schedule.moment),
            recipients: new.recipients.indices.map { QueuedRecipient($0, of: new) }
        )
    }

    /// Hands a message that has just been committed to delivery, or leaves it to be read from disk later.
    func admit(_ item: QueueItem) {
        var item = item
        if let handlers = self.state.withLock({ $0.handlers }) {
            for index in item.recipients.indices {
                item.recipients[index].destination = handlers.destination(item.recipients[index])
            }
        }
        let (ready, handlers) = self.state.withLock { ($0.admit(item), $0.handlers) }
        self.progress.noteWork(at: self.clock.now)
        if let ready { handlers?.messagesReady([ready]) }
    }

    // MARK: - Taking from the queue

    /// The newest message that is here. Blocks the caller's thread.
    ///
    /// A page that cannot be read is no reason not to start: the recipients tell, too. Lesson 4.
    package func newestIdentifier() throws -> TimeSortedID {
        let newest = try self.shard.readNow { database in
            do {
                return try database.integer("SELECT max(id) FROM message")
            } catch let error as StorageError where error.isOfWhatWasRead {
                return try database.integer("SELECT max(message) FROM recipient")
            }
        }
        return TimeSortedID(rawValue: UInt64(bitPattern: Int64(newest)))
    }

    /// Whether any recipient of a message is handed out and neither settled nor given back.
    package func isInHand(_ id: TimeSortedID) -> Bool {
        self.state.withLock { $0.active.message(id) != nil }
    }

    /// Begins to hand out messages. What an earlier run left is handed out as if it were due now.
    package func start(_ handlers: QueueHandlers) {
        self.state.withLock { $0.handlers = handlers }
        self.moveSchedule(by: .zero)
    }

    /// Hands out no more messages. Those handed out may still be settled.
    package func stop() {
        self.state.withLock { $0.handlers = nil }
    }

    /// Who is told of what happens here by itself.
    package func setEventHandler(_ handler: @escaping @Sendable (QueueEvent) -> Void) {
        self.eventHandler.withLock { $0 = handler }
    }

    /// Is told once when the disk has failed and the queue takes nothing more until it is opened anew.
    package func setDiskFailureHandler(_ handler: @escaping @Sendable (StorageError) -> Void) {
        self.shard.setFailureHandler(handler)
    }

    func report(_ event: QueueEvent) {
        self.eventHandler.withLock { $0 }?(event)
    }

    /// Looks at the clock: hands out what has become due, notices steps of the clock and missing progress.
    ///
    /// To be called every second or so.
    package func tick() {
        self.settler.retry()
        self.fill()
        self.watchProgress()
    }

    /// Records what became of recipients that were handed out. Lazy: see invariant 3.
    package func settle(_ settlement: Settlement) {
        if !settlement.notices.isEmpty {
            self.state.withLock { state in
                for notice in settlement.notices { state.beginAccepting(notice.id) }
            }
        }
        self.settler.add(settlement)
    }

    /// Gives recipients back without an attempt; they are read again from disk, as they are then.
    package func putBack(_ message: QueuedMessage, _ ordinals: [Int]) {
        self.state.withLock { state in
            state.active.remove(message.id, ordinals)
            state.rewindFresh(below: message.id)
            state.rewindDue()
        }
        self.fill()
    }

    /// Waits until everything settled so far is recorded.
    package func drain(completion: @escaping @Sendable () -> Void) {
        self.settler.drain(completion: completion)
    }

    /// Records what is settled and closes the files.
    package func close() {
        self.stop()
        let done = DispatchSemaphore(value: 0)
        self.drain { done.signal() }
        // A disk that refuses for long must not keep the program from ending; the records are then as after a crash.
        _ = done.wait(timeout: .now() + .seconds(5))
        self.lanes.drain()
        self.shard.close()
    }

    /// How old a message is, by a clock that nobody sets.
    package func age(of message: QueuedMessage) -> Duration {
        message.ageWhenRead + .milliseconds(self.schedule.moment.steady - message.readAt)
    }

    private func settled(_ batch: SettledBatch) {
        let released = self.state.withLock { state in
            for settlement in batch.settlements {
                let id = settlement.message.id
                for (ordinal, outcome) in settlement.outcomes {
                    state.noteSettled(id, ordinal)
                    switch outcome {
                    case .deferred(let delay, _), .postponed(let delay, _):
                        state.noteDeferred(until: batch.recordedAt + delay)
                    case .expanded: state.rewindFresh(below: id)
                    case .kept:
                        state.rewindFresh(below: id)
                        state.rewindDue()
                    case .relayed, .delivered, .bounced, .discarded, .parked: break
                    }
                }
                state.active.remove(id, settlement.outcomes.lazy.map(\.ordinal))
                // Changed by the postmaster while it was in hand: a reader may have passed it over for that.
                if settlement.message.isWithdrawn { state.rewindDue() }
            }
            return batch.settlements.compactMap {
                state.endReserving($0.message.id, except: $0.outcomes.map(\.ordinal))
            }
        }
        self.noteProgress(batch)
        for item in released { self.admit(item) }
        for notice in batch.notices { self.admit(self.item(Written(message: notice))) }
        for settlement in batch.settlements where !settlement.notices.isEmpty {
            // Those that were not queued after all.
            self.state.withLock { state in
                for notice in settlement.notices { state.endAccepting(notice.id) }
            }
        }
        self.fill()
    }
}
