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
            var runs: [[MailboxState.Entry]] = []
            if let candidates {
                runs = try Placements.runs(of: candidates, in: mailbox, database) { $0.flags.contains(.deleted) }
            }
            if uids == nil, runs.reduce(0, { $0 + $1.count }) != row.counters.deleted {
                runs = try Expunging.allDeleted(in: row, database)
            }
            return try Expunging.run(runs, &row, account, database, &effects)
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
            let runs = try Placements.runs(of: uids, in: mailbox, database) { _ in true }
            return try Expunging.run(runs, &row, account, database, &effects)
        }
    }
}

enum Expunging {
    /// Removes messages and gives their room back.
    static func run(
        _ runs: [[MailboxState.Entry]],
        _ row: inout MailboxRow,
        _ account: AccountID,
        _ database: Database,
        _ effects: inout Effects
    ) throws -> [UID] {
        let octets = runs.reduce(0) { $0 + $1.reduce(0) { $0 + Int($1.octets) } }
        let count = runs.reduce(0) { $0 + $1.count }
        guard count > 0 else { return [] }
        let accountRow = try AccountRow.advance(account, octets: -octets, messages: -count, in: database)
        for run in runs { for entry in run { try References.remove(entry.message, database) } }
        effects.leavesLitter = true
        return try Self.remove(runs, from: &row, accountRow, database, &effects)
    }

    /// Removes placements; what becomes of the messages is the caller's business.
    @discardableResult
    static func remove(
        _ runs: [[MailboxState.Entry]],
        from row: inout MailboxRow,
        _ accountRow: AccountRow,
        _ database: Database,
        _ effects: inout Effects
    ) throws -> [UID] {
        var uids: [UID] = []
        for run in runs {
            try Placements.delete(run, from: row.id, database)
            for entry in run {
                row.counters.remove(entry)
                uids.append(entry.uid)
            }
        }
        row.counters.highestModSeq = accountRow.modSeq
        try row.save(in: database)
        let ranges = UIDRanges.write(uids)
        try ChangeLog.append(.expunged, row.id, of: row.account, at: accountRow.modSeq, ranges, database)
        effects.note(.expunged(uids), row, accountRow)
        return uids
    }

    static func allDeleted(in row: MailboxRow, _ database: Database) throws -> [[MailboxState.Entry]] {
        var runs: [[MailboxState.Entry]] = []
        var isRunning = false
        try Placements.scan(row.id, from: UID(rawValue: 0), through: UID(rawValue: .max), database) { entry in
            guard entry.flags.contains(.deleted) else {
                isRunning = false
                return
            }
            if !isRunning { runs.append([]) }
            runs[runs.count - 1].append(entry)
            isRunning = true
        }
        return runs
    }
}

extension MailboxState {
    var deletedUIDs: [UID] {
        var uids: [UID] = []
        self.forEach(in: 0..<self.count) { if $0.flags.contains(.deleted) { uids.append($0.uid) } }
        return uids
    }
}
