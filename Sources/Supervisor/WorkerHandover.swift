internal import Glibc

/// What the supervisor tells a new worker through its environment, and how the worker reads it.
package struct WorkerHandover: Sendable {
    /// Listening sockets by listener name, in the order of the configuration.
    package var sockets: [(name: String, descriptor: Int32)]
    /// Reads end-of-file when the supervisor is gone; the worker then stops.
    package var lifeline: Int32
    /// Where the worker says how it is.
    package var reports: Int32
    /// How the worker before ended.
    package var previousEnd: WorkerEnd
    /// Whether what workers before wrote may be in memory only.
    package var hasDiskFailed: Bool
    /// How many workers have ended unasked since the supervisor, or the program it was upgraded to, began.
    package var restarts: Int
    /// The path at which an upgrade finds the new program.
    package var program: String
    /// The data folder, for a worker that cannot read where it is.
    package var home: String

    init(
        sockets: [(String, Int32)],
        lifeline: Int32,
        reports: Int32,
        previousEnd: WorkerEnd,
        hasDiskFailed: Bool,
        restarts: Int,
        program: String,
        home: String
    ) {
        self.sockets = sockets.map { (name: $0.0, descriptor: $0.1) }
        self.lifeline = lifeline
        self.reports = reports
        self.previousEnd = previousEnd
        self.hasDiskFailed = hasDiskFailed
        self.restarts = restarts
        self.program = program
        self.home = home
    }

    private static let socketsKey = "MARTLET_SOCKETS"
    private static let lifelineKey = "MARTLET_LIFELINE"
    private static let reportsKey = "MARTLET_REPORTS"
    private static let restartsKey = "MARTLET_RESTARTS"
    private static let previousEndKey = "MARTLET_PREVIOUS_END"
    private static let diskFailedKey = "MARTLET_DISK_FAILED"
    private static let programKey = "MARTLET_PROGRAM"
    private static let homeKey = "MARTLET_DATA"
    static let keys: Set = [
        socketsKey, lifelineKey, reportsKey, previousEndKey, diskFailedKey, restartsKey, programKey, homeKey,
    ]

    /// `NAME=value` strings for the worker's environment.
    var environment: [String] {
        [
            "\(Self.socketsKey)=\(SocketList.text(self.sockets))",
            "\(Self.lifelineKey)=\(self.lifeline)",
            "\(Self.reportsKey)=\(self.reports)",
            "\(Self.restartsKey)=\(self.restarts)",
            "\(Self.previousEndKey)=\(self.previousEnd.description)",
            "\(Self.diskFailedKey)=\(self.hasDiskFailed ? 1 : 0)",
            "\(Self.programKey)=\(self.program)",
            "\(Self.homeKey)=\(self.home)",
        ]
    }

    /// Reads what a supervisor left in this process's environment; `nil` when there is no supervisor.
    package static func received() -> WorkerHandover? {
        self.init(reading: environmentValue)
    }

    init?(reading value: (String) -> String?) {
        guard let sockets = value(Self.socketsKey), let lifeline = value(Self.lifelineKey).flatMap({ Int32($0) }),
            let reports = value(Self.reportsKey).flatMap({ Int32($0) })
        else { return nil }
        self.lifeline = lifeline
        self.reports = reports
        self.restarts = value(Self.restartsKey).flatMap { Int($0) } ?? 0
        self.previousEnd = WorkerEnd(value(Self.previousEndKey) ?? "") ?? .none
        self.hasDiskFailed = value(Self.diskFailedKey) == "1"
        self.program = value(Self.programKey) ?? ""
        self.home = value(Self.homeKey) ?? ""
        self.sockets = SocketList.sockets(sockets)
    }
}

/// How a worker ended.
package enum WorkerEnd: Hashable, Sendable, CustomStringConvertible {
    /// There was no worker before.
    case none
    case exited(Int32)
    case signalled(Int32)

    package var description: String {
        switch self {
        case .none: "none"
        case .exited(let status): "exit \(status)"
        case .signalled(let signal): "signal \(signal)"
        }
    }

    init?(_ text: String) {
        let words = text.split(separator: " ")
        switch (words.first, words.count == 2 ? Int32(words[1]) : nil) {
        case ("none", nil): self = .none
        case ("exit", let status?): self = .exited(status)
        case ("signal", let signal?): self = .signalled(signal)
        default: return nil
        }
    }

    /// The signal, when it is one that faulty code raises: traps, bad memory, aborts. `nil` for a kill from outside.
    package var crashSignal: Int32? {
        guard case .signalled(let signal) = self,
            [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS].contains(signal)
        else { return nil }
        return signal
    }
}
