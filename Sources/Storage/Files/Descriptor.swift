internal import CFiles
internal import Glibc
internal import MailTypes

/// A file descriptor and the calls on it, with errors as ``StorageError``. Whoever opens one closes it.
struct Descriptor: Sendable {
    let number: Int32

    enum Purpose {
        case reading
        /// A new file; it is an error if the name exists.
        case creating
        /// An existing or new file, its content kept.
        case updating
    }

    static func open(_ path: String, _ purpose: Purpose, mode: mode_t = 0o600) throws(StorageError) -> Descriptor {
        let flags =
            switch purpose {
            case .reading: O_RDONLY
            case .creating: O_WRONLY | O_CREAT | O_EXCL
            case .updating: O_RDWR | O_CREAT
            }
        let number = unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
        guard number >= 0 else { throw Self.error("open", path) }
        return Descriptor(number: number)
    }

    func close() {
        _ = Glibc.close(self.number)
    }

    /// Octets in the file.
    func size() throws(StorageError) -> Int {
        var status = stat()
        guard unsafe fstat(self.number, &status) == 0 else { throw Self.error("stat") }
        return Int(status.st_size)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        var offset = 0
        while offset < bytes.count {
            let start = unsafe bytes.baseAddress.map { unsafe $0 + offset }
            let count = unsafe Glibc.write(self.number, start, bytes.count - offset)
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.error("write")
            }
            offset += count
        }
    }

    /// Writes one behind the other, in one call if the system takes them so.
    func write(_ first: UnsafeRawBufferPointer, then second: UnsafeRawBufferPointer) throws(StorageError) {
        var written = 0
        while written < first.count {
            let left = unsafe UnsafeMutableRawPointer(mutating: first.baseAddress.map { unsafe $0 + written })
            var pieces = unsafe (
                iovec(iov_base: left, iov_len: first.count - written),
                iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count)
            )
            let count = unsafe withUnsafeBytes(of: &pieces) { pieces in
                unsafe writev(self.number, pieces.baseAddress?.assumingMemoryBound(to: iovec.self), 2)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.error("write")
            }
            written += count
        }
        try unsafe self.write(UnsafeRawBufferPointer(rebasing: second[(written - first.count)...]))
    }

    func write(_ bytes: UnsafeRawBufferPointer, at start: Int) throws(StorageError) {
        var offset = 0
        while offset < bytes.count {
            let count = unsafe pwrite(
                self.number,
                bytes.baseAddress.map { unsafe $0 + offset },
                bytes.count - offset,
                start + offset
            )
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.error("write")
            }
            offset += count
        }
    }

    /// Reads so many octets as there is room for.
    ///
    /// - Parameter path: what an error calls the file.
    func read(into room: UnsafeMutableRawBufferPointer, at start: Int, _ path: String) throws(StorageError) {
        var offset = 0
        while offset < room.count {
            let count = unsafe pread(
                self.number,
                room.baseAddress.map { unsafe $0 + offset },
                room.count - offset,
                start + offset
            )
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Self.error("read", path) }
            guard count > 0 else { throw StorageError(.io, "read", "\(path): it was cut short") }
            offset += count
        }
    }

    /// The four octets at `start` as a number, most significant first; 0 behind the end.
    ///
    /// - Parameter path: what an error calls the file.
    func number(at start: Int, of path: String) throws(StorageError) -> UInt32 {
        var octets = UInt32(0)
        let count = unsafe withUnsafeMutableBytes(of: &octets) { unsafe pread(self.number, $0.baseAddress, 4, start) }
        guard count >= 0 else { throw Self.error("read", path) }
        return count == 4 ? UInt32(bigEndian: octets) : 0
    }

    /// Has the disk begin with these octets, as far as the system holds them; promises nothing.
    func beginWritingOut(from start: Int, to end: Int) {
        files_begin_writing_out(self.number, start, end - start)
    }

    /// Waits until the file's bytes are on the disk.
    func syncData() throws(StorageError) {
        guard fdatasync(self.number) == 0 else { throw Self.error("fdatasync") }
    }

    /// Takes the file for this process; it is free again when the process ends, however it ends.
    func lockExclusively() -> Bool {
        flock(self.number, LOCK_EX | LOCK_NB) == 0
    }

    /// Lets go of ``lockExclusively()`` at once. Closing alone does not while a child that is being started still has
    /// the descriptor, as it does until its `exec`.
    func unlockAndClose() {
        _ = flock(self.number, LOCK_UN)
        self.close()
    }

    static func error(_ operation: StaticString, _ path: String = "") -> StorageError {
        let number = errno
        let text = SystemFailure.text(number)
        return StorageError(Self.code(for: number), operation, path.isEmpty ? text : "\(path): \(text)")
    }

    static func code(for number: Int32) -> StorageError.Code {
        switch number {
        case ENOSPC, EDQUOT: .diskFull
        case EROFS, EACCES, EPERM: .readOnly
        case ENOENT: .missing
        case EXDEV: .crossDevice
        case EMFILE, ENFILE, ENOMEM: .exhausted
        default: .io
        }
    }
}
