internal import ControlServer
internal import Delivery
internal import Directory
internal import Filing
internal import Glibc
internal import Listener
internal import Logging
internal import MailQueue
package import MailTypes
internal import MartletConfig
internal import NIOCore
internal import Operations
internal import Reception
internal import Storage
package import Supervisor
internal import Synchronization
internal import Telemetry
internal import Trace

/// The whole mail server in one process: from its configuration to all services running, and back.
///
/// Order of starting: what is stored, then delivery, then the doors. Order of stopping: doors and delivery together, so
/// that nothing new begins; what is stored last.
package final class MartletWorker: Sendable {
    struct State {
        var configuration: MartletConfig
        /// What is wrong with the configuration's file, when that is not what is served by.
        var complaint: String?
        /// For what it is ending, as last asked for.
        var ending: WorkerStop?
    }

    let state: Mutex<State>
    /// Held while the configuration is read and taken over, so that what was read last holds.
    let reloading = Mutex(())
    let configurationPath: String
    /// `nil` without a supervisor.
    let upgrade: UpgradeTrial?
    let stored: StoredServices
    let reception: Reception
    let filing: Filing
    let senderCheckers = SenderCheckerSource()
    private let outgoing: OutgoingPump
    let delivery: DeliveryService
    let services: ServiceSet
    let loops: EventLoops
    let tls: TLSContexts
    let logs: Logs
    let log: Logger
    let control: Mutex<ControlServer?>
    let supervisor: pid_t?
    let reports: WorkerReports
    /// Workers that ended unasked before this one.
    let restarts: Int
    /// As it was at the start: what a reload does not take over stands here.
    let started: MartletConfig
    /// By a clock that nobody sets.
    let startedAt = ContinuousClock.now
    let stopRequests: AsyncStream<WorkerStop>.Continuation
    private let stopRequested: AsyncStream<WorkerStop>

    /// Opens everything and starts all services.
    ///
    /// - Parameter handover: from the supervisor, when there is one.
    package static func start(
        _ loaded: LoadedConfiguration,
        handover: WorkerHandover?,
        logs: Logs,
        clock: any WallClock = SystemClock()
    ) async throws -> MartletWorker {
        let configuration = loaded.settings
        let stored = try StoredServices.open(
            configuration,
            purpose: ShardPurpose(
                after: handover?.previousEnd ?? .none,
                hasDiskFailed: handover?.hasDiskFailed ?? false
            ),
            clock: clock,
            logs: logs
        )
        do {
            // Those made here close with the process when the start fails, which ends it.
            let sockets = try handover?.sockets ?? Supervisor.listen(on: configuration.supervisedAddresses)
            let worker = try MartletWorker(loaded, stored, handover, sockets, logs)
            try await worker.begin(loaded)
            return worker
        } catch {
            stored.close()
            throw error
        }
    }

    private init(
        _ loaded: LoadedConfiguration,
        _ stored: StoredServices,
        _ handover: WorkerHandover?,
        _ sockets: [(name: String, descriptor: Int32)],
        _ logs: Logs
    ) throws {
        let configuration = loaded.settings
        self.stored = stored
        self.logs = logs
        self.log = logs.logger(.system)
        self.configurationPath = loaded.path
        self.upgrade = handover.flatMap { UpgradeTrial($0, configurationPath: loaded.path) }
        self.reports = WorkerReports(handover)
        self.restarts = handover?.restarts ?? 0
        self.supervisor = handover.map { _ in getppid() }
        self.started = configuration
        self.state = Mutex(State(configuration: configuration, complaint: loaded.complaint))
        self.control = Mutex(nil)
        (self.stopRequested, self.stopRequests) = AsyncStream.makeStream(of: WorkerStop.self)
        let cores = configuration.server.eventLoops
        self.loops = EventLoops(
            count: cores == 0 ? Processors.count : cores,
            connectionsMax: ProcessLimits.connectionsMax
        )
        self.tls = try TLSContexts(Self.preparedTLSFiles(configuration, home: stored.home))
        Self.tell(of: handover?.previousEnd ?? .none, self.log)
        let death = handover?.previousEnd.crashSignal.map { PreviousDeath.crash(signal: $0) } ?? .none
        let flights = try FlightRecorder(folder: stored.home, previousDeath: death, clock: stored.clock)
        Self.tell(of: flights.remnants, stored.journal, self.log)
        let directory = stored.directory
        self.filing = Filing(
            try configuration.filingOptions(),
            store: stored.store,
            journal: stored.journal,
            addresses: { directory.addresses(of: $0).map(\.description) },
            clock: stored.clock,
            log: logs.logger(.delivery),
            seal: Self.sealing(by: directory)
        )
        self.outgoing = OutgoingPump(
            store: stored.store,
            queue: stored.queue,
            journal: stored.journal,
            log: logs.logger(.delivery),
            sign: { try directory.signatures(ofOwn: $0.readableBytesUInt8Span, author: $1) }
        )
        self.reception = Reception(
            configuration.receptionOptions,
            services: ReceptionServices(
                directory: stored.directory,
                store: stored.store,
                filing: self.filing,
                queue: stored.queue,
                spool: stored.spool,
                journal: stored.journal,
                flights: flights,
                checker: try self.senderCheckers.checker(for: configuration)
            ),
            clock: stored.clock,
            log: logs.logger(.reception)
        )
        self.delivery = DeliveryService(
            DeliveryService.Services(
                queue: stored.queue,
                local: LocalMailboxes(directory: directory, filing: self.filing),
                spool: stored.spool,
                trace: stored.journal,
                flight: flights,
                clock: stored.clock,
                eventLoops: self.loops.group,
                logger: logs.logger(.delivery),
                sign: { try directory.signatures(ofOwn: $0.readableBytesUInt8Span, author: $1) }
            ),
            routes: try configuration.routeTable(),
            options: configuration.deliveryOptions
        )
        self.services = ServiceSet(
            configuration,
            ServiceSet.Foundation(
                stored: stored,
                reception: self.reception,
                filing: self.filing,
                loops: self.loops,
                tls: self.tls,
                logs: logs
            ),
            sockets: sockets
        )
    }

    private static func sealing(by directory: Directory) -> Filing.Seal {
        { message, received, options in
            try directory.seal(
                handingOn: message.readableBytesUInt8Span,
                keptAs: received.readableBytesUInt8Span,
                host: options.hostName,
                sealer: options.sealer ?? Domain(options.hostName)
            )
        }
    }

    /// - Parameter home: the data folder that is in use; one named by a reload is for the next start.
    static func tlsFiles(_ configuration: MartletConfig, home: String) -> TLSFiles {
        var files = TLSFiles(
            certificate: configuration.tls.certificate ?? "\(home)/\(SelfMadeCertificate.certificate)",
            key: configuration.tls.key ?? "\(home)/\(SelfMadeCertificate.key)"
        )
        files.requiresTLS13 = configuration.tls.versionMin == .tls13
        return files
    }

    /// What a worker that cannot start ends with.
    package static func exitStatus(for error: any Error) -> Int32 {
        (error as? StorageError)?.code == .io ? WorkerExit.diskFailed : WorkerExit.refusedToStart
    }

    /// The certificate's files; without one of the site's, the one that is made here stands there afterwards.
    static func preparedTLSFiles(_ configuration: MartletConfig, home: String) throws -> TLSFiles {
        let files = self.tlsFiles(configuration, home: home)
        if configuration.tls.certificate == nil {
            let hosts = [configuration.server.hostname, "localhost", "127.0.0.1", "::1"]
            var seen = Set<String>()
            try SelfSignedCertificate.ensure(files, hosts: hosts.filter { seen.insert($0).inserted })
        }
        return files
    }

    /// The supervisor has no log of its own.
    private static func tell(of end: WorkerEnd, _ log: Logger) {
        switch end {
        case .none, .exited(WorkerExit.upgrade): break
        case .exited(0): log.notice("the worker before ended; its supervisor was not told to")
        default: log.error("the worker before ended unexpectedly", metadata: .init([.reason: end.description]))
        }
    }

    private static func tell(of remnants: [FlightRemnant], _ journal: TraceJournal, _ log: Logger) {
        for remnant in remnants {
            log.error(
                "a worker died with this in hand",
                metadata: .init([
                    .signal: "\(remnant.signal)", .peer: remnant.peer, .message: remnant.message?.description ?? "",
                ])
            )
            guard let message = remnant.message else { continue }
            journal.record(
                message,
                .workerDied,
                (.reason, "the program crashed with signal \(remnant.signal) while this message was in hand"),
                (.stage, "\(remnant.stage)"),
                (.peer, remnant.peer)
            )
        }
    }

    /// The control socket is tried first, so that a start that cannot be has served nobody.
    private func startServices(_ configuration: MartletConfig) async throws -> ControlServer {
        let socket = try ControlSocket(at: configuration.controlSocketPath)
        do {
            self.delivery.start()
            try await self.services.start()
            var administered = self.stored.administered(by: self, configuration)
            administered.filingOptions = { [filing] in filing.options }
            administered.scriptRules = { self.state.withLock { $0.configuration }.scriptRules }
            administered.hasRoute = { [reception] in reception.options.hasRoute($0) }
            return try await ControlServer.start(
                on: socket,
                operations: ControlOperations(administered),
                group: self.loops.group,
                logger: self.logs.logger(.control)
            )
        } catch {
            socket.remove()
            throw error
        }
    }

    /// A database whose disk has failed refuses everything until it is opened anew, which the next worker does: by then
    /// a path to the disk may be there again. Till then this one would send mail out and could not note that it did.
    private func endWhenDiskFails() {
        self.stored.setDiskFailureHandler { [log, reports, stopRequests] database, error in
            reports.send(.diskFailed)
            log.critical(
                "the disk failed; this worker ends and the next one tries again",
                metadata: .init([.shard: database, .error: "\(error)"])
            )
            stopRequests.yield(.diskFailed)
        }
    }

    private func begin(_ loaded: LoadedConfiguration) async throws {
        let configuration = loaded.settings
        self.endWhenDiskFails()
        self.stored.journal.setHealthHandler { [log] failure in
            guard let failure else { return log.notice("the trace is written again") }
            log.error("the trace cannot be written", metadata: .init([.error: "\(failure)"]))
        }
        if let complaint = loaded.complaint {
            self.log.critical(
                "the configuration is broken; serving as before it was changed",
                metadata: .init([.file: loaded.path, .error: complaint])
            )
        }
        // Before anybody can log in or send mail: who has an account has an INBOX.
        await self.makeMissingMailboxes()
        let control = try await self.startServices(configuration)
        self.control.withLock { $0 = control }
        self.reports.send(.ready)
        for warning in configuration.warnings {
            self.log.warning("the configuration is perhaps not what is meant", metadata: .init([.reason: warning]))
        }
        if loaded.complaint == nil {
            self.reloading.withLock { _ in
                // A reload may have been first.
                if self.state.withLock({ $0.configuration == configuration }) { self.keep(loaded) }
            }
        }
        self.log.notice("started", metadata: .init([.count: "\(self.services.listeners.count)"]))
    }

    /// A worker that starts while the file is broken goes on with it.
    func keep(_ configuration: LoadedConfiguration) {
        do {
            try configuration.keep(in: self.stored.home)
        } catch {
            let reason = "\(error)"
            self.log.warning("the configuration was not kept for the next worker", metadata: .init([.error: reason]))
        }
    }

    /// Without room for them all others are served nevertheless, and the next start tries again.
    private func makeMissingMailboxes() async {
        do {
            try await self.stored.makeMissingMailboxes()
        } catch {
            self.log.error("accounts without mailboxes were left so", metadata: .init([.error: "\(error)"]))
        }
    }

    /// Serves until a stop is asked for, by signal, by command, or by the end of the supervisor; then stops gracefully.
    ///
    /// - Parameter signals: taken since before the start, so that nothing is missed that was asked for meanwhile.
    /// - Returns: for what it has stopped.
    package func run(_ signals: ProcessSignals) async -> WorkerStop {
        defer { signals.cancel() }
        let requests = signals.requests
        return await withDiscardingTaskGroup { group in
            group.addTask { await self.outgoing.run() }
            group.addTask {
                for await request in requests { await self.carryOut(request) }
            }
            var requests = self.stopRequested.makeAsyncIterator()
            let reason = await requests.next() ?? .end
            await self.stop(reason)
            group.cancelAll()
            // Commands are answered until the sessions have ended: who asked for the whole program's end meanwhile
            // waits for it.
            self.stopRequests.finish()
            while let later = await requests.next() {
                guard later == .endAll, reason != .endAll else { continue }
                self.reports.send(.stopping)
                return .endAll
            }
            return reason
        }
    }

    private func carryOut(_ request: ProcessSignals.Request) async {
        switch request {
        case .stop:
            self.stopRequests.yield(.end)
        case .reopenLogs:
            self.logs.reopen()
        case .upgrade:
            do {
                _ = try await self.requestUpgrade()
            } catch {
                self.log.error("upgrade refused; going on as before", metadata: .init([.error: "\(error)"]))
            }
        case .reload:
            // Logged where it is done, for commands as well.
            _ = try? await self.reload()
        }
    }
}
