internal import MIME
package import MailTypes
internal import Storage

extension MailStore {
    /// Puts messages into a mailbox, all or none, in their order. RFC 9051 §6.3.12, RFC 3502.
    package func append(
        _ messages: [NewMessage],
        to mailbox: MailboxID,
        of account: AccountID
    ) async throws -> AppendResult {
        let shard = self.mailShard(of: account)
        let savedAt = self.clock.now
        let works = try await self.prepare(messages, in: shard)
        do {
            return try await shard.change(.durable) { database, effects in
                try AppendWork(messages: works, savedAt: savedAt).run(mailbox, account, database, &effects)
            }
        } catch {
            for work in works { work.body.discard(after: error, in: shard.shard) }
            throw error
        }
    }

    func prepare(_ messages: [NewMessage], in shard: MailShard) async throws -> [AppendWork.Message] {
        try await withCheckedThrowingContinuation { continuation in
            self.lanes.run {
                continuation.resume(with: Result { try Self.prepareNow(messages, in: shard) })
            }
        }
    }

    private static func prepareNow(_ messages: [NewMessage], in shard: MailShard) throws -> [AppendWork.Message] {
        try shard.shard.requireRoom(for: messages.reduce(0) { $0 + $1.content.octets })
        var works: [AppendWork.Message] = []
        var factsLeft = MailStoreLimits.factsOctetsMax
        do {
            for message in messages {
                for keyword in message.keywords where !KeywordTable.isValid(keyword) {
                    throw MailStoreError.invalidKeyword
                }
                let prepared = try PreparedMessage(message.content)
                factsLeft -= prepared.facts.octets
                guard factsLeft >= 0 else { throw MailStoreError.messageTooLarge }
                works.append(
                    AppendWork.Message(
                        prepared: prepared,
                        body: try PreparedMessage.body(of: message.content, in: shard.shard),
                        id: shard.nextMessageID(),
                        flags: message.flags,
                        keywords: message.keywords,
                        internalDate: message.internalDate
                    )
                )
            }
        } catch {
            for work in works { work.body.discard(after: MailStoreError.gone, in: shard.shard) }
            throw error
        }
        return works
    }
}

/// Messages into one mailbox, inside the transaction.
struct AppendWork: Sendable {
    struct Message: Sendable {
        let prepared: PreparedMessage
        let body: PreparedMessage.Body
        let id: StoredMessageID
        let flags: FlagSet
        let keywords: [String]
        let internalDate: Instant
    }

    let messages: [Message]
    let savedAt: Instant

    func run(
        _ mailbox: MailboxID,
        _ account: AccountID,
        _ database: Database,
        _ effects: inout Effects
    ) throws -> AppendResult {
        var row = try MailboxRow.require(mailbox, of: account, in: database)
        let total = self.messages.reduce(0) { $0 + $1.prepared.octets }
        let accountRow = try AccountRow.advance(
            account,
            octets: total,
            messages: self.messages.count,
            in: database
        )
        var keywords = Keywords(account: account)
        var uid = try row.takeUIDs(self.messages.count)
        var entries: [MailboxState.Entry] = []
        entries.reserveCapacity(self.messages.count)
        for message in self.messages {
            let flags = message.flags.union(try keywords.keptFlags(for: message.keywords, database))
            let entry = MailboxState.Entry(
                uid: uid,
                octets: UInt32(message.prepared.octets),
                flags: flags,
                modSeq: accountRow.modSeq,
                message: message.id
            )
            try message.prepared.insert(message.id, body: message.body, internalDate: message.internalDate, database)
            row.counters.add(entry)
            entries.append(entry)
            uid.rawValue += 1
        }
        try Placements.append(entries, to: mailbox, savedAt: self.savedAt, database)
        row.counters.highestModSeq = accountRow.modSeq
        try row.save(in: database)
        keywords.note(in: &effects)
        effects.note(.added(entries), row, accountRow)
        return AppendResult(uidValidity: row.counters.uidValidity, uids: entries.map(\.uid))
    }
}
