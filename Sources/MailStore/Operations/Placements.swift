internal import MailTypes
internal import Storage

/// Reading and writing placements, which lie in blocks of neighbours: a change of many costs a row a block.
///
/// Runs inside operations of one mailbox's shard.
enum Placements {
    /// Adds messages whose UIDs ascend and are above all others of the mailbox.
    static func append(
        _ entries: some Collection<MailboxState.Entry>,
        to mailbox: MailboxID,
        savedAt: Instant,
        _ database: Database
    ) throws {
        guard let first = entries.first else { return }
        var isNew = false
        var block: PlacementBlock
        if let last = try WriterMemory.takeTail(of: mailbox, database) ?? Self.lastBlock(of: mailbox, database),
            !last.isFull
        {
            block = last
        } else {
            block = PlacementBlock(mailbox, from: first.uid)
            isNew = true
        }
        for entry in entries {
            if block.isFull {
                try Self.write(block, isNew: isNew, database)
                block = PlacementBlock(mailbox, from: entry.uid)
                isNew = true
            }
            block.append(entry, savedAt: savedAt)
        }
        try Self.write(block, isNew: isNew, database)
        WriterMemory.noteTail(block, database)
    }

    /// Calls `body` with every message of the mailbox, in order.
    static func scan(
        _ mailbox: MailboxID,
        _ database: Database,
        _ body: (MailboxState.Entry) throws -> Void
    ) throws {
        let statement = try database.statement("SELECT entries FROM placements WHERE id BETWEEN ?1 AND ?2 ORDER BY id")
        Self.bindRange(of: mailbox, to: statement)
        try statement.eachRow { row in
            try row.withBlob(0) { bytes in
                for index in 0..<PlacementBlock.count(in: bytes) {
                    try body(PlacementBlock.entry(at: index, in: bytes))
                }
            }
        }
    }

    /// The first `limit` messages in a range of UIDs, ascending.
    static func page(
        of mailbox: MailboxID,
        _ range: ClosedRange<UID>,
        limit: Int,
        _ database: Database
    ) throws -> [MailboxState.Entry] {
        var found: [MailboxState.Entry] = []
        var next = range.lowerBound
        while found.count < limit, next <= range.upperBound,
            let block = try Self.block(holding: next, of: mailbox, database)
        {
            let last = try Self.lastUID(in: block, notBefore: next)
            for index in block.firstIndex(notBefore: next)..<block.count where found.count < limit {
                let entry = block.entry(at: index)
                guard entry.uid <= range.upperBound else { return found }
                found.append(entry)
            }
            guard last.rawValue < .max else { return found }
            next = UID(rawValue: last.rawValue + 1)
        }
        return found
    }

    /// Those of these UIDs that exist and that `isWanted` takes, ascending.
    static func find(
        _ uids: [UID],
        in mailbox: MailboxID,
        _ database: Database,
        where isWanted: (MailboxState.Entry) throws -> Bool = { _ in true }
    ) throws -> [MailboxState.Entry] {
        var found: [MailboxState.Entry] = []
        try Self.visit(uids, in: mailbox, database) { block, indices in
            for index in indices {
                let entry = block.entry(at: index)
                if try isWanted(entry) { found.append(entry) }
            }
            return false
        }
        return found
    }

    /// Gives messages the flags that `change` says; `nil` leaves one as it is.
    static func setFlags(
        of uids: [UID],
        in mailbox: MailboxID,
        modSeq: ModSeq,
        _ database: Database,
        _ change: (MailboxState.Entry) throws -> FlagSet?
    ) throws {
        try Self.visit(uids, in: mailbox, database) { block, indices in
            var isChanged = false
            for index in indices {
                guard let flags = try change(block.entry(at: index)) else { continue }
                block.setFlags(flags, modSeq, at: index)
                isChanged = true
            }
            return isChanged
        }
    }

    /// Removes messages; those that do not exist are passed over.
    static func remove(_ uids: [UID], from mailbox: MailboxID, _ database: Database) throws {
        try Self.visit(uids, in: mailbox, database) { block, indices in
            var next = 0
            block.keep { index in
                guard next < indices.count, indices[next] == index else { return true }
                next += 1
                return false
            }
            return !indices.isEmpty
        }
    }

    /// When a message came into its mailbox; `nil` when it is not there.
    static func savedAt(_ uid: UID, in mailbox: MailboxID, _ database: Database) throws -> Instant? {
        var savedAt: Instant?
        try Self.visit([uid], in: mailbox, database) { block, indices in
            savedAt = indices.first.map { block.savedAt(at: $0) }
            return false
        }
        return savedAt
    }

    /// Puts all messages of a mailbox into another one that has none, with their UIDs.
    static func moveAll(
        from source: MailboxID,
        to destination: MailboxID,
        modSeq: ModSeq,
        _ database: Database
    ) throws {
        while var block = try Self.firstBlock(of: source, from: UID(rawValue: 0), database) {
            try Self.delete(block.key, database)
            block.setModSeq(modSeq)
            try Self.write(block.moved(to: destination), isNew: true, database)
        }
    }

