internal import CFiles
internal import CSQLite
internal import Glibc

/// Has a connection's writes to the database file reach the disk while they are made, not all at its sync.
///
/// A checkpoint copies thousands of pages and syncs them at its end. When the disk gets them all at once, the next
/// commit's sync waits behind them: milliseconds instead of a fraction of one. Piece by piece it waits behind a piece.
///
/// The file's methods are SQLite's own but for writing and closing. No promise hangs on it: the sync decides.
@safe
struct SpreadWriting {
    /// Octets that are written out at once.
    private static let pieceOctets = 256 << 10

    /// What SQLite calls. Must be first: whoever has the methods has all of this.
    private var methods: sqlite3_io_methods
    private let original: UnsafePointer<sqlite3_io_methods>
    private let descriptor: Int32
    private var count = 0

    /// - Parameters:
    ///   - file: SQLite's, of the connection.
    ///   - descriptor: of the same file; stays open as long as the connection.
    static func begin(on file: UnsafeMutablePointer<sqlite3_file>, descriptor: Int32) {
        guard let original = unsafe file.pointee.pMethods else { return }
        let spread = UnsafeMutablePointer<SpreadWriting>.allocate(capacity: 1)
        unsafe spread.initialize(
            to: SpreadWriting(methods: original.pointee, original: original, descriptor: descriptor)
        )
        unsafe spread.pointee.methods.xWrite = { file, octets, count, offset in
            guard let file = unsafe file, let spread = unsafe Self.of(file) else { return SQLITE_MISUSE }
            guard unsafe spread.pointee.isWrittenOut(before: Int(count)) else { return Connection.syncFailed }
            return unsafe spread.pointee.original.pointee.xWrite(file, octets, count, offset)
        }
        unsafe spread.pointee.methods.xClose = { file in
            guard let file = unsafe file, let spread = unsafe Self.of(file) else { return SQLITE_MISUSE }
            unsafe file.pointee.pMethods = spread.pointee.original
            unsafe spread.deallocate()
            return unsafe file.pointee.pMethods.pointee.xClose(file)
        }
        unsafe file.pointee.pMethods = unsafe UnsafeRawPointer(spread).assumingMemoryBound(to: sqlite3_io_methods.self)
    }

    private static func of(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<SpreadWriting>? {
        unsafe UnsafeMutableRawPointer(mutating: file.pointee.pMethods)?.assumingMemoryBound(to: SpreadWriting.self)
    }

    /// Has what was written reach the disk when it is a piece; `false` when the disk could not take it. File systems
    /// that do not know how say something else.
    private mutating func isWrittenOut(before octets: Int) -> Bool {
        self.count += octets
        guard self.count >= Self.pieceOctets else { return true }
        self.count = 0
        return files_write_out(self.descriptor) == 0 || ![EIO, ENOSPC, EDQUOT].contains(errno)
    }
}
