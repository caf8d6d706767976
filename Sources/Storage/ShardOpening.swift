internal import MailTypes

/// Opens a shard's writer: settings, format, record of this run, log.
enum ShardOpening {
    struct Opened: ~Copyable {
        let committer: GroupCommitter
        let checkpointer: Checkpointer
        let needsJump: Bool
    }

    static func open(
        path: String,
        name: String,
        migrations: [Migration],
        options: Shard.Options
    ) throws -> Opened {
        let database = try Database.connect(path: path, mode: .gathering, profile: options.writerProfile)
        var needsJump = false
        do {
            try database.execute("PRAGMA page_size = \(options.pageSize)")
            try Migrator.check(database, name: name, migrations: migrations)
            try database.execute("PRAGMA journal_mode = WAL")
            database.connection.watchLog()
            try Migrator.migrate(database, migrations: migrations)
            needsJump = try database.transaction { try ShardRecord.begin(database) }
        } catch {
            database.close()
            throw error
        }
        let log = try Descriptor.open("\(path)-wal", .updating)
        try Self.prepare(log, octets: options.logPrepared)
        let checkpointer = Checkpointer(
            name: name,
            database: try Database.connect(path: path, mode: .readWrite, profile: options.readerProfile),
            file: try Descriptor.open(path, .updating),
            framesMax: options.logMax / options.pageSize
        )
        let committer = GroupCommitter(name: name, database: database, log: log, checkpointer: checkpointer)
        return Opened(committer: committer, checkpointer: checkpointer, needsJump: needsJump)
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

extension Database {
    /// Records that identifiers have jumped, in the transaction in which they do; see ``Shard/needsJump``.
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
    /// - Returns: whether an earlier run of the operating system ended with the shard open.
    static func begin(_ database: Database) throws -> Bool {
        try database.execute(Self.script)
        let previous = try database.statement("SELECT value FROM shard_record WHERE key = 'open'").first { $0.text(0) }
        let needsJump = previous.map { !$0.isEmpty && $0 != Self.thisRun } ?? false
        // Until the jump is made it stays due, whatever happens to this process.
        try Self.set(database, needsJump ? "jump" : Self.thisRun)
        return needsJump
    }

    static func markOpen(_ database: Database) throws {
        try Self.set(database, Self.thisRun)
    }

    static func markClosed(_ database: Database) throws {
        try Self.set(database, "")
    }

    /// A copy is a step back in time for whoever restores it: clients have seen later identifiers.
    static func markCopied(_ database: Database) throws {
        try Self.set(database, "copied")
    }

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
