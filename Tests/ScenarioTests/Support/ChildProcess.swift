import Foundation

/// A program started by a test. Its end is waited for here and by nobody else: Foundation's own way of waiting misses
/// an end now and then when many processes come and go.
final class ChildProcess {
    let identifier: pid_t
    private var status: Int32?

    /// - Parameters:
    ///   - arguments: the program's path first, or its name where `env` finds it.
    ///   - input: where it reads; nothing when absent.
    ///   - output: where both its output and its errors go.
    init(_ arguments: [String], input: FileHandle? = nil, output: FileHandle) throws {
        // What other tests start meanwhile must not hold an end of these open.
        for handle in [input, output] { _ = handle.map { fcntl($0.fileDescriptor, F_SETFD, FD_CLOEXEC) } }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let input {
            unsafe posix_spawn_file_actions_adddup2(&actions, input.fileDescriptor, 0)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, output.fileDescriptor, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, output.fileDescriptor, 2)
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
        var identifier = pid_t()
        let result = unsafe posix_spawnp(&identifier, arguments[0], &actions, nil, &pointers, environ)
        guard result == 0 else { throw ScenarioFailure("cannot start \(arguments[0]): error \(result)") }
        self.identifier = identifier
    }

    var isRunning: Bool {
        if self.status == nil { self.reap(WNOHANG) }
        return self.status == nil
    }

    /// Waits for its end.
    ///
    /// - Returns: its exit status; 128 and the signal's number when a signal ended it.
    @discardableResult
    func wait() -> Int32 {
        while self.status == nil { self.reap(0) }
        let status = self.status ?? 0
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }

    private func reap(_ options: Int32) {
        var status: Int32 = 0
        if unsafe waitpid(self.identifier, &status, options) == self.identifier { self.status = status }
    }
}
