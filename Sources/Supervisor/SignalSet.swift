internal import Glibc

/// Signals taken one after the other by a thread that waits for them, instead of interrupting whatever runs.
struct SignalSet {
    private var set = sigset_t()

    init(_ signals: Int32...) {
        unsafe sigemptyset(&self.set)
        for signal in signals { unsafe sigaddset(&self.set, signal) }
    }

    /// From now on these signals wait to be fetched.
    func block() {
        var set = self.set
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Programs started from now on ignore these signals until they handle them; a process that has blocked them still
    /// fetches them.
    static func ignoreInChildren(_ signals: Int32...) {
        for number in signals { signal(number, SIG_IGN) }
    }

    /// What this process was started with no longer counts for the signal.
    static func useDefault(_ number: Int32) {
        signal(number, SIG_DFL)
    }

    /// The next of these signals.
    func wait() -> Int32 {
        var set = self.set
        var signal: Int32 = 0
        unsafe sigwait(&set, &signal)
        return signal
    }

    /// Waits at most so long.
    ///
    /// - Returns: Whether a request to stop came.
    func waitForStop(milliseconds: Int64) -> Bool {
        let deadline = monotonicMilliseconds() + milliseconds
        while true {
            let left = deadline - monotonicMilliseconds()
            guard left > 0 else { return false }
            var set = self.set
            var time = timespec(tv_sec: Int(left / 1_000), tv_nsec: Int(left % 1_000 * 1_000_000))
            let signal = unsafe sigtimedwait(&set, nil, &time)
            if signal == SIGTERM || signal == SIGINT { return true }
        }
    }
}
