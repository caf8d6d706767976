internal import MailTypes
internal import Storage

/// Reading and writing placements by runs: neighbouring messages are handled by one statement.
enum Placements {
    /// A gap between two UIDs above this begins a new scan; below it reading on is cheaper than seeking.
    private static let gapMax: UInt32 = 64

    static func insert(
        _ entry: MailboxState.Entry,
        into mailbox: MailboxID,
        savedAt: Instant,
        _ database: Database
    ) throws {
        let statement = try database.statement(
            """
            INSERT INTO placement(mailbox, uid, message, flags, modseq, octets, saved_at)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """
        )
        statement.bind(mailbox.rawValue, at: 1)
        statement.bind(Int64(entry.uid.rawValue), at: 2)
        statement.bind(entry.message.rawValue, at: 3)
        statement.bind(Int64(bitPattern: entry.flags.rawValue), at: 4)
        statement.bind(entry.modSeq.rawValue, at: 5)
        statement.bind(Int64(entry.octets), at: 6)
        statement.bind(savedAt.millisecondsSince1970, at: 7)
        try statement.run()
    }

    /// Calls `body` with each message of a range of UIDs, in order.
    static func scan(
        _ mailbox: MailboxID,
        from first: UID,
        through last: UID,
        _ database: Database,
        _ body: (MailboxState.Entry) throws -> Void
    ) throws {
        let statement = try database.statement(
            """
            SELECT uid, octets, flags, modseq, message FROM placement
            WHERE mailbox = ? AND uid BETWEEN ? AND ? ORDER BY uid
            """
        )
        statement.bind(mailbox.rawValue, at: 1)
        statement.bind(Int64(first.rawValue), at: 2)
        statement.bind(Int64(last.rawValue), at: 3)
        try statement.eachRow { row in
            try body(
                MailboxState.Entry(
                    uid: UID(rawValue: UInt32(truncatingIfNeeded: row.int(0))),
                    octets: UInt32(truncatingIfNeeded: row.int(1)),
                    flags: FlagSet(rawValue: UInt64(bitPattern: row.int(2))),
                    modSeq: ModSeq(rawValue: row.int(3)),
                    message: StoredMessageID(rawValue: row.int(4))
                )
            )
        }
    }

    /// The messages of these UIDs that exist and that `isWanted` takes, as runs: between the first and the last of a
    /// run there is no other message.
    static func runs(
        of uids: [UID],
        in mailbox: MailboxID,
        _ database: Database,
        where isWanted: (MailboxState.Entry) throws -> Bool
    ) throws -> [[MailboxState.Entry]] {
        let uids = Self.ascending(uids)
        var runs: [[MailboxState.Entry]] = []
        var start = 0
        while start < uids.count {
            var end = start + 1
            while end < uids.count, uids[end].rawValue - uids[end - 1].rawValue <= Self.gapMax { end += 1 }
            var next = start
            var run: [MailboxState.Entry] = []
            try Self.scan(mailbox, from: uids[start], through: uids[end - 1], database) { entry in
                while next < end, uids[next] < entry.uid { next += 1 }
                if next < end, uids[next] == entry.uid, try isWanted(entry) {
                    run.append(entry)
                } else if !run.isEmpty {
                    runs.append(run)
                    run = []
                }
            }
            if !run.isEmpty { runs.append(run) }
            start = end
        }
        return runs
    }

    static func delete(_ run: [MailboxState.Entry], from mailbox: MailboxID, _ database: Database) throws {
        guard let first = run.first, let last = run.last else { return }
        let statement = try database.statement("DELETE FROM placement WHERE mailbox = ? AND uid BETWEEN ? AND ?")
        statement.bind(mailbox.rawValue, at: 1)
        statement.bind(Int64(first.uid.rawValue), at: 2)
        statement.bind(Int64(last.uid.rawValue), at: 3)
        try statement.run()
    }

    /// UIDs in order, each once.
    static func ascending(_ uids: [UID]) -> [UID] {
        var isAscending = true
        for index in uids.indices.dropFirst() where uids[index - 1] >= uids[index] {
            isAscending = false
            break
        }
        if isAscending { return uids }
        var result: [UID] = []
        for uid in uids.sorted() where result.last != uid { result.append(uid) }
        return result
    }
}

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
