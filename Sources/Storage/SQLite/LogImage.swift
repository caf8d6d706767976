internal import CSQLite
internal import Glibc
internal import Synchronization

/// What was written into a write-ahead log since it started over, in memory, and the descriptor by which that memory
/// goes to the disk past the system's file cache.
///
/// A commit is on the disk before anybody hears of it, so that the cache's copy of it is work for nothing: taking the
/// pages in, giving them out and looking after both is a third of what a sync costs the processor. But readers look for
/// new mail in the log, and what the cache does not have they would fetch from the disk. They find it here.
///
/// **Who may do what.** One writer's connection writes, at the end or over what it has written itself. Any connection
/// of the process reads what SQLite has told it of, which the writer has written before. The log starts over only when
/// nobody reads it. All of this SQLite's own locks see to.
@safe
final class LogImage: @unchecked Sendable {
    // @unchecked: the memory stands still for the life of the image, and who may look where is said above.

    /// Octets kept; what lies behind them in a log that grows longer is in the file only.
    static let capacity: Int64 = 32 << 20
    /// What the disk wants to be given in one piece, where it does not do with ``sector``.
    private static let block: Int64 = 4_096
    private static let sector: Int64 = 512

    private let memory: UnsafeMutableRawPointer
    /// The part that is here; empty until something is written. Only the writer changes it.
    private let begin = Atomic<Int64>(0)
    private let end = Atomic<Int64>(0)
    private let descriptor: Int32
    private let file: File
    private var alignment = LogImage.sector

    private init(memory: UnsafeMutableRawPointer, descriptor: Int32, file: File) {
        unsafe self.memory = memory
        self.descriptor = descriptor
        self.file = file
    }

    deinit {
        unsafe munmap(self.memory, Int(Self.capacity))
        _ = close(self.descriptor)
    }

    // MARK: Reading

    /// Copies octets of the log, if they are all here.
    func read(into target: UnsafeMutableRawPointer, count: Int, at offset: Int64) -> Bool {
        guard offset + Int64(count) <= self.end.load(ordering: .acquiring),
            offset >= self.begin.load(ordering: .relaxed)
        else { return false }
        unsafe target.copyMemory(from: self.memory + Int(offset), byteCount: count)
        return true
    }

    // MARK: Writing

    /// Takes octets of the log in, to be written by ``write(from:to:)``.
    ///
    /// - Parameter readBack: gets what the file has between two offsets, to stand before the first octets taken in.
    /// - Returns: whether they have a place here; none have those of which the neighbours are not here.
    func take(
        _ octets: UnsafeRawPointer,
        count: Int,
        at offset: Int64,
        readBack: (UnsafeMutableRawPointer, Range<Int64>) -> Bool
    ) -> Bool {
        let (begin, end) = (self.begin.load(ordering: .relaxed), self.end.load(ordering: .relaxed))
        guard offset + Int64(count) <= Self.capacity else {
            // What begins here and ends in the file only shares a sector with what is here, and is written with it.
            if offset < Self.capacity, begin <= offset, offset <= end {
                let part = Int(Self.capacity - offset)
                unsafe (self.memory + Int(offset)).copyMemory(from: octets, byteCount: part)
            }
            return false
        }
        let isFirst = offset == 0 || begin == end
        if isFirst {
            let first = offset & -Self.block
            self.end.store(0, ordering: .relaxed)
            if first < offset, unsafe !readBack(self.memory + Int(first), first..<offset) { return false }
            self.begin.store(first, ordering: .releasing)
        } else if offset < begin || offset > end {
            // What is here and written over elsewhere would be read as it was.
            if offset < end, offset + Int64(count) > begin { self.empty() }
            return false
        }
        unsafe (self.memory + Int(offset)).copyMemory(from: octets, byteCount: count)
        let last = offset + Int64(count)
        if isFirst || last > end { self.end.store(last, ordering: .releasing) }
        return true
    }

    var isEmpty: Bool { self.end.load(ordering: .relaxed) == self.begin.load(ordering: .relaxed) }

