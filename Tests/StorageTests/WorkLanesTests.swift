import Dispatch
import Synchronization
import Testing

@testable import Storage

@Suite("lanes for work that waits", .timeLimit(.minutes(10)))
struct WorkLanesTests {
    @Test("work goes past a lane that is busy")
    func busy() async {
        let lanes = WorkLanes("test", count: 2)
        let gate = DispatchSemaphore(value: 0)
        lanes.run { gate.wait() }
        await withCheckedContinuation { continuation in lanes.run { continuation.resume() } }
        gate.signal()
        lanes.drain()
    }

    @Test("all lanes work at once")
    func together() {
        let lanes = WorkLanes("test", count: 4)
        let arrived = DispatchSemaphore(value: 0)
        let gate = DispatchSemaphore(value: 0)
        for _ in 0..<4 {
            lanes.run {
                arrived.signal()
                gate.wait()
            }
        }
        for _ in 0..<4 { arrived.wait() }
        for _ in 0..<4 { gate.signal() }
        lanes.drain()
    }

    @Test("draining waits for all that was given before")
    func draining() {
        let lanes = WorkLanes("test", count: 3)
        let done = Mutex(0)
        for _ in 0..<300 { lanes.run { done.withLock { $0 += 1 } } }
        lanes.drain()
        #expect(done.withLock { $0 } == 300)
    }
}
