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
            if (error as? StorageError)?.code != .closed { self.report(.storageFailing("read: \(error)")) }
        }
    }

    /// Leaves a message whose body cannot be read alone for a while: a file system or a right may be mended meanwhile.
    private func putOff(_ id: TimeSortedID, _ reason: String) {
        let again = self.clock.now + Self.bodyRetryDelay
        self.shard.write(.lazy) {
            try Settling.putOff(id, until: again, reason, $0)
        } completion: { result in
            switch result {
            case .success: self.state.withLock { $0.noteDeferred(until: again) }
            case .failure:
                self.state.withLock { state in
                    state.rewindFresh(below: id)
                    state.rewindDue()
                }
            }
        }
        self.report(.bodyUnreadable(id, reason: reason))
    }

    private static let bodyRetryDelay = Duration.seconds(300)

    private func parkUnusable(_ id: TimeSortedID, _ reason: String) {
        self.shard.write(.lazy) {
            try Settling.parkAll(id, reason, $0)
        } completion: { result in
            if case .success(let count) = result, count > 0 { self.report(.parked(id, reason: reason)) }
        }
    }
}
