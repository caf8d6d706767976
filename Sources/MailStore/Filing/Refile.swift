package import MailTypes
internal import Storage

extension MailStore {
    /// Carries out what was decided about messages of one mailbox, in one transaction.
    ///
    /// - Parameter contents: what ``Refiling`` names from 1 on; their flags are not used.
    /// - Returns: one outcome a message, in their order.
    package func refile(
        _ refilings: [Refiling],
        contents: [NewMessage],
        in mailbox: MailboxID,
        of account: AccountID
    ) async throws -> [RefilingOutcome] {
        let shard = self.mailShard(of: account)
        let savedAt = self.clock.now
        let contents = try await self.prepare(contents, in: shard)
        do {
            let (outcomes, uses) = try await shard.change(.durable) { database, effects in
                var work = RefilingWork(source: mailbox, account: account, contents: contents, savedAt: savedAt)
                let outcomes = try refilings.map { try work.decide($0, database) }
                try work.carryOut(database, &effects)
                return (outcomes, work.uses)
            }
            for (content, uses) in zip(contents, uses) where uses == 0 {
                content.body.discard(after: MailStoreError.gone, in: shard.shard)
            }
            return outcomes
        } catch {
            for content in contents { content.body.discard(after: error, in: shard.shard) }
            throw error
        }
    }
}

extension MessageReader {
    /// Messages of a mailbox in the order of their UIDs, from the one after `uid` on.
    package func placements(
        in mailbox: MailboxID,
        after uid: UID,
        through last: UID,
        limit: Int
    ) throws -> [MailboxState.Entry] {
        guard uid < last else { return [] }
        return try Placements.page(
            of: mailbox,
            UID(rawValue: uid.rawValue + 1)...last,
            limit: limit,
            self.database
        )
    }

    /// The account's keywords.
    package func keywords(of account: AccountID) throws -> KeywordTable {
        try Keywords.load(account, self.database)
    }
}
