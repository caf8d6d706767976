/// Whether what workers have written may be in the system's memory only, because a disk did not take it.
///
/// Kept by the supervisor, so that it does not matter how the worker that has met the failure ends, nor whether the
/// next one comes to writing it anew.
struct DiskDoubt {
    private(set) var isThere = false
    /// Whether it is the running worker that has met the failure; nothing it says then ends the doubt.
    private var isOfThisWorker = false

    mutating func workerStarted() {
        self.isOfThisWorker = false
    }

    mutating func heard(_ state: WorkerState) {
        switch state {
        case .diskFailed: (self.isThere, self.isOfThisWorker) = (true, true)
        // Before it is ready, a worker that was told of the doubt has all written anew and synced.
        case .ready: self.isThere = self.isThere && self.isOfThisWorker
        case .reloading, .stopping: break
        }
    }

    mutating func ended(_ end: WorkerEnd) {
        if end == .exited(WorkerExit.diskFailed) { self.isThere = true }
    }
}
