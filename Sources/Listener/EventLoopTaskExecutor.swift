internal import NIOCore

/// Brings a task that was suspended back to its event loop straight away.
///
/// A continuation that is resumed by another thread has no executor of its own; without a preference its task goes to
/// the global pool first, which wakes one of its threads only to be sent on to the loop.
final class EventLoopTaskExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.loop.execute {
            unsafe job.runSynchronously(
                isolatedTo: self.loop.executor.asUnownedSerialExecutor(),
                taskExecutor: self.asUnownedTaskExecutor()
            )
        }
    }
}
