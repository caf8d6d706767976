internal import NIOCore
internal import Synchronization

/// A listener's connections: how many, whose, and who waits for the last to end.
final class ConnectionRegistry: Sendable {
    private struct State {
        var connectionsMax: Int
        var connectionsPerPeerMax: Int
        var channels: [ObjectIdentifier: any Channel] = [:]
        var perPeer: [UInt64: Int] = [:]
        var isStopping = false
        var accepted = 0
        var refused = 0
        var whenEmpty: [EventLoopPromise<Void>] = []
    }

    private let state: Mutex<State>
    private let allowance: ConnectionAllowance

    init(connectionsMax: Int, connectionsPerPeerMax: Int, allowance: ConnectionAllowance) {
        self.allowance = allowance
        self.state = Mutex(State(connectionsMax: connectionsMax, connectionsPerPeerMax: connectionsPerPeerMax))
    }

    /// Limits for connections from now on; those that stand may be more.
    func limit(to connectionsMax: Int, perPeer connectionsPerPeerMax: Int) {
        self.state.withLock { state in
            state.connectionsMax = connectionsMax
            state.connectionsPerPeerMax = connectionsPerPeerMax
        }
    }

    var counts: (open: Int, accepted: Int, refused: Int) {
        self.state.withLock { ($0.channels.count, $0.accepted, $0.refused) }
    }

    /// Takes the connection in, or says why not. Every one taken in is given back by ``remove(_:peer:)``.
    ///
    /// - Parameter peer: what the connection is counted under; `nil` when its peer has no limit.
    func admit(_ channel: any Channel, peer: UInt64?) -> ConnectionRefusal? {
        self.state.withLock { state in
            if let refusal = self.refusal(state, peer: peer) {
                state.refused += 1
                return refusal
            }
            state.accepted += 1
            state.channels[ObjectIdentifier(channel)] = channel
            if let peer { state.perPeer[peer, default: 0] += 1 }
            return nil
        }
    }

    /// Takes one of the allowance if there is none.
    private func refusal(_ state: State, peer: UInt64?) -> ConnectionRefusal? {
        if state.isStopping { return .stopping }
        if state.channels.count >= state.connectionsMax { return .tooManyConnections }
        if let peer, state.connectionsPerPeerMax > 0, state.perPeer[peer, default: 0] >= state.connectionsPerPeerMax {
            return .tooManyFromPeer
        }
        return self.allowance.take() ? nil : .tooManyAltogether
    }

    func remove(_ channel: any Channel, peer: UInt64?) {
        self.allowance.giveBack()
        let promises = self.state.withLock { state -> [EventLoopPromise<Void>] in
            state.channels[ObjectIdentifier(channel)] = nil
            if let peer, let count = state.perPeer[peer] { state.perPeer[peer] = count > 1 ? count - 1 : nil }
            guard state.channels.isEmpty else { return [] }
            defer { state.whenEmpty = [] }
            return state.whenEmpty
        }
        for promise in promises { promise.succeed() }
    }

    /// From now on nobody is admitted.
    ///
    /// - Returns: the connections there are.
    func beginStopping() -> [any Channel] {
        self.state.withLock { state in
            state.isStopping = true
            return Array(state.channels.values)
        }
    }

    /// Succeeds `promise` when no connection is left, at once if there is none.
    func notifyWhenEmpty(_ promise: EventLoopPromise<Void>) {
        let isEmpty = self.state.withLock { state -> Bool in
            if !state.channels.isEmpty { state.whenEmpty.append(promise) }
            return state.channels.isEmpty
        }
        if isEmpty { promise.succeed() }
    }

    var channels: [any Channel] { self.state.withLock { Array($0.channels.values) } }
}
