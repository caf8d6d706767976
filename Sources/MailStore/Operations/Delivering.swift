internal import MailTypes
internal import NIOCore
internal import Storage
internal import Synchronization

extension MailStore {
    /// Stores a message for its recipients: one durable transaction a shard.
    ///
    /// - Parameter completion: one outcome a recipient, in their order; called on a storage thread or the caller's.
    ///   The spooled file of a large message is the caller's to discard after it.
    package func deliver(_ delivery: LocalDelivery, completion: @escaping @Sendable ([DeliveryOutcome]) -> Void) {
        let isSmall =
            if case .inline(let buffer) = delivery.content { buffer.readableBytes <= ParsingLane.smallMax } else {
                false
            }
        if isSmall {
            self.deliverHere(delivery, completion: completion)
        } else {
            self.parsing.run { self.deliverHere(delivery, completion: completion) }
        }
    }

    private func deliverHere(
        _ delivery: LocalDelivery,
        completion: @escaping @Sendable ([DeliveryOutcome]) -> Void
    ) {
        let prepared: PreparedMessage
        do {
            prepared = try PreparedMessage(delivery.content)
        } catch {
            completion(delivery.recipients.map { _ in .failed(error) })
            return
        }
        let groups = self.groups(of: delivery)
        let collector = OutcomeCollector(count: delivery.recipients.count, parts: groups.count, completion: completion)
        if groups.isEmpty { completion([]) }
        for (shard, recipients) in groups {
            self.deliver(delivery, prepared, to: recipients, in: self.shards[shard]) { outcomes in
                collector.add(outcomes, at: recipients)
            }
        }
    }

    /// Indices of the recipients by shard.
    private func groups(of delivery: LocalDelivery) -> [(shard: Int, recipients: [Int])] {
        var groups: [(shard: Int, recipients: [Int])] = []
        for (index, recipient) in delivery.recipients.enumerated() {
            let shard = Int(recipient.account.rawValue.magnitude % UInt64(self.shards.count))
            if let group = groups.firstIndex(where: { $0.shard == shard }) {
                groups[group].recipients.append(index)
            } else {
                groups.append((shard, [index]))
            }
        }
        return groups
    }

    private func deliver(
        _ delivery: LocalDelivery,
        _ prepared: PreparedMessage,
        to recipients: [Int],
        in shard: MailShard,
        completion: @escaping @Sendable ([DeliveryOutcome]) -> Void
    ) {
        let body: PreparedMessage.Body
        do {
            try shard.shard.requireRoom(for: prepared.octets)
            body = try PreparedMessage.body(of: delivery.content, in: shard.shard)
        } catch {
            completion(recipients.map { _ in .failed(error) })
            return
        }
        let work = DeliveryWork(
            delivery: delivery,
            prepared: prepared,
            body: body,
            message: shard.nextMessageID(),
            savedAt: self.clock.now
        )
        shard.change(.durable) { database, effects in
            try work.run(recipients, database, &effects)
        } completion: { result in
            switch result {
            case .success(let (outcomes, isStored)):
                if !isStored { body.discard(after: MailStoreError.overQuota, in: shard.shard) }
                completion(outcomes)
            case .failure(let error):
                body.discard(after: error, in: shard.shard)
                completion(recipients.map { _ in .failed(error) })
            }
        }
    }
}

/// Puts the outcomes of several shards into the recipients' order.
private final class OutcomeCollector: Sendable {
    private let state: Mutex<(outcomes: [DeliveryOutcome], left: Int)>
    private let completion: @Sendable ([DeliveryOutcome]) -> Void

    init(count: Int, parts: Int, completion: @escaping @Sendable ([DeliveryOutcome]) -> Void) {
        self.state = Mutex((Array(repeating: .noSuchAccount, count: count), parts))
        self.completion = completion
    }

    func add(_ outcomes: [DeliveryOutcome], at recipients: [Int]) {
        let all: [DeliveryOutcome]? = self.state.withLock { state in
            for (outcome, recipient) in zip(outcomes, recipients) { state.outcomes[recipient] = outcome }
            state.left -= 1
            return state.left == 0 ? state.outcomes : nil
        }
        if let all { self.completion(all) }
    }
}

/// One message into the mailboxes of one shard, inside the transaction.
private struct DeliveryWork: Sendable {
    let delivery: LocalDelivery
    let prepared: PreparedMessage
    let body: PreparedMessage.Body
    let message: StoredMessageID
    let savedAt: Instant