    /// Removes the mailbox's first block; `nil` when there was none.
    ///
    /// - Returns: the messages that were in it: none when it cannot be read, which must not keep it here for ever.
    static func removeFirstBlock(of mailbox: MailboxID, _ database: Database) throws -> [StoredMessageID]? {
        let statement = try database.statement(
            "SELECT id, entries FROM placements WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 1"
        )
        Self.bindRange(of: mailbox, to: statement)
        let first = try statement.first { row in
            let key = PlacementBlock.Key(rawValue: row.int(0))
            return (key: key, block: try? row.withBlob(1) { try PlacementBlock(key: key, $0) })
        }
        guard let first else { return nil }
        try Self.delete(first.key, database)
        guard let block = first.block else { return [] }
        return (0..<block.count).map { block.entry(at: $0).message }
    }

    // MARK: - Blocks

    /// Calls `body` with each block that holds some of these UIDs and their indices in it; writes the block back
    /// when `body` says that it has changed it.
    private static func visit(
        _ uids: [UID],
        in mailbox: MailboxID,
        _ database: Database,
        _ body: (inout PlacementBlock, [Int]) throws -> Bool
    ) throws {
        let uids = Self.ascending(uids)
        var next = 0
        while next < uids.count, var block = try Self.block(holding: uids[next], of: mailbox, database) {
            let last = try Self.lastUID(in: block, notBefore: uids[next])
            let indices = Self.indices(of: uids, from: &next, in: block, through: last)
            guard !indices.isEmpty, try body(&block, indices) else { continue }
            if block.count > 0 {
                try Self.write(block, isNew: false, database)
            } else {
                try Self.delete(block.key, database)
            }
        }
    }

    /// Where in the block UIDs stand, up to its last; moves `next` past them.
    private static func indices(
        of uids: [UID],
        from next: inout Int,
        in block: PlacementBlock,
        through last: UID
    ) -> [Int] {
        var indices: [Int] = []
        var index = block.firstIndex(notBefore: uids[next])
        while next < uids.count, uids[next] <= last {
            while block.uid(at: index) < uids[next] { index += 1 }
            if block.uid(at: index) == uids[next] { indices.append(index) }
            next += 1
        }
        return indices
    }

    /// The block with this UID in it, or the first behind that place; `nil` when there is none.
    private static func block(
        holding uid: UID,
        of mailbox: MailboxID,
        _ database: Database
    ) throws -> PlacementBlock? {
        let statement = try database.statement(
            "SELECT id, entries FROM placements WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1"
        )
        Self.bindRange(of: mailbox, through: uid, to: statement)
        if let block = try Self.first(statement), block.count > 0, block.uid(at: block.count - 1) >= uid {
            return block
        }
        return try Self.firstBlock(of: mailbox, from: uid, database)
    }

    /// The last UID of the block in which one was looked for. A block that ends before it is damaged: looking for it
    /// would find that block again and again.
    private static func lastUID(in block: PlacementBlock, notBefore uid: UID) throws -> UID {
        guard block.count > 0, block.uid(at: block.count - 1) >= uid else {
            throw StorageError(.corrupt, "read a block")
        }
        return block.uid(at: block.count - 1)
    }

    static func firstBlock(
        of mailbox: MailboxID,
        from uid: UID,
        _ database: Database
    ) throws -> PlacementBlock? {
        let statement = try database.statement(
            "SELECT id, entries FROM placements WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 1"
        )
        Self.bindRange(of: mailbox, from: uid, to: statement)
        return try Self.first(statement)
    }

    static func lastBlock(
        of mailbox: MailboxID,
        through uid: UID = UID(rawValue: .max),
        _ database: Database
    ) throws -> PlacementBlock? {
        let statement = try database.statement(
            "SELECT id, entries FROM placements WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1"
        )
        Self.bindRange(of: mailbox, through: uid, to: statement)
        return try Self.first(statement)
    }

    private static func bindRange(
        of mailbox: MailboxID,
        from first: UID = UID(rawValue: 0),
        through last: UID = UID(rawValue: .max),
        to statement: Statement
    ) {
        statement.bind(PlacementBlock.Key(mailbox, first).rawValue, at: 1)
        statement.bind(PlacementBlock.Key(mailbox, last).rawValue, at: 2)
    }

    private static func first(_ statement: Statement) throws -> PlacementBlock? {
        try statement.first { row in
            let key = PlacementBlock.Key(rawValue: row.int(0))
            return try row.withBlob(1) { try PlacementBlock(key: key, $0) }
        }
    }

    static func write(_ block: PlacementBlock, isNew: Bool, _ database: Database) throws {
        WriterMemory.forgetTail(of: block.key.mailbox, database)
        let statement =
            isNew
            ? try database.statement("INSERT INTO placements(id, entries) VALUES(?1, ?2)")
            : try database.statement("UPDATE placements SET entries = ?2 WHERE id = ?1")
        statement.bind(block.key.rawValue, at: 1)
        try statement.run(withBlob: block.bytes, at: 2)
        guard database.changes == 1 else { throw StorageError(.corrupt, "write a block") }
    }

    private static func delete(_ key: PlacementBlock.Key, _ database: Database) throws {
        WriterMemory.forgetTail(of: key.mailbox, database)
        let statement = try database.statement("DELETE FROM placements WHERE id = ?")
        statement.bind(key.rawValue, at: 1)
        try statement.run()
    }

    /// UIDs in order, each once.
    private static func ascending(_ uids: [UID]) -> [UID] {
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
