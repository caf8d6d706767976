internal import NIOCore
package import NIOPosix

/// The threads that carry all connections, and what each keeps for them.
package final class EventLoops: Sendable {
    package let group: MultiThreadedEventLoopGroup
    package let tasks: ConnectionTasks
    let allowance: ConnectionAllowance
    private let timers: [ObjectIdentifier: NIOLoopBoundBox<ConnectionTimers>]

    /// - Parameters:
    ///   - count: threads; connections are dealt out to them in turn.
    ///   - connectionsMax: of all listeners together.
    package convenience init(count: Int, connectionsMax: Int = .max) {
        self.init(
            group: MultiThreadedEventLoopGroup(numberOfThreads: max(1, count)),
            connectionsMax: connectionsMax
        )
    }

    package init(group: MultiThreadedEventLoopGroup, connectionsMax: Int = .max) {
        self.group = group
        self.allowance = ConnectionAllowance(connectionsMax)
        self.tasks = ConnectionTasks(group)
        var timers: [ObjectIdentifier: NIOLoopBoundBox<ConnectionTimers>] = [:]
        for eventLoop in group.makeIterator() {
            timers[ObjectIdentifier(eventLoop)] = NIOLoopBoundBox.makeBoxSendingValue(
                ConnectionTimers(eventLoop: eventLoop),
                eventLoop: eventLoop
            )
        }
        self.timers = timers
    }

    /// The time limits of a loop; to be asked for on that loop only.
    func timers(of eventLoop: any EventLoop) -> ConnectionTimers {
        guard let box = self.timers[ObjectIdentifier(eventLoop)] else {
            preconditionFailure("a connection runs on one of the group's loops")
        }
        return box.value
    }

    /// Ends the threads. Every listener must have stopped.
    package func shutDown() async throws {
        try await self.group.shutdownGracefully()
    }
}
