package import MailTypes
internal import Storage

extension MailStore {
    /// Makes a mailbox, and names above it that hold nothing themselves. RFC 9051 §6.3.4, RFC 6154 §3.
    package func create(
        _ name: MailboxName,
        specialUse: SpecialUse? = nil,
        of account: AccountID
    ) async throws -> MailboxSummary {
        let now = self.clock.now
        return try await self.mailShard(of: account).change(.durable) { database, _ in
            let tree = MailboxTree(account: account, now: now, database: database)
            let row = try tree.create(name, specialUse: specialUse)
            return row.summary(isSubscribed: try Subscriptions.contains(name, of: account, database))
        }
    }

    /// Removes a mailbox with its messages; one with others below it stays as a name. RFC 9051 §6.3.5.
    package func delete(_ name: MailboxName, of account: AccountID) async throws {
        let now = self.clock.now
        try await self.mailShard(of: account).change(.durable) { database, effects in
            try MailboxTree(account: account, now: now, database: database).delete(name, &effects)
        }
    }

    /// Gives a mailbox and those below it new names. Renaming INBOX moves its messages and leaves it empty.
    /// RFC 9051 §6.3.6.
    package func rename(_ old: MailboxName, to new: MailboxName, of account: AccountID) async throws {
        let now = self.clock.now
        try await self.mailShard(of: account).change(.durable) { database, effects in
            let tree = MailboxTree(account: account, now: now, database: database)
            if old.isInbox { try tree.moveInbox(to: new, &effects) } else { try tree.rename(old, to: new, &effects) }
        }
    }
}
