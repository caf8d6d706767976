internal import CSQLite

/// How the write-ahead log grows: by whole steps of zeros, written before they are needed.
///
/// A sync of blocks the file has already is one write to the disk; one that makes the file longer also writes the file
/// system's journal, which costs as much again or several times as much. With steps one commit in some thirty pays
/// that. Recovery stops at the first frame that is not whole, so zeros are no frames.
@safe
enum LogGrowth {
    static let step: Int64 = 1 << 20

    private static let pieceOctets = 1 << 16
    /// Never changed, and stays for the life of the process.
    private static nonisolated(unsafe) let zeros: UnsafeRawPointer = {
        let zeros = UnsafeMutableRawPointer.allocate(byteCount: Self.pieceOctets, alignment: 16)
        unsafe zeros.initializeMemory(as: UInt8.self, repeating: 0, count: Self.pieceOctets)
        return UnsafeRawPointer(zeros)
    }()

    /// Writes zeros from `end`, where the log ends, to the next step. A full disk keeps nothing else from being
    /// written: the log then grows as it would by itself.
    ///
    /// - Returns: up to where the file needs no preparing.
    static func prepare(_ file: UnsafeMutablePointer<sqlite3_file>, beyond end: Int64) -> Int64 {
        let wanted = (end / Self.step + 1) * Self.step
        var size: sqlite3_int64 = 0
        guard unsafe file.pointee.pMethods.pointee.xFileSize(file, &size) == SQLITE_OK else { return wanted }
        var position = max(size, end)
        while position < wanted {
            let count = min(Int64(Self.pieceOctets), wanted - position)
            let result = unsafe file.pointee.pMethods.pointee.xWrite(file, Self.zeros, Int32(count), position)
            guard result == SQLITE_OK else { break }
            position += count
        }
        return max(wanted, position)
    }
}
