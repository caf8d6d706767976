import Testing

@testable import Storage

@Suite("why a shard takes no more writes")
struct CommitterStateTests {
    @Test("a disk that fails while the shard is closed counts, so that what it has not got stays in the log")
    func failedWhileClosed() {
        var state = GroupCommitter.State()
        #expect(state.end(StorageError(.closed, "write")).isEmpty)
        #expect(state.failure?.code == .closed)
        #expect(state.end(StorageError(.io, "sync")).isEmpty)
        #expect(state.failure?.code == .io)
        #expect(state.end(StorageError(.closed, "write")).isEmpty)
        #expect(state.failure?.code == .io)
    }
}
