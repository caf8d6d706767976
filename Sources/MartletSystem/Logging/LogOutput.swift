internal import Glibc
internal import Synchronization

/// Where log lines go: standard error, or a file that can be reopened after it was moved away.
package final class LogOutput: Sendable {
    private let path: String?
    private let descriptor: Mutex<Int32>

    /// - Parameter path: a file to append to; `nil` means standard error.
    package init(path: String?) {
        self.path = path
        self.descriptor = Mutex(path.map(Self.open) ?? 2)
    }

    /// Writes a whole line with one system call, so that lines of several threads do not mix.
    package func write(_ line: [UInt8]) {
        self.descriptor.withLock { descriptor in
            // A log that cannot be written must not stop the mail; there is nobody left to tell.
            _ = unsafe line.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        }
    }

    /// Opens the file anew, for log rotation.
    package func reopen() {
        guard let path = self.path else { return }
        self.descriptor.withLock { descriptor in
            let fresh = Self.open(path)
            if descriptor > 2 { close(descriptor) }
            descriptor = fresh
        }
    }

    /// Falls back to standard error when the file cannot be opened.
    private static func open(_ path: String) -> Int32 {
        let descriptor = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        return descriptor >= 0 ? descriptor : 2
    }
}
