internal import MailTypes
internal import Storage

extension MailShard {
    /// Gives a mailbox's recent messages to one session.
    func claimRecent(of mailbox: MailboxID, account: AccountID) async throws -> RecentClaim {
        try await self.change(.lazy) { database, effects in
            var row = try MailboxRow.require(mailbox, of: account, in: database)
            let claim = RecentClaim(first: row.counters.firstRecent, count: row.counters.recent)
            guard row.counters.firstRecent != row.uidNext else { return claim }
            row.counters.firstRecent = row.uidNext
            row.counters.recent = 0
            try row.save(in: database)
            effects.changes.append(
                MailboxChange(
                    mailbox: mailbox,
                    modSeq: row.counters.highestModSeq,
                    counters: row.counters,
                    kind: .counted
                )
            )
            return claim
        }
    }
}
