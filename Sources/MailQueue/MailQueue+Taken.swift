package import MailTypes
internal import Storage

/// How mail that another database holds comes here exactly once: offered until it is known to be here
/// (``NewQueuedMessage/isTakenOnce``), removed there, and only then forgotten here.
extension MailQueue {
    /// Identifiers that are remembered, in no order.
    package func taken() async throws -> [TimeSortedID] {
        try await self.shard.read { database in
            var ids: [TimeSortedID] = []
            try database.statement("SELECT id FROM taken").eachRow { row in
                ids.append(TimeSortedID(rawValue: UInt64(bitPattern: row.int(0))))
            }
            return ids
        }
    }

    /// Nobody will offer these again. Lazy: what a crash makes it remember is forgotten after the next start.
    package func forgetTaken(_ ids: [TimeSortedID]) async throws {
        try await self.shard.write(.lazy) { database in
            for id in ids { try TakenRows.remove(id, database) }
        }
    }
}

/// The rows of `taken`.
enum TakenRows {
    /// - Returns: whether it was not there.
    static func add(_ id: TimeSortedID, _ database: Database) throws -> Bool {
        let statement = try database.statement("INSERT OR IGNORE INTO taken(id) VALUES(?)")
        statement.bind(Int64(bitPattern: id.rawValue), at: 1)
        try statement.run()
        return database.changes > 0
    }

    static func remove(_ id: TimeSortedID, _ database: Database) throws {
        let statement = try database.statement("DELETE FROM taken WHERE id = ?")
        statement.bind(Int64(bitPattern: id.rawValue), at: 1)
        try statement.run()
    }
}
