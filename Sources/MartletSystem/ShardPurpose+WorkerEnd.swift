internal import Glibc
package import Storage
package import Supervisor

extension ShardPurpose {
    /// What databases are opened for by the worker that comes after one that ended so.
    ///
    /// - Parameter hasDiskFailed: whether what workers before wrote may be in memory only.
    package init(after end: WorkerEnd, hasDiskFailed: Bool) {
        guard !hasDiskFailed else {
            self = .serviceAfterDiskFailure
            return
        }
        self = end == .signalled(SIGBUS) ? .serviceAfterFailedRead : .service
    }
}
