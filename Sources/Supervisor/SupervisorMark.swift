internal import Glibc

/// Says of a data folder that a supervisor sees to it, also while it has no worker: a record lock on the folder's lock
/// file, which the system drops when the process ends or another program takes its place.
///
/// Workers lock the same file in another way (`flock`), and neither sees the other's lock.
package enum SupervisorMark {
    /// The name of the lock file in a data folder.
    package static let fileName = "lock"

    /// Sets the mark for as long as this program runs; the folder is made if it is not there. Where that cannot be
    /// done commands do without: the worker will say what is wrong with the folder.
    static func set(in home: String) {
        unsafe mkdir(home, 0o750)
        let descriptor = unsafe open("\(home)/\(Self.fileName)", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        var lock = Self.first
        // Never closed: with any descriptor of the file the lock would go.
        _ = unsafe fcntl(descriptor, F_SETLK, &lock)
    }

    /// The supervisor of a data folder; `nil` when there is none, or whoever asks may not know.
    package static func process(in home: String) -> Int32? {
        let descriptor = unsafe open("\(home)/\(Self.fileName)", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var lock = Self.first
        guard unsafe fcntl(descriptor, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK) else { return nil }
        // No number: it runs where processes are counted in another way, as in another container. Signals to 0 and -1
        // would go to many.
        return lock.l_pid > 0 ? lock.l_pid : nil
    }

    /// A lock of the file's first octet, whether it has one or not.
    private static var first: flock {
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_len = 1
        return lock
    }
}
