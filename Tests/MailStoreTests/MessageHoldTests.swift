import Synchronization
import Testing

@testable import MailStore

@Suite("messages held while they are read")
struct MessageHoldTests {
    private final class Count: Sendable {
        let value = Atomic<Int>(0)
        var now: Int { self.value.load(ordering: .relaxed) }

        func add() { self.value.add(1, ordering: .relaxed) }
    }

    @Test("who waits goes on at once when nobody reads, else when all have ended who read at that time")
    func waiting() {
        let (holds, count) = (MessageHolds(), Count())
        #expect(holds.whenEnded(count.add) == nil)
        #expect(count.now == 1)
        let (first, second) = (holds.begin(), holds.begin())
        #expect(holds.whenEnded(count.add) != nil)
        let later = holds.begin()
        second.end()
        second.end()
        #expect(count.now == 1)
        first.end()
        #expect(count.now == 2)
        #expect(holds.whenEnded(count.add) != nil)
        later.end()
        #expect(count.now == 3)
    }

    @Test("readers that never end are waited for until that is given up, and another wait is not cut short by it")
    func givingUp() throws {
        let (holds, count) = (MessageHolds(), Count())
        let endless = holds.begin()
        let number = try #require(holds.whenEnded(count.add))
        let later = holds.begin()
        holds.stopWaiting(before: number)
        #expect(count.now == 1)
        #expect(holds.whenEnded(count.add) != nil)
        holds.stopWaiting(before: number)
        endless.end()
        #expect(count.now == 1)
        later.end()
        #expect(count.now == 2)
    }
}
