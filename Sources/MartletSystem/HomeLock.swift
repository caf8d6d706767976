internal import Glibc
internal import MailTypes
internal import Supervisor

/// Makes sure that one process at a time works on a data folder.
package final class HomeLock: Sendable {
    static let fileName = SupervisorMark.fileName

    private let descriptor: Int32

    /// Milliseconds to wait for another process to let go: a worker that is ending, a command that is being carried
    /// out.
    private static let patience = 10_000

    /// - Throws: ``SystemError`` when another process keeps the folder, or it cannot be used.
    package init(folder: String) throws {
        if unsafe mkdir(folder, 0o750) != 0, errno != EEXIST {
            throw SystemError("cannot make the data folder \(folder): \(SystemFailure.last)")
        }
        let path = "\(folder)/\(Self.fileName)"
        self.descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard self.descriptor >= 0 else { throw SystemError("cannot open \(path): \(SystemFailure.last)") }
        var waited = 0
        while flock(self.descriptor, LOCK_EX | LOCK_NB) != 0, waited < Self.patience {
            usleep(10_000)
            waited += 10
        }
        guard waited < Self.patience else {
            close(self.descriptor)
            throw SystemError("another Martlet works on \(folder); stop it first (martlet stop)")
        }
    }

    package func release() {
        flock(self.descriptor, LOCK_UN)
        close(self.descriptor)
    }
}
