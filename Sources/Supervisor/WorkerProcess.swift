internal import Glibc

/// A running worker.
struct WorkerProcess {
    let identifier: pid_t

    /// The program this process runs, also when the file it was started from has been replaced since.
    private static let ownProgram = "/proc/self/exe"

    /// Starts this process's own program with the handover in its environment and no signal blocked; `nil` sets
    /// `errno`.
    static func spawn(_ arguments: [String], _ handover: WorkerHandover) -> WorkerProcess? {
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var identifier = pid_t()
        let status = unsafe withCStrings([handover.program] + arguments) { argv in
            unsafe withCStrings(Self.environment(with: handover)) { environment in
                unsafe posix_spawn(&identifier, Self.ownProgram, nil, &attributes, argv, environment)
            }
        }
        guard status == 0 else {
            errno = status
            return nil
        }
        return WorkerProcess(identifier: identifier)
    }

    func signal(_ number: Int32) {
        kill(self.identifier, number)
    }

    /// How it ended, once; `nil` while it runs.
    func reapIfEnded() -> WorkerEnd? {
        var status: Int32 = 0
        guard unsafe waitpid(self.identifier, &status, WNOHANG) == self.identifier else { return nil }
        let signal = status & 0x7F
        return signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
    }

    private static func environment(with handover: WorkerHandover) -> [String] {
        var variables = inheritedEnvironment() + handover.environment
        // Writing a backtrace takes seconds in which nobody is served; whoever wants one asks for it.
        if !variables.contains(where: { $0.hasPrefix("SWIFT_BACKTRACE=") }) {
            variables.append("SWIFT_BACKTRACE=enable=no")
        }
        return variables
    }
}

/// A pipe whose write end only the supervisor holds: the worker reads end-of-file when the supervisor is gone.
struct Lifeline {
    let readEnd: Int32
    private let writeEnd: Int32

    init?() {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0, fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0 else { return nil }
        self.readEnd = ends[0]
        self.writeEnd = ends[1]
    }

    /// Whether a program that this process becomes or starts has the read end too.
    func setInherited(_ isInherited: Bool) {
        _ = fcntl(self.readEnd, F_SETFD, isInherited ? 0 : FD_CLOEXEC)
    }
}
