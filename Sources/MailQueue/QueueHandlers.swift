package import MailTypes

/// Who takes messages from the queue. The closures are called from any thread, must be short and never block.
package struct QueueHandlers: Sendable {
    /// These are to be attempted now. Each recipient comes back once, by ``MailQueue/settle(_:)`` or
    /// ``MailQueue/putBack(_:_:)``.
    package var messagesReady: @Sendable ([QueueItem]) -> Void
    /// Where a recipient goes, as the routes are now; `nil` for one that waits for nothing. Asked for each recipient on
    /// its way into memory, of which only `path`, `account` and `ordinal` are set then.
    package var destination: @Sendable (QueuedRecipient) -> QueueDestination?
    /// The postmaster wants deferred mail tried now, so what is remembered of dead hosts is to be forgotten.
    package var flushed: @Sendable () -> Void

    package init(
        messagesReady: @escaping @Sendable ([QueueItem]) -> Void,
        destination: @escaping @Sendable (QueuedRecipient) -> QueueDestination? = { _ in nil },
        flushed: @escaping @Sendable () -> Void = {}
    ) {
        self.messagesReady = messagesReady
        self.destination = destination
        self.flushed = flushed
    }
}

/// What the queue has to tell: for the trace, the log and the postmaster.
package enum QueueEvent: Hashable, Sendable {
    /// A message is set aside with all its recipients.
    case parked(TimeSortedID, reason: String)
    /// A message cannot be read at the moment; it is tried again later.
    case bodyUnreadable(TimeSortedID, reason: String)
    /// Mail waits and none was finished for the time given in the options. Said once until progress resumes.
    case noProgress(waiting: Int, since: Instant)
    case progressResumed
    /// The wall clock was set; the schedule has moved along.
    case clockStepped(Duration)
    /// Some of the queue's records cannot be written or read at the moment; it goes on trying, and says
    /// so every ten minutes while they cannot be read.
    case storageFailing(String)
}
