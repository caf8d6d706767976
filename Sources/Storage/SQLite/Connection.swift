internal import CSQLite
internal import Glibc
internal import MailTypes

/// One connection to a SQLite file: the C calls that are not about a single statement.
@safe
struct Connection {
    let handle: OpaquePointer
    /// Frames in the write-ahead log after the last commit of this connection.
    private let frames: UnsafeMutablePointer<Int32>

    enum Mode {
        case readWrite
        /// Writes with a log that ``LogGathering`` writes; only where every commit is synced by someone else.
        case gathering
        case readOnly
        /// Reads, and writes elsewhere only.
        case copying
    }

    /// Done before anything else of SQLite: it would count its memory under one lock of all threads, for nobody.
    static let isSetUp = sqlite_count_no_memory() == SQLITE_OK

    init(path: String, mode: Mode) throws(StorageError) {
        // Where it cannot be set, counting goes on, which does no harm.
        _ = Self.isSetUp
        var handle: OpaquePointer?
        let mayCreate = mode == .readWrite || mode == .gathering
        let access = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (mayCreate ? SQLITE_OPEN_CREATE : 0)
        let own = mode == .gathering ? LogGathering.name : LogGathering.nameForReading
        let fileSystem = LogGathering.isKnown ? own : LogGathering.systemName
        let result = unsafe sqlite3_open_v2(path, &handle, access, fileSystem)
        guard result == SQLITE_OK, let handle = unsafe handle else {
            let number = unsafe handle.map { unsafe sqlite3_system_errno($0) } ?? 0
            unsafe sqlite3_close_v2(handle)
            throw Self.error(result, number, "open", "\(Self.text(of: result)), \(path)")
        }
        unsafe sqlite3_extended_result_codes(handle, 1)
        unsafe sqlite3_busy_timeout(handle, 5_000)
        unsafe self.handle = handle
        unsafe self.frames = .allocate(capacity: 1)
        unsafe self.frames.initialize(to: 0)
    }

    /// Runs statements that give no rows, or whose rows do not matter.
    func execute(_ script: String) throws(StorageError) {
        let result = unsafe sqlite3_exec(self.handle, script, nil, nil, nil)
        guard result == SQLITE_OK else { throw self.error(result, "execute") }
    }

    func prepare(_ sql: StaticString) throws(StorageError) -> OpaquePointer {
        var statement: OpaquePointer?
        let result = unsafe sqlite3_prepare_v3(
            self.handle,
            UnsafeRawPointer(sql.utf8Start).assumingMemoryBound(to: CChar.self),
            Int32(sql.utf8CodeUnitCount),
            UInt32(SQLITE_PREPARE_PERSISTENT),
            &statement,
            nil
        )
        guard result == SQLITE_OK, let statement = unsafe statement else { throw self.error(result, "prepare") }
        return unsafe statement
    }

