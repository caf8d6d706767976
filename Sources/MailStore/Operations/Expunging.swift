package import MailTypes
internal import Storage

extension MailStore {
    /// Removes messages with `\Deleted`: all of the mailbox, or those among `uids`. RFC 9051 §6.4.3, §6.4.9.
    ///
    /// - Returns: the UIDs that went, ascending.
    package func expunge(
        uids: [UID]? = nil,
        in mailbox: MailboxID,
        of account: AccountID
    ) async throws -> [UID] {
        let shard = self.mailShard(of: account)
        let candidates = uids ?? shard.live.find(mailbox)?.loadedState?.deletedUIDs
        return try await shard.change(.durable) { database, effects in
            var row = try MailboxRow.require(mailbox, of: account, in: database)
            guard row.counters.deleted > 0 else { return [] }
            var entries: [MailboxState.Entry] = []
            if let candidates {
                entries = try Placements.find(candidates, in: mailbox, database) { $0.flags.contains(.deleted) }
            }
            if uids == nil, entries.count != row.counters.deleted {
                entries = try Expunging.allDeleted(in: row, database)
            }
            return try Expunging.run(entries, &row, account, database, &effects)
        }
    }

    /// Removes messages whatever their flags, as POP3's QUIT does. RFC 1939 §6.
    package func remove(
        uids: [UID],
        in mailbox: MailboxID,
        of account: AccountID
    ) async throws -> [UID] {
        try await self.mailShard(of: account).change(.durable) { database, effects in
            var row = try MailboxRow.require(mailbox, of: account, in: database)
            let entries = try Placements.find(uids, in: mailbox, database)
            return try Expunging.run(entries, &row, account, database, &effects)
        }
    }
}

enum Expunging {
    /// Removes messages and gives their room back.
    static func run(
        _ entries: [MailboxState.Entry],
        _ row: inout MailboxRow,
        _ account: AccountID,
        _ database: Database,
        _ effects: inout Effects
    ) throws -> [UID] {
        guard !entries.isEmpty else { return [] }
        let octets = entries.reduce(0) { $0 + Int($1.octets) }
        let accountRow = try AccountRow.advance(account, octets: -octets, messages: -entries.count, in: database)
        for entry in entries { try References.remove(entry.message, database) }
        effects.leavesLitter = true
        return try Self.remove(entries, from: &row, accountRow, database, &effects)
    }

    /// Removes placements; what becomes of the messages is the caller's business.
    @discardableResult
    static func remove(
        _ entries: [MailboxState.Entry],
        from row: inout MailboxRow,
        _ accountRow: AccountRow,
        _ database: Database,
        _ effects: inout Effects
    ) throws -> [UID] {
        let uids = entries.map(\.uid)
        try Placements.remove(uids, from: row.id, database)
        for entry in entries { row.counters.remove(entry) }
        row.counters.highestModSeq = accountRow.modSeq
        try row.save(in: database)
        let ranges = UIDRanges.write(uids)
        let log = ChangeLog(account: row.account, now: effects.now, database: database)
        if try log.append(.expunged, row.id, at: accountRow.modSeq, ranges) { effects.leavesLitter = true }
        effects.note(.expunged(uids), row, accountRow)
        return uids
    }

    static func allDeleted(in row: MailboxRow, _ database: Database) throws -> [MailboxState.Entry] {
        var entries: [MailboxState.Entry] = []
        try Placements.scan(row.id, database) { if $0.flags.contains(.deleted) { entries.append($0) } }
        return entries
    }
}

extension MailboxState {
    var deletedUIDs: [UID] {
        var uids: [UID] = []
        self.forEach(in: 0..<self.count) { if $0.flags.contains(.deleted) { uids.append($0.uid) } }
        return uids
    }
}
