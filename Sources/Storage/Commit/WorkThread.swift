internal import Dispatch
internal import Glibc
internal import MailTypes
internal import Synchronization

/// A thread that does what it is given, in order, until it is ended.
///
/// For work that comes again and again, each time for some microseconds: it finds its stack and its share of the heap
/// where it left them. A dispatch queue runs on whichever thread of the pool has rested longest.
@safe
final class WorkThread: Sendable {
    typealias Work = @Sendable () -> Void

    private struct State {
        var work: [Work] = []
        var isEnding = false
    }

    /// What the thread holds; it outlives the handle by what is still to be done.
    private final class Queue: Sendable {
        let state = Mutex(State())
        let arrived = DispatchSemaphore(value: 0)

        func run() {
            var work: [Work] = []
            while self.take(&work) {
                if work.isEmpty { self.arrived.wait() }
                for each in work { each() }
            }
        }

        /// Gives back the memory of what was done, and takes all that waits.
        ///
        /// - Returns: whether anything may come any more.
        private func take(_ work: inout [Work]) -> Bool {
            work.removeAll(keepingCapacity: true)
            return self.state.withLock { state in
                swap(&state.work, &work)
                return !work.isEmpty || !state.isEnding
            }
        }
    }

    private let queue = Queue()

    init() throws(StorageError) {
        var thread = pthread_t()
        let queue = unsafe Unmanaged.passRetained(self.queue)
        let error = unsafe pthread_create(&thread, nil, Self.begin, queue.toOpaque())
        guard error == 0 else {
            unsafe queue.release()
            throw StorageError(.exhausted, "begin a thread", SystemFailure.text(error))
        }
        _ = pthread_detach(thread)
    }

    deinit { self.end() }

    private static let begin: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { queue in
        guard let queue = unsafe queue else { return nil }
        unsafe Unmanaged<Queue>.fromOpaque(queue).takeRetainedValue().run()
        return nil
    }

    func async(_ work: @escaping Work) {
        self.queue.state.withLock { $0.work.append(work) }
        self.queue.arrived.signal()
    }

    /// Waits until the work is done, and all that was given before it. Never on the thread itself.
    func sync(_ work: @escaping Work) {
        let done = DispatchSemaphore(value: 0)
        self.async {
            work()
            done.signal()
        }
        done.wait()
    }

    /// The thread ends when it has done what it was given; nothing may be given to it afterwards.
    func end() {
        self.queue.state.withLock { $0.isEnding = true }
        self.queue.arrived.signal()
    }
}