    /// Whether a `BEGIN` stands open. Some failures end the transaction by themselves.
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(self.handle) == 0 }

    /// Rows changed by the last INSERT, UPDATE or DELETE.
    var changes: Int { Int(unsafe sqlite3_changes(self.handle)) }

    /// Keeps the write-ahead log's file when the last connection closes: its blocks are written already, and a sync
    /// that need not record a new file size is cheaper.
    func keepWriteAheadLog() {
        var on: Int32 = 1
        _ = unsafe sqlite3_file_control(self.handle, "main", SQLITE_FCNTL_PERSIST_WAL, &on)
    }

    /// From now on ``framesInLog`` is kept, and SQLite starts no checkpoint by itself.
    func watchLog() {
        _ = unsafe sqlite3_wal_hook(
            self.handle,
            { context, _, _, frames in
                unsafe context?.assumingMemoryBound(to: Int32.self).pointee = frames
                return SQLITE_OK
            },
            self.frames
        )
    }

    var framesInLog: Int { Int(unsafe self.frames.pointee) }

    /// Copies what it can from the log into the database without waiting for anyone. What cannot be copied stays in
    /// the log and is copied the next time.
    ///
    /// - Throws: when what was copied could not be synced. SQLite then counts pages as copied that the disk does not
    ///   have, and the next sync would report success.
    func checkpoint() throws(StorageError) {
        let result = unsafe sqlite3_wal_checkpoint_v2(self.handle, "main", SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        guard result != SQLITE_OK, unsafe sqlite3_extended_errcode(self.handle) == Self.syncFailed else { return }
        throw self.error(result, "checkpoint")
    }

    /// `SQLITE_IOERR_FSYNC`, a macro that Swift does not see.
    static let syncFailed = SQLITE_IOERR | 4 << 8

    /// Leaves the log as it is when the connection is closed, for who opens the database the next time.
    func keepLog() {
        unsafe sqlite_keep_log(self.handle)
    }

    /// Copies all of the log into the database, makes that last, and cuts the log off. Nobody else may have it open.
    func emptyLog() throws(StorageError) {
        let result = unsafe sqlite3_wal_checkpoint_v2(self.handle, "main", SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        guard result == SQLITE_OK else { throw self.error(result, "empty log") }
    }

    /// Has what this connection writes into the database reach the disk while it is written; see ``SpreadWriting``.
    ///
    /// - Parameter file: the database's; stays open as long as the connection.
    func spreadWrites(to file: Descriptor) {
        var own: UnsafeMutablePointer<sqlite3_file>?
        let result = unsafe sqlite3_file_control(self.handle, "main", SQLITE_FCNTL_FILE_POINTER, &own)
        guard result == SQLITE_OK, let own = unsafe own else { return }
        unsafe SpreadWriting.begin(on: own, descriptor: file.number)
    }

    func close() {
        unsafe sqlite3_close_v2(self.handle)
        unsafe self.frames.deallocate()
    }

    /// The error SQLite reports for its last call on this connection.
    func error(_ result: Int32, _ operation: StaticString) -> StorageError {
        let message = unsafe sqlite3_errmsg(self.handle).map { unsafe String(cString: $0) } ?? ""
        let path = unsafe sqlite3_db_filename(self.handle, "main").map { unsafe String(cString: $0) } ?? ""
        var number = unsafe sqlite3_system_errno(self.handle)
        if number == 0 { number = self.lastErrorOfLog }
        return Self.error(result, number, operation, "\(message) (SQLite \(result)), \(path)")
    }

    /// What the system said of the last failed call on the write-ahead log, which SQLite does not ask for when a commit
    /// fails; 0 when there was none.
    private var lastErrorOfLog: Int32 {
        var number: Int32 = 0
        self.controlLog(SQLITE_FCNTL_LAST_ERRNO, &number)
        return number
    }

    /// Whether the commits to come may wait in the system's cache for their sync.
    func setLazy(_ isLazy: Bool) {
        var isLazy: Int32 = isLazy ? 1 : 0
        self.controlLog(LogGathering.lazyControl, &isLazy)
    }

    private func controlLog(_ operation: Int32, _ argument: inout Int32) {
        var log: UnsafeMutablePointer<sqlite3_file>?
        guard
            unsafe sqlite3_file_control(self.handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK,
            let log = unsafe log, let methods = unsafe log.pointee.pMethods
        else { return }
        _ = unsafe methods.pointee.xFileControl(log, operation, &argument)
    }

    /// - Parameter number: the system's reason, which counts where SQLite only knows that something failed: a full disk
    ///   on which the log cannot grow, a file nobody may write.
    private static func error(
        _ result: Int32,
        _ number: Int32,
        _ operation: StaticString,
        _ detail: String
    ) -> StorageError {
        let primary = result & 0xFF
        guard primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN, number != 0 else {
            return Self.error(result, operation, detail)
        }
        return StorageError(Descriptor.code(for: number), operation, "\(detail): \(SystemFailure.text(number))")
    }

    private static func text(of result: Int32) -> String {
        unsafe sqlite3_errstr(result).map { unsafe String(cString: $0) } ?? "SQLite \(result)"
    }

    private static func error(_ result: Int32, _ operation: StaticString, _ detail: String) -> StorageError {
        let code: StorageError.Code =
            switch result & 0xFF {
            case SQLITE_FULL: .diskFull
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
            case SQLITE_READONLY, SQLITE_PERM: .readOnly
            case SQLITE_CONSTRAINT: .constraint
            case SQLITE_IOERR, SQLITE_CANTOPEN: .io
            default: .misuse
            }
        return StorageError(code, operation, detail)
    }
}
