/// How much memory a connection may use, and how it reads.
struct ConnectionProfile: Sendable {
    /// KiB of pages a connection keeps for itself.
    var cacheKiB: Int
    /// Octets of the database file that are read as mapped memory, shared with the system's file cache.
    var mapped: Int
}

extension Database {
    /// A connection with the settings every connection has.
    static func connect(
        path: String,
        mode: Connection.Mode,
        profile: ConnectionProfile
    ) throws(StorageError) -> sending Database {
        let database = Database(try Connection(path: path, mode: mode))
        do {
            try database.execute(
                """
                PRAGMA synchronous = NORMAL;
                PRAGMA temp_store = MEMORY;
                PRAGMA secure_delete = OFF;
                PRAGMA cache_size = -\(profile.cacheKiB);
                PRAGMA mmap_size = \(profile.mapped);
                """
            )
            if mode == .readOnly { try database.execute("PRAGMA query_only = ON") }
            if mode == .gathering { try database.execute(LogGathering.settings) }
        } catch {
            database.close()
            throw error
        }
        database.connection.keepWriteAheadLog()
        return database
    }

    /// Runs `body`, which only reads, on one moment of the database.
    func snapshot<R>(_ body: () throws -> R) throws -> R {
        try self.statement("BEGIN").run()
        do {
            let result = try body()
            self.endSnapshot()
            return result
        } catch {
            self.rollBack()
            throw error
        }
    }

    /// What was read is as good as it was, whatever is said here: a page the disk could not read ends the transaction
    /// by itself, and after one that is damaged COMMIT repeats the error, also where `body` could do without it.
    private func endSnapshot() {
        guard self.connection.isInTransaction else { return }
        do { try self.statement("COMMIT").run() } catch { self.rollBack() }
    }
}
