internal import Glibc
internal import MailTypes
internal import Synchronization

/// Where log lines go: standard error, or a file that can be reopened after it was moved away.
///
/// A log that cannot be written must not stop the mail. Whoever reads standard error may have stopped to; lines are
/// then left out, and counted, until it reads on.
package final class LogOutput: Sendable {
    private enum Kind {
        /// Takes everything at once.
        case file
        /// A pipe or a terminal.
        case pipe
        case socket
    }

    private struct State {
        var descriptor: Int32
        var kind: Kind
        /// Lines left out since the last that was written.
        var lost = 0
    }

    /// Milliseconds a reader may be behind before lines are left out.
    private static let patience: Int32 = 100
    /// What a pipe that has room takes without blocking: `PIPE_BUF`.
    private static let pieceMax = 4_096

    private let path: String?
    private let state: Mutex<State>

    /// - Parameter path: a file to append to; `nil` means standard error.
    package init(path: String?) {
        self.path = path
        let descriptor = path.map(Self.open) ?? 2
        self.state = Mutex(State(descriptor: descriptor, kind: Self.kind(of: descriptor)))
    }

    /// Writes a whole line with one system call if it is not long, so that lines of several threads do not mix.
    ///
    /// - Returns: how many lines were left out before this one, when it was written; each is told of once.
    @discardableResult
    package func write(_ line: [UInt8]) -> Int {
        self.state.withLock { state in
            guard unsafe line.withUnsafeBytes({ unsafe Self.write($0, state) }) else {
                state.lost += 1
                return 0
            }
            defer { state.lost = 0 }
            return state.lost
        }
    }

    /// Opens the file anew, for log rotation.
    package func reopen() {
        guard let path = self.path else { return }
        self.state.withLock { state in
            let fresh = Self.open(path)
            if state.descriptor > 2 { close(state.descriptor) }
            state.descriptor = fresh
            state.kind = Self.kind(of: fresh)
        }
    }

    /// - Returns: `false` when nobody takes it.
    private static func write(_ bytes: UnsafeRawBufferPointer, _ state: State) -> Bool {
        var rest = unsafe bytes[...]
        while unsafe !rest.isEmpty {
            guard Self.hasRoom(state) else { return false }
            let piece = unsafe UnsafeRawBufferPointer(rebasing: rest.prefix(state.kind == .pipe ? Self.pieceMax : .max))
            let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
            let count =
                state.kind == .socket
                ? unsafe send(state.descriptor, piece.baseAddress, piece.count, flags)
                : unsafe Glibc.write(state.descriptor, piece.baseAddress, piece.count)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            // A full disk, or nobody at the other end for good: there is nobody left to tell.
            guard count > 0 else { return true }
            unsafe rest = rest.dropFirst(count)
        }
        return true
    }

    private static func hasRoom(_ state: State) -> Bool {
        guard state.kind != .file else { return true }
        var request = pollfd(fd: state.descriptor, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&request, 1, state.lost == 0 ? Self.patience : 0) != 0
    }

    private static func kind(of descriptor: Int32) -> Kind {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return .file }
        switch status.st_mode & S_IFMT {
        case S_IFSOCK: return .socket
        case S_IFIFO, S_IFCHR: return .pipe
        default: return .file
        }
    }

    /// Falls back to standard error when the file cannot be opened, and says so there.
    private static func open(_ path: String) -> Int32 {
        let descriptor = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        if descriptor >= 0 { return descriptor }
        let notice = Array("martlet: cannot open the log \(path): \(SystemFailure.last); it goes on here\n".utf8)
        let state = State(descriptor: 2, kind: Self.kind(of: 2))
        _ = unsafe notice.withUnsafeBytes { unsafe Self.write($0, state) }
        return 2
    }
}