    /// Nothing is here any more.
    func empty() {
        self.end.store(0, ordering: .relaxed)
        self.begin.store(0, ordering: .relaxed)
    }

    /// Writes a part of what is here to the disk, past the system's file cache, with as much around it as makes whole
    /// sectors: before it the log as it is, behind its end octets that nobody reads.
    ///
    /// - Returns: the system's error; 0 when all is written.
    func write(from first: Int64, to last: Int64) -> Int32 {
        while true {
            var position = first & -self.alignment
            let stop = (last + self.alignment - 1) & -self.alignment
            var error: Int32 = 0
            while position < stop, error == 0 {
                let octets = UnsafeRawPointer(unsafe self.memory + Int(position))
                let count = unsafe pwrite(self.descriptor, octets, Int(stop - position), off_t(position))
                if count < 0 {
                    if errno != EINTR { error = errno }
                    continue
                }
                // What is written in part goes on where a sector begins; not even one is where the room ends.
                let next = (position + Int64(count)) & -self.alignment
                if next == position { error = ENOSPC }
                position = next
            }
            guard error == EINVAL, self.accommodate() else { return error }
        }
    }

    /// Hands over a part of what is here for the system's file cache, with as much around it as makes whole pages: one
    /// that is written in part only would be read from the disk first.
    func withPages<R>(from first: Int64, to last: Int64, _ write: (UnsafeRawBufferPointer, Int64) -> R) -> R {
        let position = first & -Self.block
        let stop = (last + Self.block - 1) & -Self.block
        let octets = UnsafeRawPointer(unsafe self.memory + Int(position))
        return unsafe write(UnsafeRawBufferPointer(start: octets, count: Int(stop - position)), position)
    }

    /// The disk or the file system wants larger blocks, or none of this.
    private func accommodate() -> Bool {
        if self.alignment < Self.block {
            self.alignment = Self.block
            return true
        }
        let flags = fcntl(self.descriptor, F_GETFL)
        guard flags >= 0, flags & sqlite_past_the_cache != 0 else { return false }
        return fcntl(self.descriptor, F_SETFL, flags & ~sqlite_past_the_cache) == 0
    }
}

// MARK: - All of the process

extension LogImage {
    private struct File: Hashable {
        let device: dev_t
        let number: ino_t
    }

    private struct Shared {
        let image: LogImage
        var users = 1
    }

    private static let all = Mutex<[File: Shared]>([:])

    /// The image of the file, which all its connections share; each of them ends its use with ``release()``.
    ///
    /// - Returns: `nil` when there is no such file or no memory.
    static func of(_ path: UnsafePointer<CChar>) -> LogImage? {
        let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW
        var descriptor = unsafe open(path, flags | sqlite_past_the_cache)
        // Not every file system knows how.
        if descriptor < 0, errno == EINVAL { descriptor = unsafe open(path, flags) }
        var status = stat()
        guard descriptor >= 0, unsafe fstat(descriptor, &status) == 0 else {
            _ = close(descriptor)
            return nil
        }
        let file = File(device: status.st_dev, number: status.st_ino)
        return Self.all.withLock { all in
            if let image = all[file]?.image {
                all[file]?.users += 1
                _ = close(descriptor)
                return image
            }
            guard let image = Self.make(file, descriptor) else { return nil }
            all[file] = Shared(image: image)
            return image
        }
    }

    func release() {
        Self.all.withLock { all in
            all[self.file]?.users -= 1
            if all[self.file]?.users == 0 { all[self.file] = nil }
        }
    }

    private static func make(_ file: File, _ descriptor: Int32) -> LogImage? {
        let access = PROT_READ | PROT_WRITE
        let kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let memory = unsafe mmap(nil, Int(Self.capacity), access, kind, -1, 0), unsafe memory != MAP_FAILED else {
            _ = close(descriptor)
            return nil
        }
        return unsafe LogImage(memory: memory, descriptor: descriptor, file: file)
    }
}
