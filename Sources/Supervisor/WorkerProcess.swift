internal import Glibc

/// A running worker.
struct WorkerProcess {
    let identifier: pid_t

    /// Starts `executable` with the handover in its environment and no signal blocked; `nil` sets `errno`.
    static func spawn(_ executable: String, _ arguments: [String], _ handover: WorkerHandover) -> WorkerProcess? {
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var identifier = pid_t()
        let status = unsafe withCStrings([executable] + arguments) { argv in
            unsafe withCStrings(Self.inheritedEnvironment() + handover.environment) { environment in
                unsafe posix_spawn(&identifier, executable, nil, &attributes, argv, environment)
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

    /// This process's environment without what a supervisor above it may have left there.
    private static func inheritedEnvironment() -> [String] {
        var variables: [String] = []
        var next = unsafe environ
        while let variable = unsafe next.pointee {
            let text = unsafe String(cString: variable)
            let isHandover = ["MARTLET_SOCKETS=", "MARTLET_LIFELINE=", "MARTLET_PREVIOUS_END="]
                .contains { text.hasPrefix($0) }
            if !isHandover { variables.append(text) }
            unsafe next += 1
        }
        // Writing a backtrace takes seconds in which nobody is served; whoever wants one asks for it.
        if !variables.contains(where: { $0.hasPrefix("SWIFT_BACKTRACE=") }) {
            variables.append("SWIFT_BACKTRACE=enable=no")
        }
        return variables
    }
}

/// Calls `body` with a null-terminated array of C strings.
private func withCStrings<R>(
    _ strings: [String],
    _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe strings.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
    return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("the array holds at least its end mark") }
        return unsafe body(base)
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
}
