internal import MailTypes
internal import Storage
internal import Synchronization

/// Notices when mail waits and none is finished for too long, whatever the reason. Lesson 26.
///
/// Mail for one unreachable host is a matter of course and raises no alarm while other mail comes to its end.
final class ProgressWatch: Sendable {
    private struct State {
        /// When mail was finished last, or began to wait after there was none.
        var since: Instant?
        var isAlarmed = false
    }

    private let state = Mutex(State())
    private let alarmAfter: Duration

    init(alarmAfter: Duration) {
        self.alarmAfter = alarmAfter
    }

    /// Mail came that waits from now on.
    func noteWork(at now: Instant) {
        self.state.withLock { if $0.since == nil { $0.since = now } }
    }

    /// - Parameter isIdle: nothing else is in hand. What is deferred counts again from its next attempt.
    /// - Returns: Whether this ends an alarm.
    func noteFinished(at now: Instant, isIdle: Bool) -> Bool {
        self.state.withLock { state in
            state.since = isIdle ? nil : now
            defer { state.isAlarmed = false }
            return state.isAlarmed
        }
    }

    /// Whether it is time to count what waits, because nothing was finished for long enough.
    func isSuspicious(at now: Instant) -> Instant? {
        self.state.withLock { state in
            guard !state.isAlarmed, let since = state.since else { return nil }
            // After a step of the clock backwards the wait is counted anew.
            if since > now {
                state.since = now
                return nil
            }
            return now - since >= self.alarmAfter ? since : nil
        }
    }

    /// - Parameter waiting: recipients that wait for delivery now.
    /// - Returns: Whether to raise the alarm.
    func judge(waiting: Int, at now: Instant) -> Bool {
        self.state.withLock { state in
            guard waiting > 0 else {
                state.since = nil
                return false
            }
            guard !state.isAlarmed, let since = state.since, now - since >= self.alarmAfter else { return false }
            state.isAlarmed = true
            return true
        }
    }

    func moved(by step: Duration) {
        self.state.withLock { if let since = $0.since { $0.since = since + step } }
    }
}

extension MailQueue {
    func noteProgress(_ batch: SettledBatch) {
        guard batch.settlements.contains(where: { $0.outcomes.contains { $0.outcome.isProgress } }) else { return }
        let isIdle = self.state.withLock { $0.active.isEmpty }
        if self.progress.noteFinished(at: self.clock.now, isIdle: isIdle) { self.report(.progressResumed) }
    }

    func watchProgress() {
        guard let since = self.progress.isSuspicious(at: self.clock.now) else { return }
        self.shard.read {
            try $0.integer("SELECT count(*) FROM recipient WHERE state = 0")
        } completion: { result in
            guard case .success(let waiting) = result, self.progress.judge(waiting: waiting, at: self.clock.now)
            else { return }
            self.report(.noProgress(waiting: waiting, since: since))
        }
    }
}

extension RecipientOutcome {
    /// Whether somebody's mail has come to its end by this.
    fileprivate var isProgress: Bool {
        switch self {
        case .relayed, .delivered, .bounced, .discarded: true
        case .deferred, .postponed, .kept, .parked, .expanded: false
        }
    }
}
