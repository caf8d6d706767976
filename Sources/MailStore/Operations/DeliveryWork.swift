internal import MailTypes
internal import Storage

/// One message into the mailboxes of one shard, inside the transaction.
struct DeliveryWork: Sendable {
    /// The message, or what a script made of it.
    struct Content: Sendable {
        let prepared: PreparedMessage
        let body: PreparedMessage.Body
        let message: StoredMessageID
    }

    let delivery: LocalDelivery
    /// The message as it came, then the delivery's editions.
    let contents: [Content]
    let savedAt: Instant
    /// Whether a recipient whose rows are damaged fails without the others, which costs a savepoint each.
    var isEachAlone = false

    /// - Returns: one outcome a recipient, and how often each content is used; one that is not used has no row.
    func run(
        _ recipients: [Int],
        _ database: Database,
        _ effects: inout Effects
    ) throws -> ([DeliveryOutcome], uses: [Int]) {
        var outcomes: [DeliveryOutcome] = []
        outcomes.reserveCapacity(recipients.count)
        var uses = Array(repeating: 0, count: self.contents.count)
        // What is stored, the mailbox's row counts.
        var ends = (sentOn: 0, discarded: 0)
        for index in recipients {
            if let before = try self.storedBefore(index, database) {
                outcomes.append(before)
                continue
            }
            let outcome =
                self.isEachAlone
                ? try self.deliverAlone(index, &uses, database, &effects)
                : try self.deliver(index, &uses, database, &effects)
            switch outcome {
            case .sentOn: ends.sentOn += 1
            case .discarded: ends.discarded += 1
            case .stored, .overQuota, .noSuchAccount, .rejected, .failed: break
            }
            try self.remember(index, outcome, database)
            outcomes.append(outcome)
        }
        for (content, uses) in zip(self.contents, uses) where uses > 0 {
            try content.prepared.insert(
                content.message,
                body: content.body,
                internalDate: self.delivery.internalDate,
                database
            )
            try References.set(content.message, count: uses, database)
        }
        if self.isFirstCustody, ends != (0, 0) {
            database.tally(.accepted, ends.sentOn + ends.discarded)
            database.tally(.delivered, ends.sentOn)
            database.tally(.discarded, ends.discarded)
        }
        return (outcomes, uses)
    }

    /// Whether with this delivery the recipients are accepted, too.
    private var isFirstCustody: Bool {
        if case .direct = self.delivery.custody { true } else { false }
    }

    /// What a mailbox's row counts when it gets the message.
    var deliveredCount: Int64 { self.isFirstCustody ? 1 : 0 }

    /// Whether an error is about what one recipient has, and the next may fare better. Lesson 22.
    static func isOneRecipients(_ error: any Error) -> Bool {
        guard let error = error as? StorageError else { return error is MailStoreError }
        return error.code == .corrupt || error.code == .constraint
    }

    private func deliverAlone(
        _ index: Int,
        _ uses: inout [Int],
        _ database: Database,
        _ effects: inout Effects
    ) throws -> DeliveryOutcome {
        var (ownUses, ownEffects) = (uses, effects)
        do {
            let outcome = try database.partly { try self.deliver(index, &ownUses, database, &ownEffects) }
            (uses, effects) = (ownUses, ownEffects)
            return outcome
        } catch  where Self.isOneRecipients(error) {
            return .failed(error)
        }
    }

    private func deliver(
        _ index: Int,
        _ uses: inout [Int],
        _ database: Database,
        _ effects: inout Effects
    ) throws -> DeliveryOutcome {
        let recipient = self.delivery.recipients[index]
        if let plan = self.delivery.filings[index] {
            let work = FilingWork(delivery: self, account: recipient.account)
            return try work.run(plan, &uses, database, &effects)
        }
        let outcome = try self.place(recipient, database, &effects)
        if case .stored = outcome { uses[0] += 1 }
        return outcome
    }

