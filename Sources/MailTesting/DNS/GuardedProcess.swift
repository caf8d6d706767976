internal import Glibc

/// A server beside a test: it ends when it is told to, and also when the test's process ends, however that ends.
///
/// A shell guards it and reads from a socket whose other end only the test's process holds.
final class GuardedProcess: Sendable {
    private let shell: ChildProcess
    private let lifeline: Int32

    /// - Parameter command: the program's whole path and its arguments.
    init(_ command: [String]) throws {
        var ends: [Int32] = [-1, -1]
        // Close-on-exec from the start, or a server that is started meanwhile would hold the end of this one's life.
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw TestToolError("no sockets can be made") }
        defer { close(ends[0]) }
        self.lifeline = ends[1]
        let guardScript = "\"$0\" \"$@\" </dev/null & server=$!; read -r _; kill $server; wait $server"
        do {
            self.shell = try ChildProcess(
                ["/bin/sh", "-c", guardScript] + command,
                input: .descriptor(ends[0]),
                output: .nothing,
                errors: .nothing
            )
        } catch {
            close(ends[1])
            throw error
        }
    }

    /// Ends the server and waits until it is gone. Once only.
    func stop() {
        close(self.lifeline)
        self.shell.wait()
    }
}
