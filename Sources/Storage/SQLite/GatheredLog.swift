internal import CSQLite
internal import Glibc

/// The write-ahead log as a connection has it open: what SQLite knows, what the writer has gathered, and behind them
/// the system's own file object.
///
/// One connection uses it, so one thread at a time; what all connections share is the ``LogImage``.
@safe
struct GatheredLog {
    /// What SQLite knows of it. Must be first.
    private var file: sqlite3_file
    /// `nil` where there could be none; everything then goes through the system's file.
    private let image: Unmanaged<LogImage>?
    private let isWriter: Bool
    /// The part of the image that is not written yet; empty when all is.
    private var unwritten: Range<Int64> = 0..<0
    /// Octets that have no place in the image and are not written yet; made when there are any.
    private var buffer: UnsafeMutableRawPointer?
    private var bufferStart: Int64 = 0
    private var bufferCount = 0
    /// Whether what is written now need not be on the disk before the next sync; see ``writeImage(_:_:)``.
    private var isLazy = false
    /// Where the part ends that needs no look at the file's size; see ``LogGrowth``.
    private var prepared: Int64 = 0
    /// What the system said of the last write that failed past the system's file object.
    private var lastError: Int32 = 0

    /// Octets of this head, so that the system's file object behind it is aligned.
    static let stride = (MemoryLayout<GatheredLog>.stride + 15) & ~15

    /// Opens the system's file and puts this head before it. A file that cannot be opened has no methods.
    static func open(
        _ file: UnsafeMutablePointer<sqlite3_file>,
        _ path: UnsafePointer<CChar>?,
        isWriter: Bool,
        _ openSystemFile: (UnsafeMutablePointer<sqlite3_file>) -> Int32
    ) -> Int32 {
        let system = unsafe Self.system(file)
        unsafe file.pointee.pMethods = nil
        let result = unsafe openSystemFile(system)
        guard result == SQLITE_OK else {
            // The system's object may want to be closed even so.
            if let methods = unsafe system.pointee.pMethods { _ = unsafe methods.pointee.xClose(system) }
            return result
        }
        let image = unsafe path.flatMap { unsafe LogImage.of($0) }
        let log = unsafe GatheredLog(
            file: sqlite3_file(pMethods: Self.methods),
            image: image.map { unsafe Unmanaged.passRetained($0) },
            isWriter: isWriter
        )
        unsafe Self.head(file).initialize(to: log)
        return SQLITE_OK
    }

    private static func close(_ file: UnsafeMutablePointer<sqlite3_file>) -> Int32 {
        let written = unsafe Self.flush(file)
        let system = unsafe Self.system(file)
        let closed = unsafe system.pointee.pMethods.pointee.xClose(system)
        let head = unsafe Self.head(file)
        unsafe head.pointee.buffer?.deallocate()
        if let image = unsafe head.pointee.image {
            unsafe image.takeUnretainedValue().release()
            unsafe image.release()
        }
        unsafe file.pointee.pMethods = nil
        return written == SQLITE_OK ? closed : written
    }

    // MARK: - Gathering

    private static func write(
        _ file: UnsafeMutablePointer<sqlite3_file>,
        _ octets: UnsafeRawPointer,
        _ count: Int,
        _ offset: Int64
    ) -> Int32 {
        let head = unsafe Self.head(file)
        let system = unsafe Self.system(file)
        guard unsafe head.pointee.isWriter else {
            return unsafe system.pointee.pMethods.pointee.xWrite(system, octets, Int32(count), offset)
        }
        // The log starts over.
        if offset == 0 {
            let result = unsafe Self.flush(file)
            guard result == SQLITE_OK else { return result }
        }
        let isTaken = unsafe head.pointee.take(octets, count, offset) { target, range in
            let count = Int32(range.upperBound - range.lowerBound)
            return unsafe system.pointee.pMethods.pointee.xRead(system, target, count, range.lowerBound) == SQLITE_OK
        }
        if isTaken { return SQLITE_OK }
        if unsafe !head.pointee.isNextInBuffer(count, offset) {
            let result = unsafe Self.flush(file)
            guard result == SQLITE_OK else { return result }
            guard count <= LogGathering.octetsMax else {
                return unsafe system.pointee.pMethods.pointee.xWrite(system, octets, Int32(count), offset)
            }
            unsafe head.pointee.bufferStart = offset
        }
        unsafe head.pointee.gather(octets, count)
        return SQLITE_OK
    }

    /// Puts octets into the image, if they have a place there; what lies between them and others is there too.
    private mutating func take(
        _ octets: UnsafeRawPointer,
        _ count: Int,
        _ offset: Int64,
        readBack: (UnsafeMutableRawPointer, Range<Int64>) -> Bool
    ) -> Bool {
        let isTaken = unsafe self.image?._withUnsafeGuaranteedRef { image in
            // What the image would have to begin with is not in the file yet.
            if self.bufferCount > 0, image.isEmpty { return false }
            return unsafe image.take(octets, count: count, at: offset, readBack: readBack)
        }
        guard isTaken == true else { return false }
        let end = offset + Int64(count)
        self.unwritten =
            self.unwritten.isEmpty
            ? offset..<end : min(self.unwritten.lowerBound, offset)..<max(self.unwritten.upperBound, end)
        return true
    }

