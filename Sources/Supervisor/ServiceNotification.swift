internal import Glibc

/// Tells systemd how the service is (`sd_notify`), when systemd asked to be told; otherwise does nothing.
///
/// It believes only the process it has started, which is the supervisor, or a worker that runs without one.
package enum ServiceNotification {
    package static func send(_ state: WorkerState) {
        switch state {
        case .ready: Self.send("READY=1\nSTATUS=serving\nMAINPID=\(getpid())")
        case .reloading: Self.send("RELOADING=1\nMONOTONIC_USEC=\(Self.monotonicMicroseconds)\nSTATUS=reloading")
        case .stopping: Self.send("STOPPING=1\nSTATUS=stopping")
        case .diskFailed: Self.send("STATUS=a disk failed")
        }
    }

    /// A line for the administrator.
    static func sendStatus(_ text: String) {
        Self.send("STATUS=\(text)")
    }

    private static var monotonicMicroseconds: Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
    }

    private static func send(_ message: String) {
        guard let variable = environmentValue("NOTIFY_SOCKET") else { return }
        var path = Array(variable.utf8)
        guard let first = path.first else { return }
        // A name that starts with @ is in the abstract namespace, where the first octet is zero.
        if first == UInt8(ascii: "@") { path[0] = 0 }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let octets = Array(message.utf8)
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                // systemd not listening is its own concern.
                _ = unsafe sendto(descriptor, octets, octets.count, Int32(MSG_NOSIGNAL), name, size)
            }
        }
    }
}
