internal import MailTypes

/// Opens a shard's writer: settings, format, record of this run, log.
enum ShardOpening {
    struct Opened: ~Copyable {
        let committer: GroupCommitter
        let checkpointer: Checkpointer
        let jump: IdentifierJump?
    }

    static func open(
        path: String,
        name: String,
        migrations: [Migration],
        options: Shard.Options
    ) throws -> Opened {
        let writer = try WorkThread()
        let database = try Database.connect(path: path, mode: .gathering, profile: options.writerProfile)
        var jump: IdentifierJump?
        var pageSize = options.pageSize
        do {
            try database.execute("PRAGMA page_size = \(options.pageSize)")
            try Migrator.check(database, name: name, migrations: migrations)
            if options.purpose == .inspection {
                try Migrator.requireNewest(database, name: name, migrations: migrations)
            }
            try database.execute("PRAGMA journal_mode = WAL")
            pageSize = try database.integer("PRAGMA page_size")
            database.connection.watchLog()
            if options.purpose == .serviceAfterDiskFailure { try database.connection.emptyLog() }
            if options.purpose != .inspection {
                try Migrator.migrate(database, migrations: migrations)
                jump = try database.transaction { try ShardRecord.begin(database) }
            }
        } catch {
            database.close()
            throw error
        }
        let log = try Descriptor.open("\(path)-wal", .updating)
        try Self.prepare(log, octets: options.logPrepared)
        let copier = try Database.connect(path: path, mode: .readWrite, profile: options.readerProfile)
        let file = try Descriptor.open(path, .updating)
        copier.connection.spreadWrites(to: file)
        let checkpointer = Checkpointer(
            name: name,
            database: copier,
            file: file,
            framesMax: options.logMax / pageSize
        )
        let committer = GroupCommitter(
            name: name,
            database: database,
            writer: writer,
            log: log,
            checkpointer: checkpointer
        )
        return Opened(committer: committer, checkpointer: checkpointer, jump: jump)
    }

    /// Writes zeros where the log will grow; recovery stops at the first frame that is not whole, so they are no
    /// frames.
    private static func prepare(_ log: Descriptor, octets: Int) throws {
        let zeros = [UInt8](repeating: 0, count: 1 << 16)
        do {
            var size = try log.size()
            while size < octets {
                try unsafe zeros.withUnsafeBytes { zeros in
                    try unsafe log.write(zeros, at: size)
                }
                size += zeros.count
            }
        } catch let error as StorageError where error.code == .diskFull {
            // Space is for mail first; the log grows as it is written.
        }
        try log.syncData()
    }
}

/// What a shard has gone through since it told its last identifiers.
package enum IdentifierJump: Sendable {
    /// The operating system stopped without the shard being closed: lazy writes of its last 100 ms may be lost.
    case afterCrash
    /// It is a copy that was put back: whatever was written after it was made is lost.
    case afterCopy
}

extension Database {
    /// Records that identifiers have jumped, in the transaction in which they do; see ``Shard/jump``.
    package func confirmJump() throws {
        try ShardRecord.markOpen(self)
    }
}

/// What a shard keeps about itself: custody counters, and whether it was closed before the machine went down.
enum ShardRecord {
    static let script = """
        CREATE TABLE IF NOT EXISTS custody(state TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS shard_record(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        """

    /// Records that this run of the operating system has the shard open.
    ///
    /// - Returns: what an earlier run of the operating system, or the making of a copy, leaves to be done.
    static func begin(_ database: Database) throws -> IdentifierJump? {
        try database.execute(Self.script)
        let previous = try database.statement("SELECT value FROM shard_record WHERE key = 'open'").first { $0.text(0) }
        let thisRun = Self.thisRun
        switch previous ?? "" {
        case "", thisRun:
            try Self.set(database, thisRun)
            return nil
        // Until the jump is made it stays due, whatever happens to this process.
        case Self.copied:
            return .afterCopy
        default:
            try Self.set(database, "jump")
            return .afterCrash
        }
    }

    static func markOpen(_ database: Database) throws {
        try Self.set(database, Self.thisRun)
    }

    static func markClosed(_ database: Database) throws {
        try Self.set(database, "")
    }

    /// A copy is a step back in time for whoever restores it: clients have seen later identifiers.
    static func markCopied(_ database: Database) throws {
        try Self.set(database, Self.copied)
    }

    private static let copied = "copied"

    /// This run of the operating system. Without a name for it every unclean end counts as the machine's.
    private static var thisRun: String {
        let boot = FileSystem.bootID
        return boot.isEmpty ? "unknown run \(SystemClock().now.millisecondsSince1970)" : boot
    }

    private static func set(_ database: Database, _ value: String) throws {
        let statement = try database.statement("INSERT OR REPLACE INTO shard_record(key, value) VALUES('open', ?)")
        statement.bind(value, at: 1)
        try statement.run()
    }
}
