package import MailTypes
internal import Storage

extension MailStore {
    /// Changes flags of messages; those that are gone are passed over. RFC 9051 §6.4.6, RFC 7162 §3.1.3.
    ///
    /// - Parameter unchangedSince: messages that changed later are left alone and named in the result.
    package func changeFlags(
        _ change: FlagChange,
        of uids: [UID],
        unchangedSince: ModSeq? = nil,
        in mailbox: MailboxID,
        of account: AccountID
    ) async throws -> FlagChangeResult {
        try await self.mailShard(of: account).change(.lazy) { database, effects in
            let work = FlagWork(change: change, uids: uids, unchangedSince: unchangedSince)
            return try work.run(mailbox, account, database, &effects)
        }
    }
}

private struct FlagWork {
    let change: FlagChange
    let uids: [UID]
    let unchangedSince: ModSeq?

    func run(
        _ mailbox: MailboxID,
        _ account: AccountID,
        _ database: Database,
        _ effects: inout Effects
    ) throws -> FlagChangeResult {
        var row = try MailboxRow.require(mailbox, of: account, in: database)
        var keywords = Keywords(account: account)
        let named = try keywords.flags(for: self.change.keywords, adding: self.change.kind != .remove, database)
        let flags = self.change.flags.union(named)
        var modified: [UID] = []
        var changed: [(uid: UID, flags: FlagSet)] = []
        let runs = try Placements.runs(of: self.uids, in: mailbox, database) { entry in
            if let limit = self.unchangedSince, entry.modSeq > limit {
                modified.append(entry.uid)
                return false
            }
            let new = self.apply(flags, to: entry.flags)
            if new != entry.flags {
                row.counters.change(entry, to: new)
                changed.append((entry.uid, new))
            }
            return true
        }
        guard !changed.isEmpty else {
            keywords.note(in: &effects)
            return FlagChangeResult(modified: modified, modSeq: row.counters.highestModSeq)
        }
        let accountRow = try AccountRow.advance(account, in: database)
        for run in runs { try self.update(run, flags, mailbox, accountRow.modSeq, database) }
        row.counters.highestModSeq = accountRow.modSeq
        try row.save(in: database)
        keywords.note(in: &effects)
        effects.note(.flags(changed), row, accountRow)
        return FlagChangeResult(modified: modified, modSeq: accountRow.modSeq)
    }

    private func apply(_ flags: FlagSet, to old: FlagSet) -> FlagSet {
        switch self.change.kind {
        case .add: old.union(flags)
        case .remove: old.subtracting(flags)
        case .replace: flags
        }
    }

    private func update(
        _ run: [MailboxState.Entry],
        _ flags: FlagSet,
        _ mailbox: MailboxID,
        _ modSeq: ModSeq,
        _ database: Database
    ) throws {
        guard let first = run.first, let last = run.last else { return }
        let kept: FlagSet
        let added: FlagSet
        switch self.change.kind {
        case .add: (kept, added) = (FlagSet(rawValue: UInt64(Int64.max)), flags)
        case .remove: (kept, added) = (FlagSet(rawValue: UInt64(Int64.max)).subtracting(flags), [])
        case .replace: (kept, added) = ([], flags)
        }
        let statement = try database.statement(
            """
            UPDATE placement SET flags = (flags & ?1) | ?2, modseq = ?3
            WHERE mailbox = ?4 AND uid BETWEEN ?5 AND ?6 AND (flags & ?1) | ?2 <> flags
            """
        )
        statement.bind(Int64(bitPattern: kept.rawValue), at: 1)
        statement.bind(Int64(bitPattern: added.rawValue), at: 2)
        statement.bind(modSeq.rawValue, at: 3)
        statement.bind(mailbox.rawValue, at: 4)
        statement.bind(Int64(first.uid.rawValue), at: 5)
        statement.bind(Int64(last.uid.rawValue), at: 6)
        try statement.run()
    }
}
