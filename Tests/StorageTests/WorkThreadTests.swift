import Synchronization
import Testing

@testable import Storage

@Suite("a thread for work", .timeLimit(.minutes(1)))
struct WorkThreadTests {
    private final class Notes: Sendable {
        let numbers = Mutex<[Int]>([])

        func add(_ number: Int) { self.numbers.withLock { $0.append(number) } }
        var all: [Int] { self.numbers.withLock { $0 } }
    }

    @Test("does all it is given, in order, and then what is waited for")
    func order() throws {
        let (thread, notes) = (try WorkThread(), Notes())
        for number in 0..<1_000 { thread.async { notes.add(number) } }
        thread.sync { notes.add(1_000) }
        #expect(notes.all == Array(0...1_000))
    }

    @Test("may be given work by its work")
    func inner() throws {
        let (thread, notes) = (try WorkThread(), Notes())
        thread.sync {
            thread.async { notes.add(2) }
            notes.add(1)
        }
        thread.sync { notes.add(3) }
        #expect(notes.all == [1, 2, 3])
    }

    @Test("finishes what it was given before it ends")
    func end() async throws {
        let notes = Notes()
        await withCheckedContinuation { continuation in
            guard let thread = try? WorkThread() else { return continuation.resume() }
            for number in 0..<100 { thread.async { notes.add(number) } }
            thread.async { continuation.resume() }
            thread.end()
        }
        #expect(notes.all == Array(0..<100))
    }
}
