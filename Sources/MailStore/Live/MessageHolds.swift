internal import Synchronization

/// Who is reading messages of a shard over more than one visit to it: what they may still read stays until they are
/// done, though it be expunged meanwhile.
///
///     reader                            sweeper
///     begins a hold
///     looks which messages there are
///                                       finds messages placed nowhere, all expunges before that being published
///     reads, piece by piece             waits for the holds there are; later ones cannot know these messages
///     ends the hold
///                                       removes what it has found
final class MessageHolds: Sendable {
    private struct State {
        var next = 0
        var active: Set<Int> = []
        /// Who waits, and below which number the holds are that it waits for.
        var waiter: (below: Int, proceed: @Sendable () -> Void)?
    }

    private let state = Mutex(State())

    func begin() -> MessageHold {
        let number = self.state.withLock { state in
            defer { state.next += 1 }
            state.active.insert(state.next)
            return state.next
        }
        return MessageHold { [weak self] in self?.end(number) }
    }

    /// Calls `proceed` when the holds there are now have ended; at once if there is none. One waits at a time.
    ///
    /// - Returns: below which number the holds are that it waits for, for ``stopWaiting(before:)``; `nil` when there
    ///   is none.
    func whenEnded(_ proceed: @escaping @Sendable () -> Void) -> Int? {
        let number = self.state.withLock { state -> Int? in
            precondition(state.waiter == nil, "one sweeper waits")
            guard !state.active.isEmpty else { return nil }
            state.waiter = (state.next, proceed)
            return state.next
        }
        if number == nil { proceed() }
        return number
    }

    /// Lets a waiter go on that waits for holds below this number only, whether they have ended or not.
    func stopWaiting(before number: Int) {
        self.state.withLock { state in Self.take(&state) { $0 <= number } }?()
    }

    private func end(_ number: Int) {
        let proceed = self.state.withLock { state in
            state.active.remove(number)
            let active = state.active
            return Self.take(&state) { below in !active.contains { $0 < below } }
        }
        proceed?()
    }

    private static func take(_ state: inout State, if mayGoOn: (Int) -> Bool) -> (@Sendable () -> Void)? {
        guard let waiter = state.waiter, mayGoOn(waiter.below) else { return nil }
        state.waiter = nil
        return waiter.proceed
    }
}

/// One reader's hold, until it is ended.
package final class MessageHold: Sendable {
    private let onEnd: @Sendable () -> Void
    private let isEnded = Atomic<Bool>(false)

    init(onEnd: @escaping @Sendable () -> Void) {
        self.onEnd = onEnd
    }

    /// Later calls do nothing.
    package func end() {
        if !self.isEnded.exchange(true, ordering: .acquiringAndReleasing) { self.onEnd() }
    }
}
