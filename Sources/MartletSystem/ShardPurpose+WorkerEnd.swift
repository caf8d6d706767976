internal import Glibc
package import Storage
package import Supervisor

extension ShardPurpose {
    /// What databases are opened for by the worker that comes after one that ended so.
    package init(after end: WorkerEnd) {
        self =
            switch end {
            case .exited(WorkerExit.diskFailed): .serviceAfterDiskFailure
            case .signalled(SIGBUS): .serviceAfterFailedRead
            default: .service
            }
    }
}
