internal import Synchronization

/// How many connections all listeners together may have.
///
/// Each takes a descriptor, and what is done for them takes others: messages that are received, delivered and read, and
/// the control socket by which one sees what is going on. Clients that merely connect must not leave none for that.
package final class ConnectionAllowance: Sendable {
    private let left: Atomic<Int>

    package init(_ connectionsMax: Int) {
        self.left = Atomic(connectionsMax)
    }

    /// - Returns: whether there was one left.
    func take() -> Bool {
        if self.left.subtract(1, ordering: .relaxed).newValue >= 0 { return true }
        self.giveBack()
        return false
    }

    func giveBack() {
        self.left.add(1, ordering: .relaxed)
    }
}
