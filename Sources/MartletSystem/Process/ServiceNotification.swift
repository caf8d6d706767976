internal import Glibc

/// Tells systemd how the service is (`sd_notify`), when systemd asked to be told; otherwise does nothing.
enum ServiceNotification {
    /// The service is away for a moment and comes back with `READY=1`.
    static func sendReloading() {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        Self.send("RELOADING=1\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1_000)")
    }

    /// - Parameter state: lines such as `READY=1`, `RELOADING=1`, `STOPPING=1`, `STATUS=…`.
    static func send(_ state: String) {
        guard let variable = unsafe getenv("NOTIFY_SOCKET") else { return }
        var path = unsafe Array(String(cString: variable).utf8)
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
        let message = Array(state.utf8)
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                // systemd not listening is its own concern.
                _ = unsafe sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), name, size)
            }
        }
    }
}
