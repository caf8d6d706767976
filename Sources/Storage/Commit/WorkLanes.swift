internal import Dispatch
internal import Synchronization

/// Threads for work that waits for the disk or takes long, so that neither an event loop nor a writer does.
///
/// Work goes to the lane that has least before it, so that what is quick does not stand behind what is not while
/// another lane rests.
package final class WorkLanes: Sendable {
    private let lanes: [DispatchQueue]
    /// How much each lane was given and has not done.
    private let given: Mutex<[Int]>

    /// - Parameter name: what debuggers show.
    package init(_ name: String, count: Int) {
        self.lanes = (0..<count).map { DispatchQueue(label: "\(name) \($0)") }
        self.given = Mutex(Array(repeating: 0, count: count))
    }

    package func run(_ work: @escaping @Sendable () -> Void) {
        let lane = self.given.withLock { given in
            var least = 0
            for lane in given.indices where given[lane] < given[least] { least = lane }
            given[least] += 1
            return least
        }
        self.lanes[lane].async {
            work()
            self.given.withLock { $0[lane] -= 1 }
        }
    }

    /// Waits until all is done that was given before.
    package func drain() {
        for lane in self.lanes { lane.sync {} }
    }
}
