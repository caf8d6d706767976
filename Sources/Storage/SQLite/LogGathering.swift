internal import CSQLite
internal import Glibc

/// File systems for SQLite in which the frames of a commit reach the log in one call, past the system's file cache.
///
/// SQLite writes each frame's head and each page by itself: eighteen calls for a commit of nine pages. Here the writer
/// gathers them in a ``LogImage``, or in a buffer where that has no room, and they are written when SQLite asks for a
/// sync, reads what is not in the image, or begins the log anew. All connections read the log from the image.
/// Everything but the write-ahead log is the system's own.
///
/// **Locks.** A shard is one process's (invariant 5 of ``Shard``), so all connections use SQLite's file system that
/// locks the database once and keeps the index of the log in memory: no transaction asks the kernel for a lock.
///
/// **When readers see a commit.** SQLite makes a commit known in the index of the log after its sync returned without
/// an error. So the writer's connection runs with `synchronous=FULL`, and the sync of a commit is where the frames are
/// written; a full disk fails the commit as it does without the buffer.
///
/// **Two kinds of commit.** One that a sync is waited for goes past the file cache. One that lasts with a later sync
/// goes into the cache, and many share a write to the disk. The system writes out what the cache has of a range before
/// it writes past it, so that the two may follow each other in any order.
///
/// **Two kinds of sync.** That of a commit (`SQLITE_SYNC_NORMAL`) only writes, as ``GroupCommitter`` syncs for many
/// commits at once before it answers any. Those of a checkpoint and of a log that starts over come as
/// `SQLITE_SYNC_FULL`, by `checkpoint_fullfsync`, and are done.
@safe
enum LogGathering {
    /// The writer's.
    static let name = "log-gathering"
    /// Everybody else's: what they write into a log goes to the file at once.
    static let nameForReading = "log-reading"
    /// The system's file system for databases that one process has open, with any number of connections.
    static let systemName = "unix-excl"
    /// What a writer's connection must be told, or its commits would be known before they are written.
    static let settings = "PRAGMA synchronous = FULL; PRAGMA checkpoint_fullfsync = ON"
    /// Tells the log, by a file control with an `Int32`, whether the commits to come may wait in the system's cache.
    static let lazyControl: Int32 = 0x4C5A
    /// Octets gathered outside the image: a commit of thirty pages. Larger ones are written in several calls. Less than
    /// what the system's file object does not take, see `GatheredLog`.
    static let octetsMax = 126 << 10

    /// Whether SQLite knows both file systems; makes them known when first asked.
    static let isKnown: Bool = {
        let isKnownForReading = unsafe Self.register(Self.nameForReading) { own, name, file, flags, outFlags in
            unsafe LogGathering.open(own, name, file, flags, outFlags, isWriter: false)
        }
        let isKnownForWriting = unsafe Self.register(Self.name) { own, name, file, flags, outFlags in
            unsafe LogGathering.open(own, name, file, flags, outFlags, isWriter: true)
        }
        return isKnownForReading && isKnownForWriting
    }()

    private typealias Open =
        @convention(c) (
            UnsafeMutablePointer<sqlite3_vfs>?,
            UnsafePointer<CChar>?,
            UnsafeMutablePointer<sqlite3_file>?,
            Int32,
            UnsafeMutablePointer<Int32>?
        ) -> Int32

    /// What is made here stays for the life of the process.
    private static func register(_ name: String, _ open: Open) -> Bool {
        guard let system = unsafe sqlite3_vfs_find(Self.systemName) else { return false }
        let own = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        unsafe own.initialize(to: system.pointee)
        unsafe own.pointee.zName = UnsafePointer(strdup(name))
        unsafe own.pointee.szOsFile += Int32(GatheredLog.stride)
        unsafe own.pointee.pAppData = UnsafeMutableRawPointer(system)
        unsafe own.pointee.xOpen = open
        return unsafe sqlite3_vfs_register(own, 0) == SQLITE_OK
    }

    private static func open(
        _ own: UnsafeMutablePointer<sqlite3_vfs>?,
        _ name: UnsafePointer<CChar>?,
        _ file: UnsafeMutablePointer<sqlite3_file>?,
        _ flags: Int32,
        _ outFlags: UnsafeMutablePointer<Int32>?,
        isWriter: Bool
    ) -> Int32 {
        guard let file = unsafe file, let own = unsafe own,
            let system = unsafe own.pointee.pAppData?.assumingMemoryBound(to: sqlite3_vfs.self),
            let open = unsafe system.pointee.xOpen
        else { return SQLITE_MISUSE }
        guard flags & SQLITE_OPEN_WAL != 0 else { return unsafe open(system, name, file, flags, outFlags) }
        return unsafe GatheredLog.open(file, name, isWriter: isWriter) {
            unsafe open(system, name, $0, flags, outFlags)
        }
    }
}
