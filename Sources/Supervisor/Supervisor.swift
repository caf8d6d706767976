internal import Glibc
internal import MailTypes

/// Holds the listening sockets and keeps a worker running on them, so that the death of a worker refuses nobody.
///
/// It opens the sockets once, starts the worker with them and waits for signals. While a worker is dead or starting,
/// connections wait in the kernel's backlog. It never reads a byte from a peer, which is why it has nothing to die of.
///
///     start ──▶ running ──worker ended unasked──▶ (pause) ──▶ running
///                  ├──worker ended for an upgrade──▶ this process runs the new program, with the same sockets
///                  ├──worker ended because all is to end──▶ done
///                  └──SIGTERM, SIGINT──▶ stopping ──worker ended──▶ done
///
/// SIGHUP (reload), SIGUSR1 (reopen logs) and SIGUSR2 (upgrade) are passed on to the worker. What workers say of
/// themselves goes on to systemd from here, since that believes its own process only.
package struct Supervisor {
    /// Milliseconds until a worker that the system could not start is started again.
    private static let spawnPause: Int64 = 1_000

    private let program: String
    private let arguments: [String]
    private let home: String
    private let sockets: [BoundSocket]
    private let isUpgraded: Bool
    private let report: (String) -> Void
    private var policy = RestartPolicy()
    private var isStopping = false
    /// What systemd was told last.
    private var told: WorkerState?
    private var restartCount = 0

    /// - Parameters:
    ///   - program: the path at which an upgrade finds the new program.
    ///   - arguments: by which the program becomes the supervisor; the worker gets `--worker` besides.
    ///   - home: the data folder, which workers are told.
    ///   - inherited: what this process held before it ran this program. Of its sockets those that are no longer
    ///     wanted are closed.
    ///   - report: called with a line for the log at each start and end of a worker.
    /// - Throws: ``SocketError`` when an address cannot be bound.
    package init(
        program: String,
        arguments: [String],
        home: String,
        addresses: [SupervisedAddress],
        inherited: SupervisorHandover? = nil,
        report: @escaping (String) -> Void
    ) throws(SocketError) {
        self.program = program
        self.arguments = arguments
        self.home = home
        self.isUpgraded = inherited != nil
        self.report = report
        self.sockets = try Self.sockets(for: addresses, inherited: inherited?.sockets ?? [])
    }

    /// Closes before it opens: a new address may be a part of one that is not wanted any more.
    static func sockets(
        for addresses: [SupervisedAddress],
        inherited: [(name: String, descriptor: Int32)]
    ) throws(SocketError) -> [BoundSocket] {
        var held: [SupervisedAddress: BoundSocket] = [:]
        for (name, descriptor) in inherited {
            let socket = BoundSocket(name: name, listening: descriptor)
            if let address = addresses.first(where: { held[$0] == nil && socket.isBound(to: $0) }) {
                held[address] = socket
            } else {
                socket.close()
            }
        }
        var sockets: [BoundSocket] = []
        for address in addresses {
            if let socket = held[address] {
                sockets.append(socket)
            } else {
                sockets.append(try BoundSocket(address))
            }
        }
        return sockets
    }

    /// Listens on all of the addresses, for a worker without a supervisor, who then owns the descriptors.
    ///
    /// - Throws: ``SocketError`` for the first address that cannot be bound; then none is.
    package static func listen(
        on addresses: [SupervisedAddress]
    ) throws(SocketError) -> [(name: String, descriptor: Int32)] {
        var sockets: [BoundSocket] = []
        do {
            for address in addresses { sockets.append(try BoundSocket(address)) }
        } catch {
            for socket in sockets { socket.close() }
            throw error
        }
        return sockets.map { ($0.name, $0.descriptor) }
    }

    /// Tries to bind the addresses whose ports are not listened on yet, to see before an upgrade that it can be done.
    ///
    /// - Parameter held: the sockets that the supervisor has.
    /// - Throws: ``SocketError`` for the first address that cannot be bound.
    package static func tryNew(
        _ addresses: [SupervisedAddress],
        held: [(name: String, descriptor: Int32)]
    ) throws(SocketError) {
        let ports = Set(held.compactMap { BoundSocket(name: $0.name, listening: $0.descriptor).port.map(Int.init) })
        for address in addresses where !ports.contains(address.port) { try BoundSocket(address).close() }
    }

    /// Runs until asked to stop.
    ///
    /// - Returns: the exit status for the process: 0 after a stop that was asked for, the worker's own when it refused
    ///   to start (it exits with ``WorkerExit/refusedToStart`` before it is ready). After an upgrade a refusal does not
    ///   end it, since connections wait for whom the next try can serve.
    package mutating func run() -> Int32 {
        let signals = SignalSet(SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGIO)
        signals.block()
        // Whoever started it may ignore its children, and a log that nobody reads any more must not end it.
        SignalSet.useDefault(SIGCHLD)
        SignalSet.ignoreInChildren(SIGPIPE)
        // A worker that has just begun to start would die of them. It reads its configuration and opens its log anyway;
        // an upgrade is to be asked for again.
        SignalSet.ignoreInChildren(SIGHUP, SIGUSR1, SIGUSR2)
        guard let lifeline = Lifeline(), let reports = ReportPipe() else {
            self.report("cannot make a pipe: \(SystemFailure.last)")
            return 1
        }
        for socket in self.sockets { socket.setInherited(true) }
        SupervisorMark.set(in: self.home)
        var end = WorkerEnd.none
        var doubt = DiskDoubt()
        var mayGiveUp = !self.isUpgraded
        while true {
            let handover = WorkerHandover(
                sockets: self.sockets.map { ($0.name, $0.descriptor) },
                lifeline: lifeline.readEnd,
                reports: reports.writeEnd,
                previousEnd: end,
                hasDiskFailed: doubt.isThere,
                restarts: self.restartCount,
                program: self.program,
                home: self.home
            )
            guard let worker = WorkerProcess.spawn(self.arguments + ["--worker"], handover) else {
                self.report("cannot start the worker: \(SystemFailure.last)")
                // At first whoever starts it is told. Later what is missing, memory mostly, is missing for a while.
                if mayGiveUp { return 1 }
                if signals.waitForStop(milliseconds: Self.spawnPause) { return 0 }
                continue
            }
            self.policy.workerStarted(at: monotonicMilliseconds())
            doubt.workerStarted()
            end = self.wait(for: worker, signals, reports, &doubt)
            if self.isStopping || end == .exited(WorkerExit.endAll) { return 0 }
            if mayGiveUp, case .exited(WorkerExit.refusedToStart) = end { return WorkerExit.refusedToStart }
            mayGiveUp = false
            if case .exited(WorkerExit.upgrade) = end {
                self.becomeNewProgram(lifeline, reports)
                continue
            }
            let pause = self.policy.pauseAfterEnd(at: monotonicMilliseconds())
            self.restartCount += 1
            self.told = nil
            ServiceNotification.sendStatus("the worker ended (\(end.description)), the next one starts")
            self.report("worker \(worker.identifier) ended (\(end.description)); next start in \(pause) ms")
            if pause > 0, signals.waitForStop(milliseconds: pause) { return 0 }
        }
    }

    /// Runs what is installed in place of this program: the process and its sockets stay, signals that come meanwhile
    /// wait. Returns when that cannot be done; then all goes on with this program.
    private func becomeNewProgram(_ lifeline: Lifeline, _ reports: ReportPipe) {
        self.report("upgrading: going on as \(self.program)")
        lifeline.setInherited(false)
        reports.setInherited(false)
        let handover = SupervisorHandover(sockets: self.sockets.map { ($0.name, $0.descriptor) })
        ProgramFile.become(
            self.program,
            self.arguments,
            environment: inheritedEnvironment() + handover.environment(for: getpid())
        )
        self.report("cannot run \(self.program): \(SystemFailure.last); going on as before")
        lifeline.setInherited(true)
        reports.setInherited(true)
    }

    /// Passes signals on until the worker has ended.
    private mutating func wait(
        for worker: WorkerProcess,
        _ signals: SignalSet,
        _ reports: ReportPipe,
        _ doubt: inout DiskDoubt
    ) -> WorkerEnd {
        var isReady = false
        while true {
            let end = worker.reapIfEnded()
            for state in reports.take() {
                doubt.heard(state)
                self.tell(state)
                isReady = true
            }
            if let end {
                doubt.ended(end)
                return end
            }
            switch signals.wait() {
            case SIGTERM, SIGINT:
                self.isStopping = true
                self.tell(.stopping)
                worker.signal(SIGTERM)
            case SIGHUP:
                // A worker that is starting reads its configuration anyway, and does not say so.
                if !isReady { self.tell(.reloading) }
                worker.signal(SIGHUP)
            case SIGCHLD, SIGIO:
                break
            case let other:
                worker.signal(other)
            }
        }
    }

    /// Tells systemd what is news. After a stop has begun nothing is.
    private mutating func tell(_ state: WorkerState) {
        guard state != self.told, self.told != .stopping else { return }
        self.told = state
        ServiceNotification.send(state)
    }
}

/// Exit statuses with a meaning between worker and supervisor.
package enum WorkerExit {
    /// The configuration or the data forbid a start; trying again would not help. `EX_CONFIG` of sysexits.h.
    package static let refusedToStart: Int32 = 78
    /// A disk did not make last what was written. Another start may find it mended, and must write anew what is there.
    /// `EX_IOERR` of sysexits.h.
    package static let diskFailed: Int32 = 74
    /// It has stopped so that the supervisor can become the new program. Above what sysexits.h knows.
    package static let upgrade: Int32 = 79
    /// It has stopped because an administrator wants the whole program to end: so does the supervisor.
    package static let endAll: Int32 = 80
}

func monotonicMilliseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
}
