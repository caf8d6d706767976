internal import Glibc

/// Holds the listening sockets and keeps a worker running on them, so that the death of a worker refuses nobody.
///
/// It opens the sockets once, starts the worker with them and waits for signals. While a worker is dead or starting,
/// connections wait in the kernel's backlog. It never reads a byte from a peer, which is why it has nothing to die of.
///
///     start ──▶ running ──worker ended unasked──▶ (pause) ──▶ running
///                  └──SIGTERM, SIGINT──▶ stopping ──worker ended──▶ done
///
/// SIGHUP (reload) and SIGUSR1 (reopen logs) are passed on to the worker.
package struct Supervisor {
    private let executable: String
    private let arguments: [String]
    private let sockets: [BoundSocket]
    private let report: (String) -> Void
    private var policy = RestartPolicy()
    private var isStopping = false

    /// - Parameters:
    ///   - executable: the program to run as worker, by path.
    ///   - arguments: its arguments without the program's name.
    ///   - report: called with a line for the log at each start and end of a worker.
    /// - Throws: ``SocketError`` when an address cannot be bound.
    package init(
        executable: String,
        arguments: [String],
        addresses: [SupervisedAddress],
        report: @escaping (String) -> Void
    ) throws(SocketError) {
        self.executable = executable
        self.arguments = arguments
        self.report = report
        var sockets: [BoundSocket] = []
        for address in addresses { sockets.append(try BoundSocket(address)) }
        self.sockets = sockets
    }

    /// Runs until asked to stop.
    ///
    /// - Returns: the exit status for the process: 0 after a stop that was asked for, the worker's own when it refused
    ///   to start (it exits with ``WorkerExit/refusedToStart`` before it is ready).
    package mutating func run() -> Int32 {
        let signals = SignalSet(SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR1)
        signals.block()
        guard let lifeline = Lifeline() else {
            self.report("cannot make a pipe: \(lastError())")
            return 1
        }
        var end = WorkerEnd.none
        var isFirst = true
        while true {
            let handover = WorkerHandover(
                sockets: self.sockets.map { ($0.name, $0.descriptor) },
                lifeline: lifeline.readEnd,
                previousEnd: end
            )
            guard let worker = WorkerProcess.spawn(self.executable, self.arguments, handover) else {
                self.report("cannot start the worker: \(lastError())")
                return 1
            }
            self.policy.workerStarted(at: monotonicMilliseconds())
            end = self.wait(for: worker, signals)
            if self.isStopping { return 0 }
            if isFirst, case .exited(let status) = end, status == WorkerExit.refusedToStart { return status }
            isFirst = false
            let pause = self.policy.pauseAfterEnd(at: monotonicMilliseconds())
            self.report("worker \(worker.identifier) ended (\(end.description)); next start in \(pause) ms")
            if pause > 0, signals.waitForStop(milliseconds: pause) { return 0 }
        }
    }

    /// Passes signals on until the worker has ended.
    private mutating func wait(for worker: WorkerProcess, _ signals: SignalSet) -> WorkerEnd {
        while true {
            if let end = worker.reapIfEnded() { return end }
            switch signals.wait() {
            case SIGTERM, SIGINT:
                self.isStopping = true
                worker.signal(SIGTERM)
            case SIGHUP:
                worker.signal(SIGHUP)
            case SIGUSR1:
                worker.signal(SIGUSR1)
            default:
                break
            }
        }
    }
}

/// Exit statuses with a meaning between worker and supervisor.
package enum WorkerExit {
    /// The configuration or the data forbid a start; trying again would not help. `EX_CONFIG` of sysexits.h.
    package static let refusedToStart: Int32 = 78
}

func lastError() -> String {
    let number = errno
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: text)
}

func monotonicMilliseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
}
