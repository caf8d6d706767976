internal import MailTypes
internal import Storage

/// In how many mailboxes a message is.
enum References {
    /// The message is in one more mailbox.
    static func add(_ message: StoredMessageID, _ database: Database) throws {
        let statement = try database.statement(
            "INSERT INTO reference(message, count) VALUES(?, 2) ON CONFLICT(message) DO UPDATE SET count = count + 1"
        )
        statement.bind(message.rawValue, at: 1)
        try statement.run()
    }

    /// A new message is in several mailboxes.
    static func set(_ message: StoredMessageID, count: Int, _ database: Database) throws {
        guard count != 1 else { return }
        let statement = try database.statement("INSERT INTO reference(message, count) VALUES(?, ?)")
        statement.bind(message.rawValue, at: 1)
        statement.bind(count, at: 2)
        try statement.run()
    }

    /// The message is in one mailbox less; after the last it is to be removed.
    static func remove(_ message: StoredMessageID, _ database: Database) throws {
        let statement = try database.statement(
            "UPDATE reference SET count = count - 1 WHERE message = ? AND count > 1"
        )
        statement.bind(message.rawValue, at: 1)
        try statement.run()
        guard database.changes == 0 else { return }
        let unused = try database.statement("INSERT INTO unused(message) VALUES(?)")
        unused.bind(message.rawValue, at: 1)
        try unused.run()
    }
}
