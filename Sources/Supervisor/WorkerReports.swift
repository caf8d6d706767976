internal import Glibc

/// What a worker says of itself, as the octet by which it says so.
package enum WorkerState: UInt8, Sendable {
    case ready = 0x52
    /// It reads its configuration again, or gives way to a new program; it, or the next, is ready again after.
    case reloading = 0x4C
    /// All is to end.
    case stopping = 0x53
    /// A disk did not make last what was written; this worker ends.
    case diskFailed = 0x44
}

/// How a worker says how it is: to its supervisor, or without one to systemd itself.
package struct WorkerReports: Sendable {
    /// `nil` without a supervisor.
    private let descriptor: Int32?

    package init(_ handover: WorkerHandover?) {
        self.descriptor = handover?.reports
        // What the worker starts has nothing to say there.
        if let descriptor = self.descriptor { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    }

    package func send(_ state: WorkerState) {
        guard let descriptor = self.descriptor else { return ServiceNotification.send(state) }
        // A supervisor that is gone has nobody to tell.
        _ = unsafe [state.rawValue].withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, 1) }
    }
}

/// The supervisor's end of the pipe through which workers say how they are. It is told by SIGIO that there is news.
struct ReportPipe {
    let writeEnd: Int32
    private let readEnd: Int32

    init?() {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return nil }
        self.readEnd = ends[0]
        self.writeEnd = ends[1]
        guard fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0, fcntl(ends[0], F_SETOWN, getpid()) == 0,
            fcntl(ends[0], F_SETFL, O_NONBLOCK | O_ASYNC) == 0
        else { return nil }
    }

    /// What was said since the last time, in order.
    func take() -> [WorkerState] {
        var octets = [UInt8](repeating: 0, count: 64)
        var states: [WorkerState] = []
        while true {
            let count = unsafe read(self.readEnd, &octets, octets.count)
            guard count > 0 else { return states }
            states += octets[..<count].compactMap { WorkerState(rawValue: $0) }
        }
    }

    /// Whether a program that this process becomes or starts has the write end too.
    func setInherited(_ isInherited: Bool) {
        _ = fcntl(self.writeEnd, F_SETFD, isInherited ? 0 : FD_CLOEXEC)
    }
}
