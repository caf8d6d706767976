internal import Glibc
internal import MailTypes

/// A run of a program to see whether it can do what it is asked: bounded in time and in what it may say.
package struct ProgramTrial: Sendable {
    /// Octets of output that are kept.
    private static let outputMax = 16_384
    /// Milliseconds between two looks whether a program that says nothing more has ended.
    private static let lookInterval: Int64 = 10

    package var isSuccess: Bool
    /// What the program said, both streams, or why it could not run.
    package var output: String

    /// Runs `program`, by path, and waits for its end. Blocks the caller's thread.
    ///
    /// - Parameter milliseconds: after which it is killed.
    package static func run(_ program: String, _ arguments: [String], milliseconds: Int64) -> ProgramTrial {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return Self.failure(SystemFailure.last) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let identifier = Self.spawn(program, arguments, output: ends[1])
        let reason = SystemFailure.last
        close(ends[1])
        guard let identifier else { return Self.failure("\(program) does not run: \(reason)") }
        let deadline = monotonicMilliseconds() + milliseconds
        let output = Self.read(ends[0], until: deadline)
        guard let status = Self.end(of: identifier, until: deadline) else {
            return Self.failure("\(program) did not answer within \(milliseconds / 1_000) s")
        }
        let text = String(decoding: output, as: UTF8.self).trimmingEnd
        if status == 0 { return ProgramTrial(isSuccess: true, output: text) }
        let signal = status & 0x7F
        let end = signal == 0 ? "ended with status \(status >> 8 & 0xFF)" : "was ended by signal \(signal)"
        return Self.failure(text.isEmpty ? "\(program) \(end)" : text)
    }

    private static func failure(_ reason: String) -> ProgramTrial {
        ProgramTrial(isSuccess: false, output: reason)
    }

    /// `nil` sets `errno`.
    private static func spawn(_ program: String, _ arguments: [String], output: Int32) -> pid_t? {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for stream: Int32 in [1, 2] { unsafe posix_spawn_file_actions_adddup2(&actions, output, stream) }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var identifier = pid_t()
        let status = unsafe withCStrings([program] + arguments) { argv in
            unsafe posix_spawn(&identifier, program, &actions, &attributes, argv, environ)
        }
        errno = status
        return status == 0 ? identifier : nil
    }

    /// What it says until it has closed its output.
    private static func read(_ descriptor: Int32, until deadline: Int64) -> [UInt8] {
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let left = deadline - monotonicMilliseconds()
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard left > 0, unsafe poll(&request, 1, Int32(min(left, 60_000))) >= 0 || errno == EINTR else {
                return output
            }
            guard request.revents != 0 else { continue }
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return output }
            output.append(contentsOf: chunk[..<min(count, Self.outputMax - output.count)])
        }
    }

    /// How it ended, as `waitpid` tells it; `nil` when it had to be killed.
    private static func end(of identifier: pid_t, until deadline: Int64) -> Int32? {
        var status: Int32 = 0
        while monotonicMilliseconds() < deadline {
            if unsafe waitpid(identifier, &status, WNOHANG) == identifier { return status }
            usleep(UInt32(Self.lookInterval * 1_000))
        }
        kill(identifier, SIGKILL)
        unsafe waitpid(identifier, &status, 0)
        return nil
    }
}

extension String {
    fileprivate var trimmingEnd: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return String(text)
    }
}