    private func isNextInBuffer(_ count: Int, _ offset: Int64) -> Bool {
        self.bufferCount > 0 && self.bufferStart + Int64(self.bufferCount) == offset
            && self.bufferCount + count <= LogGathering.octetsMax
    }

    private mutating func gather(_ octets: UnsafeRawPointer, _ count: Int) {
        let buffer = unsafe self.buffer ?? .allocate(byteCount: LogGathering.octetsMax, alignment: 16)
        unsafe self.buffer = buffer
        unsafe (buffer + self.bufferCount).copyMemory(from: octets, byteCount: count)
        self.bufferCount += count
    }

    /// Writes what has gathered. What cannot be written is dropped: the commit it belongs to fails with it.
    private static func flush(_ file: UnsafeMutablePointer<sqlite3_file>) -> Int32 {
        let head = unsafe Self.head(file)
        let (unwritten, count) = unsafe (head.pointee.unwritten, head.pointee.bufferCount)
        if unwritten.isEmpty && count == 0 { return SQLITE_OK }
        unsafe (head.pointee.unwritten, head.pointee.bufferCount) = (0..<0, 0)
        let system = unsafe Self.system(file)
        if !unwritten.isEmpty {
            let result = unsafe head.pointee.writeImage(unwritten, system)
            guard result == SQLITE_OK else { return result }
        }
        var end = unwritten.upperBound
        if count > 0 {
            let start = unsafe head.pointee.bufferStart
            let result = unsafe system.pointee.pMethods.pointee.xWrite(
                system,
                head.pointee.buffer,
                Int32(count),
                start
            )
            guard result == SQLITE_OK else { return result }
            end = max(end, start + Int64(count))
        }
        if unsafe end > head.pointee.prepared {
            unsafe head.pointee.prepared = LogGrowth.prepare(system, beyond: end)
        }
        return SQLITE_OK
    }

    /// What is lasting is written past the system's cache, as its sync comes next. What is lazy goes into the cache, so
    /// that many commits share one write to the disk; the system keeps both ways in order.
    private mutating func writeImage(_ range: Range<Int64>, _ system: UnsafeMutablePointer<sqlite3_file>) -> Int32 {
        if self.isLazy, let image = unsafe self.image {
            self.lastError = 0
            return unsafe image._withUnsafeGuaranteedRef { image in
                unsafe image.withPages(from: range.lowerBound, to: range.upperBound) { octets, offset in
                    var result = SQLITE_OK
                    var written = 0
                    while written < octets.count, result == SQLITE_OK {
                        let piece = unsafe UnsafeRawBufferPointer(
                            rebasing: octets[written..<min(written + Self.systemOctetsMax, octets.count)]
                        )
                        result = unsafe system.pointee.pMethods.pointee.xWrite(
                            system,
                            piece.baseAddress,
                            Int32(piece.count),
                            offset + Int64(written)
                        )
                        written += piece.count
                    }
                    return result
                }
            }
        }
        let error = unsafe self.image?._withUnsafeGuaranteedRef {
            $0.write(from: range.lowerBound, to: range.upperBound)
        }
        self.lastError = error ?? EIO
        if self.lastError == 0 { return SQLITE_OK }
        return self.lastError == ENOSPC ? SQLITE_FULL : Self.writeError
    }

    /// Octets that the system's file object takes in one call: of 128 KiB it would write none, and say that the disk is
    /// full. SQLite itself never writes more than a page.
    private static let systemOctetsMax = 64 << 10

    /// `SQLITE_IOERR_WRITE`, a macro that Swift does not see.
    private static let writeError = SQLITE_IOERR | 3 << 8

    /// Copies what the image has or, when everything is written, reads the file.
    private static func read(
        _ file: UnsafeMutablePointer<sqlite3_file>,
        _ target: UnsafeMutableRawPointer,
        _ count: Int32,
        _ offset: Int64
    ) -> Int32 {
        let image = unsafe Self.head(file).pointee.image
        let isRead = unsafe image?._withUnsafeGuaranteedRef {
            unsafe $0.read(into: target, count: Int(count), at: offset)
        }
        if isRead == true { return SQLITE_OK }
        // What was dropped belongs to a transaction that must not go on: after a full disk SQLite would undo the
        // statement that reads, and commit the others.
        guard unsafe Self.flush(file) == SQLITE_OK else { return Self.writeError }
        let system = unsafe Self.system(file)
        return unsafe system.pointee.pMethods.pointee.xRead(system, target, count, offset)
    }

