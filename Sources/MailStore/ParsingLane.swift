internal import Dispatch
internal import Synchronization

/// Threads for reading large messages, so that neither an event loop nor a writer waits for it.
final class ParsingLane: Sendable {
    /// Octets up to which a message is read on the caller's thread: a few microseconds' work.
    static let smallMax = 64 * 1_024

    private let lanes: [DispatchQueue]
    private let next = Atomic<Int>(0)

    init(threads: Int) {
        self.lanes = (0..<max(1, threads)).map { DispatchQueue(label: "parsing \($0)") }
    }

    func run(_ work: @escaping @Sendable () -> Void) {
        self.lanes[self.next.add(1, ordering: .relaxed).newValue % self.lanes.count].async(execute: work)
    }
}
