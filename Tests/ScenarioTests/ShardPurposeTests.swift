import Glibc
import MartletSystem
import Storage
import Supervisor
import Testing

@Suite("what a worker opens its databases for")
struct ShardPurposeTests {
    @Test(
        "depends on how the worker before it ended, and on whether a disk has failed",
        arguments: [
            (.none, .service), (.exited(0), .service), (.signalled(SIGSEGV), .service),
            (.signalled(SIGBUS), .serviceAfterFailedRead),
        ] as [(WorkerEnd, ShardPurpose)]
    )
    func afterEnd(_ end: WorkerEnd, _ purpose: ShardPurpose) {
        #expect(ShardPurpose(after: end, hasDiskFailed: false) == purpose)
        #expect(ShardPurpose(after: end, hasDiskFailed: true) == .serviceAfterDiskFailure)
    }
}