    func run(
        _ recipients: [Int],
        _ database: Database,
        _ effects: inout Effects
    ) throws -> ([DeliveryOutcome], isStored: Bool) {
        var outcomes: [DeliveryOutcome] = []
        outcomes.reserveCapacity(recipients.count)
        var placed = 0
        for index in recipients {
            if let before = try self.storedBefore(index, database) {
                outcomes.append(before)
                continue
            }
            let outcome = try self.place(self.delivery.recipients[index], database, &effects)
            if case .stored(let mailbox, let uid) = outcome {
                placed += 1
                try self.remember(index, mailbox, uid, database)
            }
            outcomes.append(outcome)
        }
        guard placed > 0 else { return (outcomes, false) }
        try self.prepared.insert(self.message, body: self.body, internalDate: self.delivery.internalDate, database)
        try References.set(self.message, count: placed, database)
        if case .direct = self.delivery.custody {
            database.tally(.accepted, placed)
            database.tally(.delivered, placed)
        }
        return (outcomes, true)
    }

    private func place(
        _ recipient: LocalDelivery.Recipient,
        _ database: Database,
        _ effects: inout Effects
    ) throws -> DeliveryOutcome {
        let octets = self.prepared.octets
        guard let account = try AccountRow.take(recipient.account, octets: octets, messages: 1, in: database) else {
            let exists = try AccountRow.find(recipient.account, in: database) != nil
            return exists ? .overQuota : .noSuchAccount
        }
        var mailbox = try MailboxRow.find(recipient.mailbox, of: recipient.account, in: database)
        if mailbox?.isSelectable != true {
            mailbox = try MailboxRow.find(.inbox, of: recipient.account, in: database)
        }
        guard var mailbox else { throw MailStoreError.noSuchMailbox }
        let entry = MailboxState.Entry(
            uid: try mailbox.takeUIDs(1),
            octets: UInt32(octets),
            flags: [],
            modSeq: account.modSeq,
            message: self.message
        )
        mailbox.counters.add(entry)
        mailbox.counters.highestModSeq = account.modSeq
        try mailbox.save(in: database)
        try Placements.append(CollectionOfOne(entry), to: mailbox.id, savedAt: self.savedAt, database)
        effects.note(.added([entry]), mailbox, account)
        return .stored(mailbox: mailbox.name, uid: entry.uid)
    }

    /// What an earlier try of the queue has stored for this recipient.
    private func storedBefore(_ index: Int, _ database: Database) throws -> DeliveryOutcome? {
        guard case .fromQueue(let ordinals) = self.delivery.custody else { return nil }
        let statement = try database.statement("SELECT mailbox, uid FROM delivered WHERE trace = ? AND ordinal = ?")
        statement.bind(Int64(bitPattern: self.delivery.traceID.rawValue), at: 1)
        statement.bind(ordinals[index], at: 2)
        return try statement.first { row in
            .stored(mailbox: MailboxName(trusted: row.text(0)), uid: UID(rawValue: UInt32(clamping: row.int(1))))
        }
    }

    private func remember(_ index: Int, _ mailbox: MailboxName, _ uid: UID, _ database: Database) throws {
        guard case .fromQueue(let ordinals) = self.delivery.custody else { return }
        let statement = try database.statement(
            "INSERT INTO delivered(trace, ordinal, mailbox, uid) VALUES(?, ?, ?, ?)"
        )
        statement.bind(Int64(bitPattern: self.delivery.traceID.rawValue), at: 1)
        statement.bind(ordinals[index], at: 2)
        statement.bind(mailbox.text, at: 3)
        statement.bind(Int64(uid.rawValue), at: 4)
        try statement.run()
        try self.forgetOld(database)
    }

    /// Forgets a few records of messages no queue still holds.
    private func forgetOld(_ database: Database) throws {
        let oldest = self.savedAt.millisecondsSince1970 - Self.rememberedMilliseconds
        let statement = try database.statement(
            """
            DELETE FROM delivered WHERE (trace, ordinal) IN
                (SELECT trace, ordinal FROM delivered WHERE trace < ? ORDER BY trace LIMIT 4)
            """
        )
        statement.bind(Int64(bitPattern: TimeSortedIDSource().next(at: oldest).rawValue), at: 1)
        try statement.run()
    }

    /// 30 days: longer than any queue keeps a message.
    private static let rememberedMilliseconds: Int64 = 30 * 86_400_000
}

extension Effects {
    mutating func note(_ kind: MailboxChange.Kind, _ mailbox: MailboxRow, _ account: AccountRow) {
        self.changes.append(
            MailboxChange(mailbox: mailbox.id, modSeq: account.modSeq, counters: mailbox.counters, kind: kind)
        )
        self.fullness.append((mailbox.account, account.isFull))
    }
}
