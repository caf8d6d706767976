internal import Synchronization

/// How many connections to other hosts may stand at a time, of all destinations on all loops together.
///
/// A destination that gets none is pumped again when its loop loses one, and each second. Meanwhile nobody keeps an
/// unused connection for later.
final class ConnectionBudget: Sendable {
    private struct State {
        var max: Int
        var open = 0
        var isShort = false
    }

    private let state: Mutex<State>

    init(_ max: Int) {
        self.state = Mutex(State(max: max))
    }

    func limit(to max: Int) {
        self.state.withLock { $0.max = max }
    }

    /// Whether one more may be opened, which then counts until it is given back.
    func take() -> Bool {
        self.state.withLock { state in
            state.isShort = state.open >= state.max
            if !state.isShort { state.open += 1 }
            return !state.isShort
        }
    }

    /// - Returns: whether somebody was refused meanwhile, and is to try again.
    func giveBack() -> Bool {
        self.state.withLock { state in
            state.open -= 1
            defer { state.isShort = false }
            return state.isShort
        }
    }

    /// Somebody was refused since one was last taken or given back.
    var isShort: Bool { self.state.withLock { $0.isShort } }
}