    private func place(
        _ recipient: LocalDelivery.Recipient,
        _ database: Database,
        _ effects: inout Effects
    ) throws -> DeliveryOutcome {
        let octets = self.contents[0].prepared.octets
        let taken = try AccountRow.take(
            recipient.account,
            octets: octets,
            messages: 1,
            in: database
        )
        guard let account = taken else {
            let exists = try AccountRow.find(recipient.account, in: database) != nil
            return exists ? .overQuota : .noSuchAccount
        }
        var mailbox = try MailboxRow.find(recipient.mailbox, of: recipient.account, in: database)
        if mailbox?.isSelectable != true {
            mailbox = try MailboxRow.find(.inbox, of: recipient.account, in: database)
        }
        guard var mailbox else { throw MailStoreError.noSuchMailbox }
        mailbox.delivered += self.deliveredCount
        let message = CollectionOfOne((content: self.contents[0], flags: FlagSet()))
        let uid = try self.place(message, in: &mailbox, account, database, &effects)
        return .stored(mailbox: mailbox.name, uid: uid)
    }

    /// Puts messages into one mailbox, as one change of it; the account has taken the room for them.
    ///
    /// - Returns: the UID of the first.
    func place(
        _ messages: some Collection<(content: Content, flags: FlagSet)>,
        in mailbox: inout MailboxRow,
        _ account: AccountRow,
        _ database: Database,
        _ effects: inout Effects
    ) throws -> UID {
        let first = try mailbox.takeUIDs(messages.count)
        var entries: [MailboxState.Entry] = []
        entries.reserveCapacity(messages.count)
        for (content, flags) in messages {
            let entry = MailboxState.Entry(
                uid: UID(rawValue: first.rawValue + UInt32(entries.count)),
                octets: UInt32(content.prepared.octets),
                flags: flags,
                modSeq: account.modSeq,
                message: content.message
            )
            mailbox.counters.add(entry)
            entries.append(entry)
        }
        mailbox.counters.highestModSeq = account.modSeq
        try mailbox.save(in: database)
        try Placements.append(entries, to: mailbox.id, savedAt: self.savedAt, database)
        effects.note(.added(entries), mailbox, account)
        return first
    }

    // MARK: - Deliveries of the queue, which may be repeated

    /// What an earlier try of the queue has done for this recipient.
    private func storedBefore(_ index: Int, _ database: Database) throws -> DeliveryOutcome? {
        guard case .fromQueue(let ordinals) = self.delivery.custody else { return nil }
        let statement = try database.statement("SELECT mailbox, uid FROM delivered WHERE trace = ? AND ordinal = ?")
        statement.bind(Int64(bitPattern: self.delivery.traceID.rawValue), at: 1)
        statement.bind(ordinals[index], at: 2)
        return try statement.first { row in
            switch row.int(1) {
            case Self.sentOnMark: .sentOn
            case Self.discardedMark: .discarded
            default:
                .stored(mailbox: MailboxName(trusted: row.text(0)), uid: UID(rawValue: UInt32(clamping: row.int(1))))
            }
        }
    }

    /// What stands for a UID where nothing was stored.
    private static let sentOnMark: Int64 = 0
    private static let discardedMark: Int64 = -1

    private func remember(_ index: Int, _ outcome: DeliveryOutcome, _ database: Database) throws {
        guard case .fromQueue(let ordinals) = self.delivery.custody else { return }
        let (mailbox, uid): (String, Int64)
        switch outcome {
        case .stored(let name, let number): (mailbox, uid) = (name.text, Int64(number.rawValue))
        case .sentOn: (mailbox, uid) = ("", Self.sentOnMark)
        case .discarded: (mailbox, uid) = ("", Self.discardedMark)
        case .overQuota, .noSuchAccount, .rejected, .failed: return
        }
        let statement = try database.statement(
            "INSERT INTO delivered(trace, ordinal, mailbox, uid) VALUES(?, ?, ?, ?)"
        )
        statement.bind(Int64(bitPattern: self.delivery.traceID.rawValue), at: 1)
        statement.bind(ordinals[index], at: 2)
        statement.bind(mailbox, at: 3)
        statement.bind(uid, at: 4)
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
