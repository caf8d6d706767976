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
            if case .inline(let buffer) = delivery.content { buffer.readableBytes <= PreparedMessage.smallMax } else {
                false
            }
        if isSmall {
            self.deliverHere(delivery, completion: completion)
        } else {
            self.lanes.run { self.deliverHere(delivery, completion: completion) }
        }
    }

    private func deliverHere(
        _ delivery: LocalDelivery,
        completion: @escaping @Sendable ([DeliveryOutcome]) -> Void
    ) {
        let prepared: [PreparedMessage]
        do {
            prepared = try ([delivery.content] + delivery.editions).map { try PreparedMessage($0) }
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
        _ prepared: [PreparedMessage],
        to recipients: [Int],
        in shard: MailShard,
        completion: @escaping @Sendable ([DeliveryOutcome]) -> Void
    ) {
        var contents: [DeliveryWork.Content] = []
        do {
            for (content, prepared) in zip([delivery.content] + delivery.editions, prepared) {
                try shard.shard.requireRoom(for: prepared.octets)
                let body = try PreparedMessage.body(of: content, in: shard.shard)
                contents.append(.init(prepared: prepared, body: body, message: shard.nextMessageID()))
            }
        } catch {
            // No row names them, whatever the error is.
            for content in contents { content.body.discard(after: MailStoreError.gone, in: shard.shard) }
            completion(recipients.map { _ in .failed(error) })
            return
        }
        let work = DeliveryWork(delivery: delivery, contents: contents, savedAt: self.clock.now)
        self.deliver(work, to: recipients, in: shard, completion: completion)
    }

    private func deliver(
        _ work: DeliveryWork,
        to recipients: [Int],
        in shard: MailShard,
        completion: @escaping @Sendable ([DeliveryOutcome]) -> Void
    ) {
        shard.change(.durable) { database, effects in
            try work.run(recipients, database, &effects)
        } completion: { result in
            switch result {
            case .success(let (outcomes, uses)):
                for (content, uses) in zip(work.contents, uses) where uses == 0 {
                    content.body.discard(after: MailStoreError.overQuota, in: shard.shard)
                }
                completion(outcomes)
            case .failure(let error)
            where recipients.count > 1 && !work.isEachAlone && DeliveryWork.isOneRecipients(error):
                var work = work
                work.isEachAlone = true
                self.deliver(work, to: recipients, in: shard, completion: completion)
            case .failure(let error):
                for content in work.contents { content.body.discard(after: error, in: shard.shard) }
                if recipients.count > 1, DeliveryWork.isOneRecipients(error) {
                    self.deliverSeparately(work, to: recipients, in: shard, completion: completion)
                } else {
                    completion(recipients.map { _ in .failed(error) })
                }
            }
        }
    }

    /// One transaction a recipient, each with a message of its own: once a transaction has met a page that is damaged,
    /// SQLite writes nothing more in it, whatever is rolled back.
    private func deliverSeparately(
        _ work: DeliveryWork,
        to recipients: [Int],
        in shard: MailShard,
        completion: @escaping @Sendable ([DeliveryOutcome]) -> Void
    ) {
        let prepared = work.contents.map(\.prepared)
        let parts = recipients.count
        let collector = OutcomeCollector(count: parts, parts: parts, completion: completion)
        self.lanes.run {
            for (position, recipient) in recipients.enumerated() {
                self.deliver(work.delivery, prepared, to: [recipient], in: shard) { outcomes in
                    collector.add(outcomes, at: [position])
                }
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

extension Effects {
    mutating func note(_ kind: MailboxChange.Kind, _ mailbox: MailboxRow, _ account: AccountRow) {
        self.changes.append(
            MailboxChange(mailbox: mailbox.id, modSeq: account.modSeq, counters: mailbox.counters, kind: kind)
        )
        self.fullness.append((mailbox.account, account.isFull))
    }
}
