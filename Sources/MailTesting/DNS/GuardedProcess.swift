internal import Glibc

/// A server beside a test: it ends when it is told to, and also when the test's process ends, however that ends.
///
/// A shell guards it and reads from a socket whose other end only the test's process holds.
final class GuardedProcess: Sendable {
    private let identifier: pid_t
    private let lifeline: Int32

    /// - Parameter command: the program's whole path and its arguments.
    init(_ command: [String]) throws {
        var ends: [Int32] = [-1, -1]
        // Close-on-exec from the start, or a server that is started meanwhile would hold the end of this one's life.
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw TestToolError("no sockets can be made") }
        defer { close(ends[0]) }
        self.lifeline = ends[1]
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // Tests run on threads that block signals; who inherits that cannot be ended.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        for output: Int32 in [1, 2] {
            unsafe posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0)
        }
        let guardScript = "\"$0\" \"$@\" </dev/null & server=$!; read -r _; kill $server; wait $server"
        var identifier = pid_t()
        let status = unsafe Self.withCStrings(["/bin/sh", "-c", guardScript] + command) { argv in
            unsafe posix_spawn(&identifier, "/bin/sh", &actions, &attributes, argv, environ)
        }
        guard status == 0 else {
            close(ends[1])
            throw TestToolError("/bin/sh does not start: error \(status)")
        }
        self.identifier = identifier
    }

    /// Ends the server and waits until it is gone. Once only.
    func stop() {
        close(self.lifeline)
        waitpid(self.identifier, nil, 0)
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
