internal import CSQLite
internal import Glibc

/// The write-ahead log as its writer has it open: SQLite's file object, the buffer, and behind them the system's own
/// file object, which does the work.
///
/// One connection uses it, so one thread at a time.
@safe
struct GatheredLog {
    /// What SQLite knows of it. Must be first.
    private var file: sqlite3_file
    /// Octets not written yet, all of them from ``start`` on.
    private let buffer: UnsafeMutableRawPointer
    private var start: Int64 = 0
    private var count = 0
    /// Where the part ends that needs no look at the file's size; see ``LogGrowth``.
    private var prepared: Int64 = 0

    /// Octets of this head, so that the system's file object behind it is aligned.
    static let stride = (MemoryLayout<GatheredLog>.stride + 15) & ~15

    /// Opens the system's file and puts this head before it. A file that cannot be opened has no methods.
    static func open(
        _ file: UnsafeMutablePointer<sqlite3_file>,
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
        let log = unsafe GatheredLog(
            file: sqlite3_file(pMethods: Self.methods),
            buffer: .allocate(byteCount: LogGathering.octetsMax, alignment: 16)
        )
        unsafe Self.head(file).initialize(to: log)
        return SQLITE_OK
    }

    // MARK: - Gathering

    private static func write(
        _ file: UnsafeMutablePointer<sqlite3_file>,
        _ octets: UnsafeRawPointer,
        _ count: Int32,
        _ offset: Int64
    ) -> Int32 {
        let head = unsafe Self.head(file)
        let follows = unsafe head.pointee.start + Int64(head.pointee.count) == offset
        let fits = unsafe head.pointee.count + Int(count) <= LogGathering.octetsMax
        if !(follows && fits) {
            let result = unsafe Self.flush(file)
            guard result == SQLITE_OK else { return result }
            guard Int(count) <= LogGathering.octetsMax else {
                return unsafe Self.system(file).pointee.pMethods.pointee.xWrite(
                    Self.system(file),
                    octets,
                    count,
                    offset
                )
            }
            unsafe head.pointee.start = offset
        }
        unsafe (head.pointee.buffer + head.pointee.count).copyMemory(from: octets, byteCount: Int(count))
        unsafe head.pointee.count += Int(count)
        return SQLITE_OK
    }

    /// Writes what has gathered. What cannot be written is dropped: the commit it belongs to fails with it.
    private static func flush(_ file: UnsafeMutablePointer<sqlite3_file>) -> Int32 {
        let head = unsafe Self.head(file)
        let count = unsafe head.pointee.count
        guard count > 0 else { return SQLITE_OK }
        unsafe head.pointee.count = 0
        let system = unsafe Self.system(file)
        let result = unsafe system.pointee.pMethods.pointee.xWrite(
            system,
            head.pointee.buffer,
            Int32(count),
            head.pointee.start
        )
        let end = unsafe head.pointee.start + Int64(count)
        if result == SQLITE_OK, unsafe end > head.pointee.prepared {
            unsafe head.pointee.prepared = LogGrowth.prepare(system, beyond: end)
        }
        return result
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
            return unsafe GatheredLog.write(file, octets, count, offset)
        }
        unsafe methods.pointee.xSync = { file, flags in
            unsafe GatheredLog.flushed(file) { system in
                guard flags & 0xF == SQLITE_SYNC_FULL else { return SQLITE_OK }
                return unsafe system.pointee.pMethods.pointee.xSync(system, flags)
            }
        }
        unsafe methods.pointee.xRead = { file, octets, count, offset in
            unsafe GatheredLog.flushed(file) { system in
                unsafe system.pointee.pMethods.pointee.xRead(system, octets, count, offset)
            }
        }
        unsafe methods.pointee.xTruncate = { file, size in
            if let file = unsafe file { unsafe GatheredLog.head(file).pointee.prepared = 0 }
            return unsafe GatheredLog.flushed(file) { unsafe $0.pointee.pMethods.pointee.xTruncate($0, size) }
        }
        unsafe methods.pointee.xFileSize = { file, size in
            unsafe GatheredLog.flushed(file) { unsafe $0.pointee.pMethods.pointee.xFileSize($0, size) }
        }
        unsafe methods.pointee.xClose = { file in
            guard let file = unsafe file else { return SQLITE_MISUSE }
            let written = unsafe GatheredLog.flush(file)
            let system = unsafe GatheredLog.system(file)
            let closed = unsafe system.pointee.pMethods.pointee.xClose(system)
            unsafe GatheredLog.head(file).pointee.buffer.deallocate()
            unsafe file.pointee.pMethods = nil
            return written == SQLITE_OK ? closed : written
        }
        unsafe methods.pointee.xLock = { _, _ in SQLITE_OK }
        unsafe methods.pointee.xUnlock = { _, _ in SQLITE_OK }
        unsafe methods.pointee.xCheckReservedLock = { _, isLocked in
            unsafe isLocked?.pointee = 0
            return SQLITE_OK
        }
        unsafe methods.pointee.xFileControl = { file, operation, argument in
            if operation == SQLITE_FCNTL_LAST_ERRNO, let file = unsafe file {
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

    private static func head(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<GatheredLog> {
        unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: GatheredLog.self)
    }

    private static func system(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<sqlite3_file> {
        unsafe (UnsafeMutableRawPointer(file) + Self.stride).assumingMemoryBound(to: sqlite3_file.self)
    }
}
