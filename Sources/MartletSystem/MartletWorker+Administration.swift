internal import Delivery
internal import Directory
internal import Filing
internal import Glibc
internal import Listener
internal import Logging
internal import MailQueue
internal import MailTypes
internal import MartletConfig
package import Operations
internal import Reception
internal import Supervisor
internal import Synchronization
internal import Telemetry
internal import Trace

/// What an administrator asks of the running program.
extension MartletWorker: RunningSystem {
    package func status() async throws -> Status.Output {
        let totals = try await self.stored.queue.totals()
        let now = self.stored.clock.now
        let plans = self.started.listeners
        var status = Status.Output(
            process: Int(getpid()),
            uptimeSeconds: Int((ContinuousClock.now - self.startedAt).components.seconds),
            listeners: self.services.listeners.map { listener in
                let addresses = plans.first { $0.name == listener.name }?.addresses ?? []
                return Status.Listener(
                    name: listener.name,
                    address: addresses.map(\.description).joined(separator: ", "),
                    connections: listener.counters.open,
                    accepted: listener.counters.accepted
                )
            },
            queuedMessages: totals.messages,
            oldestQueuedSeconds: Int(totals.oldestAge(at: now).components.seconds),
            parkedRecipients: totals.parked
        )
        status.version = MartletVersion.text
        status.workerRestarts = self.restarts
        status.alarms = self.alarms(totals)
        return status
    }

    private func alarms(_ totals: QueueTotals) -> [String] {
        var alarms: [String] = []
        if let complaint = self.state.withLock({ $0.complaint }) {
            alarms.append(
                "\(self.configurationPath) was broken when the worker started, which serves as the one before it; "
                    + "mend it, then martlet reload: \(complaint)"
            )
        }
        if totals.parked > 0 {
            alarms.append("\(totals.parked) recipients are parked: martlet queue list --state parked")
        }
        if let failure = self.stored.journal.failure { alarms.append("the trace cannot be written: \(failure)") }
        if self.stored.journal.droppedCount > 0 {
            alarms.append("\(self.stored.journal.droppedCount) trace records were lost")
        }
        return alarms
    }

    package func reload() async throws -> [String] {
        self.reports.send(.reloading)
        defer { self.reports.send(.ready) }
        do {
            let lines = try self.reloading.withLock { _ in try self.takeConfiguration() }
            for line in lines { self.log.notice("reload", metadata: .init([.reason: line])) }
            return lines
        } catch {
            self.log.error("reload refused; going on as before", metadata: .init([.error: "\(error)"]))
            throw error
        }
    }

    private func takeConfiguration() throws -> [String] {
        let loaded: LoadedConfiguration
        let new: MartletConfig
        let routes: RouteTable
        let filing: FilingOptions
        let checker: SenderChecker?
        do {
            loaded = try LoadedConfiguration(path: self.configurationPath)
            new = loaded.settings
            routes = try new.routeTable()
            filing = try new.filingOptions()
            checker = try self.senderCheckers.checker(for: new)
            try self.tls.reload(Self.preparedTLSFiles(new, home: self.stored.home))
        } catch {
            throw OperationError("Nothing was changed. \(error)")
        }
        self.state.withLock { state in
            state.configuration = new
            state.complaint = nil
        }
        // With what runs, not with the file as it was last read: only a start takes these over.
        let waiting = new.keysNeedingRestart(comparedTo: self.started)
        self.stored.directory.reconfigure(new.directoryOptions)
        self.filing.reconfigure(filing)
        self.reception.reconfigure(new.receptionOptions, checker: checker)
        self.delivery.reload(routes: routes, options: new.deliveryOptions)
        self.services.reload(new)
        self.logs.takeLevels(of: new)
        self.keep(loaded)
        let taken = "The configuration and the certificates were read again; no connection was dropped."
        return waiting.isEmpty ? [taken] : [taken, "These need a restart: \(waiting.joined(separator: ", "))"]
    }

    package func requestStop() -> Stop.Output {
        self.log.notice("a stop is asked for")
        self.stopRequests.yield(.endAll)
        return Stop.Output(process: Int(self.supervisor ?? getpid()))
    }

    package func requestUpgrade() async throws -> Upgrade.Output {
        guard let upgrade = self.upgrade else {
            throw OperationError("This Martlet runs without its supervisor; stop it and start the new program")
        }
        try self.requireGoingOn()
        let version = try await upgrade.run()
        try self.requireGoingOn()
        self.log.notice("upgrade begins", metadata: .init([.version: version]))
        self.stopRequests.yield(.upgrade)
        return Upgrade.Output(worker: Int(getpid()), version: version)
    }

    /// The sockets of one that is ending are closed, so that nothing could be tried.
    private func requireGoingOn() throws {
        switch self.state.withLock({ $0.ending }) {
        case nil: break
        case .upgrade: throw OperationError("An upgrade is under way already; see: martlet status")
        default: throw OperationError("Martlet is stopping; the new program is used when it starts")
        }
    }
}
