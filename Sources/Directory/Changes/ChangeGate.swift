internal import Synchronization

/// Lets changes through one after the other, in the order they came, so that each is checked against all before it.
final class ChangeGate: Sendable {
    private struct State {
        var isBusy = false
        var waiting: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    /// Runs `body` when no other change is under way; whoever runs it calls ``leave()`` once, when it is done.
    func enter(_ body: @escaping @Sendable () -> Void) {
        let isFree = self.state.withLock { state in
            if state.isBusy { state.waiting.append(body) }
            defer { state.isBusy = true }
            return !state.isBusy
        }
        if isFree { body() }
    }

    func enter() async {
        await withCheckedContinuation { continuation in
            self.enter { continuation.resume() }
        }
    }

    func leave() {
        let next = self.state.withLock { state -> (@Sendable () -> Void)? in
            guard !state.waiting.isEmpty else {
                state.isBusy = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?()
    }
}
