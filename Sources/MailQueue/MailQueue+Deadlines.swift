internal import MailTypes
internal import Synchronization

/// Time limits that senders set. RFC 2852.
///
/// A deadline is kept as a moment of the wall clock, which outlives a restart, and moves with that clock when it is
/// set. The queue hands out what has passed it even when no attempt is due; held and parked recipients it leaves alone
/// until the postmaster releases them.
extension MailQueue {
    /// What is left until the message's deadline, by a clock that nobody sets: less than zero when that has passed,
    /// `nil` without one.
    package func timeLeft(of message: QueuedMessage) -> Duration? {
        guard let timeLeft = message.timeLeftWhenRead else { return nil }
        return timeLeft - .milliseconds(self.schedule.moment.steady - message.readAt)
    }

    func noteDeadline(_ deadline: Instant) {
        self.state.withLock { $0.noteDeadline(deadline) }
    }
}
