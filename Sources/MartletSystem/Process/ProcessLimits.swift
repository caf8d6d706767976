internal import Glibc

/// What the system lets the process have.
package enum ProcessLimits {
    /// Raises the number of descriptors the process may have open as far as it may. Many systems give 1,024 at first,
    /// for programs that can handle no more; each connection takes one.
    package static func raise() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        // Without it there are fewer connections, which the log tells of when it comes to that.
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Descriptors that connections of clients leave to the rest, at most: some seventy are open at rest, 200
    /// connections go out, and messages are files while they are received and read.
    private static let reservedMax = 384

    /// Connections of clients for which there are descriptors.
    package static var connectionsMax: Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            let descriptors = Int(exactly: limit.rlim_cur)
        else { return .max }
        return descriptors - min(descriptors / 2, self.reservedMax)
    }
}
