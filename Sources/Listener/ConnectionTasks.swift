package import NIOCore
internal import Synchronization

/// Starts the tasks in which sessions run their commands; no other place starts one.
///
/// A session starts a task when commands arrive and none is running, and the task ends when nothing is waiting, so that
/// an idle connection has none.
package final class ConnectionTasks: Sendable {
    private let running = Atomic<Int>(0)
    private let executors: [ObjectIdentifier: EventLoopTaskExecutor]

    /// - Parameter loops: the event loops that sessions live on.
    package init(_ loops: any EventLoopGroup) {
        var executors: [ObjectIdentifier: EventLoopTaskExecutor] = [:]
        for loop in loops.makeIterator() { executors[ObjectIdentifier(loop)] = EventLoopTaskExecutor(loop) }
        self.executors = executors
    }

    /// Tasks that have not ended.
    package var count: Int { self.running.load(ordering: .relaxed) }

    /// Runs `body` in a task of its own, on the session's event loop from its beginning to its end: no other thread is
    /// woken for it. It begins when what runs on the loop now has returned.
    package func start<Session: Actor>(
        on session: isolated Session,
        _ loop: any EventLoop,
        _ body: @escaping @Sendable (isolated Session) async -> Void
    ) {
        self.running.add(1, ordering: .relaxed)
        Task(executorPreference: self.executors[ObjectIdentifier(loop)]) {
            await body(session)
            self.running.subtract(1, ordering: .relaxed)
        }
    }
}
