internal import Synchronization

/// Starts the tasks in which sessions run their commands; no other place starts one.
///
/// A session starts a task when commands arrive and none is running, and the task ends when nothing is waiting, so that
/// an idle connection has none.
package final class ConnectionTasks: Sendable {
    private let running = Atomic<Int>(0)

    package init() {}

    /// Tasks that have not ended.
    package var count: Int { self.running.load(ordering: .relaxed) }

    /// Runs `body` in a task of its own, on the session's executor from its beginning to its end: no other thread
    /// is woken for it. It begins before this returns and goes on after its first suspension.
    package func start<Session: Actor>(
        on session: isolated Session,
        _ body: @escaping (isolated Session) async -> Void
    ) {
        self.running.add(1, ordering: .relaxed)
        Task.immediate {
            await body(session)
            self.running.subtract(1, ordering: .relaxed)
        }
    }
}
