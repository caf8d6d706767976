internal import ControlServer
internal import Delivery
internal import Listener
internal import Logging
internal import MartletConfig
internal import NIOCore
internal import Supervisor
internal import Synchronization
internal import Telemetry

/// Ending.
extension MartletWorker {
    /// Ends all services; what was begun is finished within the configured time, sessions and mail on its way out
    /// together.
    package func stop(_ reason: WorkerStop = .end) async {
        let grace = self.beginStop(reason)
        let end = ContinuousClock.now + grace
        let control = self.control.withLock { control in
            defer { control = nil }
            return control
        }
        async let relays: Void = self.delivery.stop(within: grace)
        await self.services.stop(grace: TimeAmount(grace))
        await control?.stop(within: end - ContinuousClock.now)
        await relays
        do {
            try await self.loops.shutDown()
        } catch {
            self.log.warning("threads did not end cleanly", metadata: .init([.error: "\(error)"]))
        }
        self.senderCheckers.close()
        self.stored.close()
        self.log.notice("stopped")
    }

    /// - Returns: how long what was begun may go on. For an upgrade that is shorter than else: all the while new
    ///   connections wait.
    private func beginStop(_ reason: WorkerStop) -> Duration {
        let server = self.state.withLock { state in
            state.ending = reason
            return state.configuration.server
        }
        switch reason {
        case .end, .endAll:
            // A supervisor that was not told starts another worker: then nothing ends.
            if self.supervisor == nil || reason == .endAll { self.reports.send(.stopping) }
            self.log.notice("stopping")
            return server.stopTimeout
        case .upgrade:
            self.reports.send(.reloading)
            self.log.notice("stopping for an upgrade")
            return server.upgradeTimeout
        case .diskFailed:
            return min(server.stopTimeout, .seconds(1))
        }
    }
}
