package import MailTypes
internal import Storage

extension MailStore {
    /// Changes flags of messages; those that are gone are passed over. RFC 9051 §6.4.6, RFC 7162 §3.1.3.
    ///
    /// - Parameters:
    ///   - unchangedSince: messages that changed later are left alone and named in the result.
    ///   - reportsChanges: whether the result tells what changed, message by message.
    package func changeFlags(
        _ change: FlagChange,
        of uids: [UID],
        unchangedSince: ModSeq? = nil,
        reportsChanges: Bool = false,
        in mailbox: MailboxID,
        of account: AccountID
    ) async throws -> FlagChangeResult {
        try await self.mailShard(of: account).change(.lazy) { database, effects in
            let work = FlagWork(
                change: change,
                uids: uids,
                unchangedSince: unchangedSince,
                reportsChanges: reportsChanges
            )
            return try work.run(mailbox, account, database, &effects)
        }
    }
}

private struct FlagWork {
    let change: FlagChange
    let uids: [UID]
    let unchangedSince: ModSeq?
    let reportsChanges: Bool

    func run(
        _ mailbox: MailboxID,
        _ account: AccountID,
        _ database: Database,
        _ effects: inout Effects
    ) throws -> FlagChangeResult {
        var row = try MailboxRow.require(mailbox, of: account, in: database)
        var keywords = Keywords(account: account)
        // Looked up for the first message that takes them: a change of none must not give the account new keywords.
        var wanted: FlagSet?
        guard let next = try AccountRow.find(account, in: database)?.nextModSeq else { throw MailStoreError.gone }
        var modified: [UID] = []
        var changed: [(uid: UID, flags: FlagSet)] = []
        var reported: [FlagsChanged] = []
        try Placements.setFlags(of: self.uids, in: mailbox, modSeq: next, database) { entry in
            if let limit = self.unchangedSince, entry.modSeq > limit {
                modified.append(entry.uid)
                return nil
            }
            let flags = try wanted ?? self.flags(&keywords, database)
            wanted = flags
            let new = self.apply(flags, to: entry.flags)
            guard new != entry.flags else { return nil }
            row.counters.change(entry, to: new)
            changed.append((entry.uid, new))
            if self.reportsChanges {
                reported.append(FlagsChanged(uid: entry.uid, before: entry.flags, after: new))
            }
            return new
        }
        guard !changed.isEmpty else {
            keywords.note(in: &effects)
            return FlagChangeResult(modified: modified, modSeq: row.counters.highestModSeq)
        }
        let accountRow = try AccountRow.advance(account, in: database)
        row.counters.highestModSeq = accountRow.modSeq
        try row.save(in: database)
        keywords.note(in: &effects)
        effects.note(.flags(changed), row, accountRow)
        return FlagChangeResult(modified: modified, changes: reported, modSeq: accountRow.modSeq)
    }

    private func flags(_ keywords: inout Keywords, _ database: Database) throws -> FlagSet {
        let isAdding = self.change.kind != .remove
        return self.change.flags.union(try keywords.flags(for: self.change.keywords, adding: isAdding, database))
    }

    private func apply(_ flags: FlagSet, to old: FlagSet) -> FlagSet {
        switch self.change.kind {
        case .add: old.union(flags)
        case .remove: old.subtracting(flags)
        case .replace: flags
        }
    }
}
