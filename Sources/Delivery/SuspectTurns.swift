internal import MailTypes

/// Lets messages that were in hand at a crash be attempted one at a time.
///
/// One of them may be the cause. Whoever is in hand at its second crash is parked, and of those that shared the first
/// with it that shall be nobody else. Lesson 5.
struct SuspectTurns {
    private var current: TimeSortedID?
    /// Those that were told to wait.
    private var waiting: Set<TimeSortedID> = []

    /// - Returns: how long the message has to wait; `nil` when it is its turn.
    mutating func take(_ id: TimeSortedID, isInHand: (TimeSortedID) -> Bool) -> Duration? {
        if let current, current != id, isInHand(current) {
            self.waiting.insert(id)
            return .seconds(self.waiting.count)
        }
        self.current = id
        self.waiting.remove(id)
        return nil
    }
}
