internal import MailTypes
internal import Storage

/// Placements as rows of a table `placement`, a row each: how format 1 kept them, and how `store check` looks at them.
enum PlacementRows {
    /// Brings the rows of format 1 into blocks.
    static func packAll(_ database: Database) throws {
        var block: PlacementBlock?
        let statement = try database.statement(
            "SELECT mailbox, uid, octets, flags, modseq, message, saved_at FROM placement ORDER BY mailbox, uid"
        )
        try statement.eachRow { row in
            let mailbox = MailboxID(rawValue: row.int(0))
            let entry = MailboxState.Entry(
                uid: UID(rawValue: UInt32(truncatingIfNeeded: row.int(1))),
                octets: UInt32(truncatingIfNeeded: row.int(2)),
                flags: FlagSet(rawValue: UInt64(bitPattern: row.int(3))),
                modSeq: ModSeq(rawValue: row.int(4)),
                message: StoredMessageID(rawValue: row.int(5))
            )
            if let full = block, full.isFull || full.key.mailbox != mailbox {
                try Placements.write(full, isNew: true, database)
                block = nil
            }
            if block == nil { block = PlacementBlock(mailbox, from: entry.uid) }
            block?.append(entry, savedAt: Instant(millisecondsSince1970: row.int(6)))
        }
        if let block { try Placements.write(block, isNew: true, database) }
        try database.execute("DROP TABLE placement")
    }

    /// Makes a temporary table of all placements, for questions about them.
    ///
    /// - Returns: the blocks that cannot be read, by their mailboxes.
    static func unpackAll(_ database: Database) throws -> [String] {
        try database.execute(
            """
            PRAGMA query_only = OFF;
            CREATE TEMP TABLE placement(
                mailbox INTEGER NOT NULL, uid INTEGER NOT NULL, message INTEGER NOT NULL, flags INTEGER NOT NULL,
                modseq INTEGER NOT NULL, octets INTEGER NOT NULL, PRIMARY KEY(mailbox, uid)) WITHOUT ROWID
            """
        )
        var damaged: [String] = []
        var end = PlacementBlock.Key(rawValue: 0)
        try database.statement("SELECT id, entries FROM placements ORDER BY id").eachRow { row in
            let key = PlacementBlock.Key(rawValue: row.int(0))
            guard let block = try? row.withBlob(1, { try PlacementBlock(key: key, $0) }), block.count > 0 else {
                damaged.append("mailbox \(key.mailbox.rawValue): block \(key.uid.rawValue) is damaged")
                return
            }
            for index in 0..<block.count {
                let place = PlacementBlock.Key(key.mailbox, block.uid(at: index))
                guard place.rawValue >= key.rawValue, place.rawValue > end.rawValue else {
                    damaged.append("mailbox \(key.mailbox.rawValue): block \(key.uid.rawValue) is out of order")
                    return
                }
                end = place
                try Self.insert(block.entry(at: index), key.mailbox, database)
            }
        }
        return damaged
    }

    private static func insert(_ entry: MailboxState.Entry, _ mailbox: MailboxID, _ database: Database) throws {
        let statement = try database.statement(
            "INSERT INTO temp.placement(mailbox, uid, message, flags, modseq, octets) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
        )
        statement.bind(mailbox.rawValue, at: 1)
        statement.bind(Int64(entry.uid.rawValue), at: 2)
        statement.bind(entry.message.rawValue, at: 3)
        statement.bind(Int64(bitPattern: entry.flags.rawValue), at: 4)
        statement.bind(entry.modSeq.rawValue, at: 5)
        statement.bind(Int64(entry.octets), at: 6)
        try statement.run()
    }
}
