internal import MailTypes
internal import Storage

/// Carries out one recipient's ``FilingPlan``, inside the transaction of its delivery.
struct FilingWork {
    let delivery: DeliveryWork
    let account: AccountID

    private struct Copy {
        var content: Int
        var mailbox: MailboxRow
        var flags: FlagSet
    }

    /// - Returns: the first copy; what else was done when there is none.
    func run(
        _ plan: FilingPlan,
        _ uses: inout [Int],
        _ database: Database,
        _ effects: inout Effects
    ) throws -> DeliveryOutcome {
        guard let row = try AccountRow.find(self.account, in: database) else { return .noSuchAccount }
        var wanted: [FiledCopy] = []
        for copy in plan.copies where try self.isDue(copy.onlyOnce, database) { wanted.append(copy) }
        // The message itself decides; what is written about it must not keep it out.
        if !self.fits(wanted, row) { wanted.removeAll(where: \.isBeside) }
        guard self.fits(wanted, row) else { return .overQuota }
        let copies = try self.copies(wanted, database, &effects)
        // Making a mailbox has changed the account.
        let changed = wanted.contains(where: \.createsMailbox) ? try AccountRow.find(self.account, in: database) : nil
        let outcome = try self.place(copies, of: changed ?? row, &uses, database, &effects)
        var isSent = false
        for outgoing in plan.outgoing {
            if let mark = outgoing.onlyOnce {
                let isNew = try MarkRows.setOnce(mark, of: self.account, at: self.delivery.savedAt, database)
                guard isNew else { continue }
            }
            let message = self.delivery.contents[outgoing.content].message
            try OutgoingRows.insert(outgoing, message, of: self.account, at: self.delivery.savedAt, database)
            uses[outgoing.content] += 1
            isSent = true
        }
        let marks = wanted.compactMap(\.onlyOnce) + plan.marks
        for mark in marks { try MarkRows.set(mark, of: self.account, database) }
        if isSent { effects.leavesOutgoing = true }
        if !marks.isEmpty || isSent { try MarkRows.forgetSome(at: self.delivery.savedAt, database) }
        return outcome ?? (isSent ? .sentOn : .discarded)
    }

    private func fits(_ copies: [FiledCopy], _ row: AccountRow) -> Bool {
        let octets = copies.reduce(0) { $0 + self.delivery.contents[$1.content].prepared.octets }
        return row.hasRoom(octets: octets, messages: copies.count)
    }

    private func isDue(_ mark: AccountMark?, _ database: Database) throws -> Bool {
        guard let mark else { return true }
        let now = self.delivery.savedAt
        return try !MarkRows.isSet(mark.handle, mark.identity, of: self.account, at: now, database)
    }

    /// Where copies go; two of one message in one mailbox become one.
    private func copies(
        _ wanted: [FiledCopy],
        _ database: Database,
        _ effects: inout Effects
    ) throws -> [Copy] {
        var keywords = Keywords(account: self.account)
        var copies: [Copy] = []
        for copy in wanted {
            let mailbox = try self.mailbox(for: copy, database)
            let flags = copy.flags.union(try keywords.keptFlags(for: copy.keywords, database))
            if let same = copies.firstIndex(where: { $0.mailbox.id == mailbox.id && $0.content == copy.content }) {
                copies[same].flags.formUnion(flags)
            } else {
                copies.append(Copy(content: copy.content, mailbox: mailbox, flags: flags))
            }
        }
        keywords.note(in: &effects)
        return copies
    }

    private func mailbox(for copy: FiledCopy, _ database: Database) throws -> MailboxRow {
        let place = FiledMailbox(account: self.account, now: self.delivery.savedAt, database: database)
        if let found = try place.find(copy) { return found }
        guard let inbox = try MailboxRow.find(.inbox, of: self.account, in: database) else {
            throw MailStoreError.noSuchMailbox
        }
        return inbox
    }

    private func place(
        _ copies: [Copy],
        of row: AccountRow,
        _ uses: inout [Int],
        _ database: Database,
        _ effects: inout Effects
    ) throws -> DeliveryOutcome? {
        guard !copies.isEmpty else { return nil }
        let octets = copies.reduce(0) { $0 + self.delivery.contents[$1.content].prepared.octets }
        let account = row.taking(octets: octets, messages: copies.count, of: self.account, in: database)
        var outcome: DeliveryOutcome?
        for (index, copy) in copies.enumerated()
        where !copies[..<index].contains(where: { $0.mailbox.id == copy.mailbox.id }) {
            let here = copies[index...].filter { $0.mailbox.id == copy.mailbox.id }
            let messages = here.map { (content: self.delivery.contents[$0.content], flags: $0.flags) }
            var row = copy.mailbox
            // However many copies there are, one message was delivered.
            if index == 0 { row.delivered += self.delivery.deliveredCount }
            let uid = try self.delivery.place(messages, in: &row, account, database, &effects)
            for copy in here { uses[copy.content] += 1 }
            outcome = outcome ?? .stored(mailbox: row.name, uid: uid)
        }
        return outcome
    }
}