    private static func truncate(_ file: UnsafeMutablePointer<sqlite3_file>, _ size: Int64) -> Int32 {
        let head = unsafe Self.head(file)
        unsafe head.pointee.prepared = 0
        let result = unsafe Self.flush(file)
        guard result == SQLITE_OK else { return result }
        unsafe head.pointee.image?._withUnsafeGuaranteedRef { $0.empty() }
        let system = unsafe Self.system(file)
        return unsafe system.pointee.pMethods.pointee.xTruncate(system, size)
    }

    // MARK: - What SQLite calls

    /// Never changed once made.
    private static nonisolated(unsafe) let methods: UnsafePointer<sqlite3_io_methods> = {
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        // It stays for the life of the process. The log is never mapped, locked or shared, so that the methods of the
        // first version are all it needs.
        unsafe methods.initialize(to: sqlite3_io_methods())
        unsafe methods.pointee.iVersion = 1
        unsafe methods.pointee.xWrite = { file, octets, count, offset in
            guard let file = unsafe file, let octets = unsafe octets else { return SQLITE_MISUSE }
            return unsafe GatheredLog.write(file, octets, Int(count), offset)
        }
        unsafe methods.pointee.xSync = { file, flags in
            unsafe GatheredLog.flushed(file) { system in
                let isCommit = unsafe flags & 0xF != SQLITE_SYNC_FULL && GatheredLog.isWriters(file)
                return isCommit ? SQLITE_OK : unsafe system.pointee.pMethods.pointee.xSync(system, flags)
            }
        }
        unsafe methods.pointee.xRead = { file, octets, count, offset in
            guard let file = unsafe file, let octets = unsafe octets else { return SQLITE_MISUSE }
            return unsafe GatheredLog.read(file, octets, count, offset)
        }
        unsafe methods.pointee.xTruncate = { file, size in
            guard let file = unsafe file else { return SQLITE_MISUSE }
            return unsafe GatheredLog.truncate(file, size)
        }
        unsafe methods.pointee.xFileSize = { file, size in
            unsafe GatheredLog.flushed(file) { unsafe $0.pointee.pMethods.pointee.xFileSize($0, size) }
        }
        unsafe methods.pointee.xClose = { file in
            guard let file = unsafe file else { return SQLITE_MISUSE }
            return unsafe GatheredLog.close(file)
        }
        unsafe methods.pointee.xLock = { _, _ in SQLITE_OK }
        unsafe methods.pointee.xUnlock = { _, _ in SQLITE_OK }
        unsafe methods.pointee.xCheckReservedLock = { _, isLocked in
            unsafe isLocked?.pointee = 0
            return SQLITE_OK
        }
        unsafe methods.pointee.xFileControl = { file, operation, argument in
            if operation == LogGathering.lazyControl, let file = unsafe file, let argument = unsafe argument {
                unsafe GatheredLog.head(file).pointee.isLazy = argument.load(as: Int32.self) != 0
                return SQLITE_OK
            }
            if operation == SQLITE_FCNTL_LAST_ERRNO, let file = unsafe file {
                let own = unsafe GatheredLog.head(file).pointee.lastError
                if own != 0 {
                    unsafe argument?.storeBytes(of: own, as: Int32.self)
                    return SQLITE_OK
                }
                let system = unsafe GatheredLog.system(file)
                return unsafe system.pointee.pMethods.pointee.xFileControl(system, operation, argument)
            }
            return unsafe GatheredLog.flushed(file) {
                unsafe $0.pointee.pMethods.pointee.xFileControl($0, operation, argument)
            }
        }
        unsafe methods.pointee.xSectorSize = { file in
            guard let file = unsafe file else { return 0 }
            let system = unsafe GatheredLog.system(file)
            return unsafe system.pointee.pMethods.pointee.xSectorSize(system)
        }
        unsafe methods.pointee.xDeviceCharacteristics = { file in
            guard let file = unsafe file else { return 0 }
            let system = unsafe GatheredLog.system(file)
            return unsafe system.pointee.pMethods.pointee.xDeviceCharacteristics(system)
        }
        return unsafe UnsafePointer(methods)
    }()

    /// Writes what has gathered, then has the system's file do `work`.
    private static func flushed(
        _ file: UnsafeMutablePointer<sqlite3_file>?,
        _ work: (UnsafeMutablePointer<sqlite3_file>) -> Int32
    ) -> Int32 {
        guard let file = unsafe file else { return SQLITE_MISUSE }
        let result = unsafe Self.flush(file)
        return result == SQLITE_OK ? unsafe work(Self.system(file)) : result
    }

    private static func isWriters(_ file: UnsafeMutablePointer<sqlite3_file>?) -> Bool {
        guard let file = unsafe file else { return false }
        return unsafe Self.head(file).pointee.isWriter
    }

    private static func head(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<GatheredLog> {
        unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: GatheredLog.self)
    }

    private static func system(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<sqlite3_file> {
        unsafe (UnsafeMutableRawPointer(file) + Self.stride).assumingMemoryBound(to: sqlite3_file.self)
    }
}
