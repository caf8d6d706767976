internal import NIOCore
internal import Synchronization

/// How many connections to other hosts may stand at a time, of all destinations on all loops together.
///
/// A destination that gets none stands in line and is called when its turn comes; what is given back goes to the first
/// in line, whichever loop it is on. So one that always has mail does not take again what it has just given back.
/// Meanwhile nobody keeps an unused connection for later.
///
/// While somebody stands in line no connection is free: ``take(orCall:)`` relies on it.
final class ConnectionBudget: Sendable {
    private struct State {
        var max: Int
        /// Connections that stand, and those that somebody was called for.
        var open = 0
        var line = CircularBuffer<@Sendable () -> Void>()
    }

    private let state: Mutex<State>

    init(_ max: Int) {
        self.state = Mutex(State(max: max))
    }

    func limit(to max: Int) {
        self.change { $0.max = max }
    }

    /// Whether one more may be opened, which then counts until it is given back.
    ///
    /// - Parameter call: keeps a place in line if none may be. Called once, from any thread, when the turn has come:
    ///   the connection counts from then on, and is given back if it is not needed any more.
    func take(orCall call: @escaping @Sendable () -> Void) -> Bool {
        self.state.withLock { state in
            guard state.open < state.max else {
                state.line.append(call)
                return false
            }
            state.open += 1
            return true
        }
    }

    func giveBack() {
        self.change { $0.open -= 1 }
    }

    /// Somebody waits for a connection.
    var isShort: Bool { self.state.withLock { !$0.line.isEmpty } }

    private func change(_ body: (inout State) -> Void) {
        let called = self.state.withLock { state -> [@Sendable () -> Void] in
            body(&state)
            var called: [@Sendable () -> Void] = []
            while state.open < state.max, let next = state.line.popFirst() {
                state.open += 1
                called.append(next)
            }
            return called
        }
        for call in called { call() }
    }
}
