package import MailTypes
internal import Storage

extension MailStore {
    /// Places messages in a second mailbox, too; all or none of those that exist. RFC 9051 §6.4.7.
    package func copy(
        uids: [UID],
        from source: MailboxID,
        to destination: MailboxID,
        of account: AccountID
    ) async throws -> CopyResult {
        let work = CopyWork(uids: uids, source: source, destination: destination, savedAt: self.clock.now)
        return try await self.mailShard(of: account).change(.durable) { database, effects in
            try work.copy(account, database, &effects)
        }
    }

    /// Places messages in another mailbox instead, in one step. RFC 6851.
    package func move(
        uids: [UID],
        from source: MailboxID,
        to destination: MailboxID,
        of account: AccountID
    ) async throws -> CopyResult {
        let work = CopyWork(uids: uids, source: source, destination: destination, savedAt: self.clock.now)
        return try await self.mailShard(of: account).change(.durable) { database, effects in
            try work.move(account, database, &effects)
        }
    }
}

private struct CopyWork: Sendable {
    let uids: [UID]
    let source: MailboxID
    let destination: MailboxID
    let savedAt: Instant

    func copy(_ account: AccountID, _ database: Database, _ effects: inout Effects) throws -> CopyResult {
        let entries = try self.find(account, database)
        guard !entries.isEmpty else { return try self.nothing(account, database) }
        let accountRow = try AccountRow.advance(
            account,
            octets: entries.reduce(0) { $0 + Int($1.octets) },
            messages: entries.count,
            in: database
        )
        let result = try self.place(entries, account, accountRow, database, &effects)
        for entry in entries { try References.add(entry.message, database) }
        return result
    }

    func move(_ account: AccountID, _ database: Database, _ effects: inout Effects) throws -> CopyResult {
        let entries = try self.find(account, database)
        guard !entries.isEmpty else { return try self.nothing(account, database) }
        // Two steps of the history, so that a move within one mailbox is told as what it is: new messages, old ones
        // gone.
        let placing = try AccountRow.advance(account, in: database)
        let result = try self.place(entries, account, placing, database, &effects)
        let removing = try AccountRow.advance(account, in: database)
        var row = try MailboxRow.require(self.source, of: account, in: database)
        try Expunging.remove(entries, from: &row, removing, database, &effects)
        return result
    }

    private func find(_ account: AccountID, _ database: Database) throws -> [MailboxState.Entry] {
        _ = try MailboxRow.require(self.source, of: account, in: database)
        return try Placements.find(self.uids, in: self.source, database)
    }

    private func nothing(_ account: AccountID, _ database: Database) throws -> CopyResult {
        let row = try MailboxRow.require(self.destination, of: account, in: database)
        return CopyResult(uidValidity: row.counters.uidValidity, source: [], destination: [])
    }

    private func place(
        _ entries: [MailboxState.Entry],
        _ account: AccountID,
        _ accountRow: AccountRow,
        _ database: Database,
        _ effects: inout Effects
    ) throws -> CopyResult {
        var row = try MailboxRow.require(self.destination, of: account, in: database)
        var uid = try row.takeUIDs(entries.count)
        var placed = entries
        for index in placed.indices {
            placed[index].uid = uid
            placed[index].modSeq = accountRow.modSeq
            row.counters.add(placed[index])
            uid.rawValue += 1
        }
        try Placements.append(placed, to: self.destination, savedAt: self.savedAt, database)
        row.counters.highestModSeq = accountRow.modSeq
        try row.save(in: database)
        effects.note(.added(placed), row, accountRow)
        return CopyResult(
            uidValidity: row.counters.uidValidity,
            source: entries.map(\.uid),
            destination: placed.map(\.uid)
        )
    }
}
