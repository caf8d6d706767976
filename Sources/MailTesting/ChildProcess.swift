package import Glibc
internal import Synchronization

/// A program started by a test. Its end is waited for here and by nobody else: Foundation's own way misses an end now
/// and then, and has crashed, when many programs come and go at once.
package final class ChildProcess: Sendable {
    /// What a program's standard input, output and errors are.
    package enum Stream: Sendable {
        case nothing
        /// The caller's, who closes its own end after the start.
        case descriptor(Int32)
    }

    package let identifier: pid_t
    private let status = Mutex<Int32?>(nil)

    /// - Parameters:
    ///   - arguments: the program's path first, or its name where `PATH` finds it.
    ///   - folder: where it works.
    package init(
        _ arguments: [String],
        in folder: String? = nil,
        input: Stream = .nothing,
        output: Stream,
        errors: Stream
    ) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in [(Int32(0), input), (1, output), (2, errors)] {
            switch stream {
            case .nothing:
                unsafe posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
            case .descriptor(let descriptor):
                unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, number)
            }
        }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // Tests run on threads that block signals; who inherits that cannot be ended.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let arguments = (folder.map { ["/usr/bin/env", "-C", $0] } ?? []) + arguments
        var identifier = pid_t()
        let result = unsafe Self.withCStrings(arguments) { argv in
            unsafe posix_spawnp(&identifier, arguments[0], &actions, &attributes, argv, environ)
        }
        guard result == 0 else { throw TestToolError("\(arguments[0]) does not start: error \(result)") }
        self.identifier = identifier
    }

    package var isRunning: Bool {
        self.status.withLock { status in
            if status == nil { self.reap(WNOHANG, &status) }
            return status == nil
        }
    }

    /// Waits for its end.
    ///
    /// - Returns: its exit status; 128 and the signal's number when a signal ended it.
    @discardableResult
    package func wait() -> Int32 {
        let status = self.status.withLock { status -> Int32 in
            while status == nil { self.reap(0, &status) }
            return status ?? 0
        }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }

    private func reap(_ options: Int32, _ result: inout Int32?) {
        var status: Int32 = 0
        if unsafe waitpid(self.identifier, &status, options) == self.identifier { result = status }
    }

    /// Calls `body` with a null-terminated array of C strings.
    private static func withCStrings<R>(
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
}
