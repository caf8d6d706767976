import Testing

@testable import Supervisor

@Suite("what a failed disk leaves in doubt")
struct DiskDoubtTests {
    @Test("is remembered from the word or the exit of a worker until one has written all anew, however others end")
    func lasts() {
        for isTold in [true, false] {
            var doubt = DiskDoubt()
            doubt.workerStarted()
            doubt.heard(.ready)
            #expect(!doubt.isThere)
            if isTold {
                doubt.heard(.diskFailed)
                // As a reload ends with.
                doubt.heard(.ready)
                doubt.ended(.signalled(9))
            } else {
                doubt.ended(.exited(WorkerExit.diskFailed))
            }
            #expect(doubt.isThere)
            doubt.workerStarted()
            doubt.ended(.signalled(7))
            #expect(doubt.isThere, "the next one did not come to writing")
            doubt.workerStarted()
            doubt.heard(.ready)
            #expect(!doubt.isThere)
            doubt.ended(.signalled(11))
            #expect(!doubt.isThere)
        }
    }
}
