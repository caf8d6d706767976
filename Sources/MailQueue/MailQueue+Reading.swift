internal import MailTypes
internal import Storage
internal import Synchronization

/// Reading what is due from disk, a slice at a time.
extension MailQueue {
    /// Nothing fresh waits on disk, so that what is accepted now goes to delivery from memory.
    var isHandingOutDirectly: Bool { self.state.withLock { $0.freshCursor == nil } }

    /// Reads what is due, if there is any and room for it.
    func fill() {
        self.noticeClockStep()
        let moment = self.schedule.moment
        let loader = self.state.withLock { state -> QueueLoader? in
            guard state.needsLoad(at: moment.wall), let handlers = state.handlers else { return nil }
            state.beginLoad()
            return QueueLoader(
                moment: moment,
                freshCursor: state.freshCursor,
                dueCursor: state.dueCursor,
                backlogs: state.backlogs,
                shares: state.active.shares,
                messagesMax: self.options.sliceMessagesMax,
                bodies: self.shard.bodies,
                destination: handlers.destination,
                isActive: { [weak self] id, ordinal in
                    self?.state.withLock { $0.active.contains(id, ordinal) } ?? false
                }
            )
        }
        guard let loader else { return }
        self.shard.read {
            try loader.load($0)
        } completion: {
            self.loaded($0)
        }
    }

    private func loaded(_ result: Result<LoadedSlice, any Error>) {
        let now = self.clock.now
        switch result {
        case .success(let slice):
            let (ready, handlers) = self.state.withLock { ($0.endLoad(slice), $0.handlers) }
            if let damage = slice.damage { self.noteReadFailure(damage, at: now) }
            for (id, reason) in slice.unusable { self.parkUnusable(id, reason) }
            for (id, reason) in slice.unreadable { self.putOff(id, reason) }
            if !ready.isEmpty {
                self.progress.noteWork(at: now)
                if let handlers {
                    handlers.messagesReady(ready)
                } else {
                    for item in ready { self.putBack(item.message, item.recipients.map(\.ordinal)) }
                }
            }
            self.fill()
        case .failure(let error):
            self.state.withLock { $0.abandonLoad(retryAt: now + .seconds(1)) }
            if (error as? StorageError)?.code != .closed { self.noteReadFailure(error, at: now) }
        }
    }

    /// Tells of records that cannot be read, now and then: they are come across again and again.
    private func noteReadFailure(_ error: any Error, at now: Instant) {
        let isNews = self.state.withLock { $0.noteReadFailure(at: now) }
        if isNews { self.report(.storageFailing("read: \(error)")) }
    }

    /// Leaves a message whose body cannot be read alone for a while: a file system or a right may be mended meanwhile.
    private func putOff(_ id: TimeSortedID, _ reason: String) {
        let again = self.clock.now + Self.bodyRetryDelay
        self.shard.write(.lazy) {
            try Settling.putOff(id, until: again, reason, $0)
        } completion: { result in
            let isNews = self.state.withLock { state in
                if case .success = result {
                    state.noteDeferred(until: again)
                    return true
                }
                state.rewindFresh(below: id)
                state.rewindDue()
                return state.noteUnusable(id)
            }
            if isNews { self.report(.bodyUnreadable(id, reason: reason)) }
        }
    }

    private static let bodyRetryDelay = Duration.seconds(300)

    private func parkUnusable(_ id: TimeSortedID, _ reason: String) {
        self.shard.write(.lazy) {
            try Settling.parkAll(id, reason, $0)
        } completion: { result in
            switch result {
            case .success(let count):
                if count > 0 { self.report(.parked(id, reason: reason)) }
            case .failure:
                // Its recipients cannot be read either. It is come across again and again.
                if self.state.withLock({ $0.noteUnusable(id) }) { self.report(.bodyUnreadable(id, reason: reason)) }
            }
        }
    }
}
