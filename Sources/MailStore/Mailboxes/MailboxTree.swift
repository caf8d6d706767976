internal import MailTypes
internal import Storage

/// An account's mailbox names, inside a transaction.
///
/// Each level of a name has a row: a mailbox, or a name that only holds others (`selectable = 0`). Such a name goes
/// when the last mailbox below it goes.
struct MailboxTree {
    let account: AccountID
    let now: Instant
    let database: Database

    func create(_ name: MailboxName, specialUse: SpecialUse?) throws -> MailboxRow {
        guard try AccountRow.find(self.account, in: self.database) != nil else { throw MailStoreError.noSuchAccount }
        try self.checkCount()
        if let specialUse { try self.requireFree(specialUse) }
        let existing = try MailboxRow.find(name, of: self.account, in: self.database)
        if existing?.isSelectable == true { throw MailStoreError.mailboxExists }
        try self.makeParents(of: name)
        let modSeq = try AccountRow.advance(self.account, in: self.database).modSeq
        let row =
            if let existing {
                try self.makeSelectable(existing, specialUse, modSeq)
            } else {
                try self.insert(name, isSelectable: true, specialUse: specialUse, modSeq: modSeq)
            }
        try self.log.append(.created, row.id, at: modSeq, name.text)
        return row
    }

    func delete(_ name: MailboxName, _ effects: inout Effects) throws {
        guard !name.isInbox else { throw MailStoreError.cannotDelete }
        guard let row = try MailboxRow.find(name, of: self.account, in: self.database) else {
            throw MailStoreError.noSuchMailbox
        }
        let hasChildren = try !MailboxRow.below(name, of: self.account, in: self.database).isEmpty
        guard row.isSelectable else { throw MailStoreError.hasChildren }
        let accountRow = try AccountRow.advance(
            self.account,
            octets: -row.counters.octets,
            messages: -row.counters.messages,
            in: self.database
        )
        try self.removeRow(row)
        try accountRow.keepModSeq(of: self.account, in: self.database)
        try self.leavePlacementsToSweeper(row.id)
        if hasChildren { _ = try self.insert(name, isSelectable: false, specialUse: nil, modSeq: accountRow.modSeq) }
        try self.log.append(.deleted, row.id, at: accountRow.modSeq, name.text)
        try self.removeEmptyNames(name.ancestors)
        effects.note(.removed, row, accountRow)
        effects.leavesLitter = true
    }

    func rename(_ old: MailboxName, to new: MailboxName, _ effects: inout Effects) throws {
        guard let row = try MailboxRow.find(old, of: self.account, in: self.database) else {
            throw MailStoreError.noSuchMailbox
        }
        guard new != old, !new.isBelow(old), !new.isInbox else {
            throw new == old || new.isInbox ? MailStoreError.mailboxExists : MailStoreError.cannotRename
        }
        guard try MailboxRow.find(new, of: self.account, in: self.database) == nil else {
            throw MailStoreError.mailboxExists
        }
        try self.makeParents(of: new)
        let below = try MailboxRow.below(old, of: self.account, in: self.database)
        let accountRow = try AccountRow.advance(self.account, in: self.database)
        try accountRow.keepModSeq(of: self.account, in: self.database)
        for var moved in [row] + below {
            guard let name = moved.name.moving(old, to: new) else { throw MailStoreError.invalidName }
            moved.name = name
            try self.setName(moved, accountRow, &effects)
        }
        try self.removeEmptyNames(old.ancestors)
    }

    /// The messages of INBOX become those of a new mailbox, with their UIDs; INBOX goes on, empty.
    func moveInbox(to new: MailboxName, _ effects: inout Effects) throws {
        guard !new.isInbox else { throw MailStoreError.mailboxExists }
        guard var inbox = try MailboxRow.find(.inbox, of: self.account, in: self.database) else {
            throw MailStoreError.noSuchMailbox
        }
        var row = try self.create(new, specialUse: nil)
        let accountRow = try AccountRow.advance(self.account, in: self.database)
        var uids: [UID] = []
        try Placements.scan(inbox.id, self.database) { uids.append($0.uid) }
        try Placements.moveAll(from: inbox.id, to: row.id, modSeq: accountRow.modSeq, self.database)
        let before = inbox.counters
        inbox.counters = MailboxCounters.empty(before.uidValidity, uidNext: before.uidNext, modSeq: accountRow.modSeq)
        let uidValidity = row.counters.uidValidity
        row.counters = before
        row.counters.uidValidity = uidValidity
        row.counters.highestModSeq = accountRow.modSeq
        try row.save(in: self.database)
        try inbox.save(in: self.database)
        // INBOX keeps its own. RFC 5464 §4.1.
        try AnnotationRows.copyAll(from: inbox.id, to: row.id, self.account, self.database)
        let ranges = UIDRanges.write(uids)
        try self.log.append(.expunged, inbox.id, at: accountRow.modSeq, ranges)
        effects.note(.expunged(uids), inbox, accountRow)
    }

    private var log: ChangeLog { ChangeLog(account: self.account, now: self.now, database: self.database) }

    // MARK: Rows

    /// A UIDVALIDITY this account has never used: the time, or one more than the last.
    private func nextUIDValidity() throws -> UIDValidity {
        let seconds = max(1, min(self.now.secondsSince1970, Int64(UInt32.max) - 1_000_000))
        let statement = try self.database.statement(
            "UPDATE account SET uid_validity = max(uid_validity + 1, ?2) WHERE id = ?1 RETURNING uid_validity"
        )
        statement.bind(self.account.rawValue, at: 1)
        statement.bind(seconds, at: 2)
        guard let value = try statement.first({ $0.int(0) }), value <= Int64(UInt32.max) else {
            throw MailStoreError.noSuchAccount
        }
        return UIDValidity(rawValue: UInt32(value))
    }

    func insert(
        _ name: MailboxName,
        isSelectable: Bool,
        specialUse: SpecialUse?,
        modSeq: ModSeq
    ) throws -> MailboxRow {
        let uidValidity = try self.nextUIDValidity()
        let statement = try self.database.statement(
            """
            INSERT INTO mailbox(account, name, uid_validity, uid_next, first_recent, modseq, messages, unseen, deleted,
                deleted_octets, recent, octets, selectable, special_use)
            VALUES(?, ?, ?, 1, 1, ?, 0, 0, 0, 0, 0, 0, ?, ?)
            """
        )
        statement.bind(self.account.rawValue, at: 1)
        statement.bind(name.text, at: 2)
        statement.bind(Int64(uidValidity.rawValue), at: 3)
        statement.bind(modSeq.rawValue, at: 4)
        statement.bind(isSelectable ? 1 : 0, at: 5)
        statement.bind(specialUse?.rawValue, at: 6)
        try statement.run()
        guard let row = try MailboxRow.find(name, of: self.account, in: self.database) else {
            throw MailStoreError.noSuchMailbox
        }
        guard row.id.rawValue <= MailStoreLimits.mailboxIDMax else { throw MailStoreError.tooManyMailboxes }
        return row
    }

    /// Makes a mailbox of a name that only held others; what is noted about the name stays.
    private func makeSelectable(
        _ name: MailboxRow,
        _ specialUse: SpecialUse?,
        _ modSeq: ModSeq
    ) throws -> MailboxRow {
        let statement = try self.database.statement(
            "UPDATE mailbox SET selectable = 1, special_use = ?2, uid_validity = ?3, modseq = ?4 WHERE id = ?1"
        )
        statement.bind(name.id.rawValue, at: 1)
        statement.bind(specialUse?.rawValue, at: 2)
        statement.bind(Int64(try self.nextUIDValidity().rawValue), at: 3)
        statement.bind(modSeq.rawValue, at: 4)
        try statement.run()
        WriterMemory.forget(self.account, self.database)
        guard let row = try MailboxRow.find(name.id, in: self.database) else { throw MailStoreError.noSuchMailbox }
        return row
    }

    private func setName(_ row: MailboxRow, _ accountRow: AccountRow, _ effects: inout Effects) throws {
        let statement = try self.database.statement("UPDATE mailbox SET name = ? WHERE id = ?")
        statement.bind(row.name.text, at: 1)
        statement.bind(row.id.rawValue, at: 2)
        try statement.run()
        WriterMemory.forget(self.account, self.database)
        if try self.log.append(.renamed, row.id, at: accountRow.modSeq, row.name.text) { effects.leavesLitter = true }
        effects.changes.append(
            MailboxChange(
                mailbox: row.id,
                modSeq: row.counters.highestModSeq,
                counters: row.counters,
                kind: .renamed(row.name)
            )
        )
    }

    /// What the row has counted stays with the account.
    func removeRow(_ row: MailboxRow) throws {
        let counted = try self.database.statement(
            "UPDATE account SET modseq = max(modseq, ?2), delivered = delivered + ?3 WHERE id = ?1"
        )
        counted.bind(self.account.rawValue, at: 1)
        counted.bind(row.counters.highestModSeq.rawValue, at: 2)
        counted.bind(row.delivered, at: 3)
        try counted.run()
        let statement = try self.database.statement("DELETE FROM mailbox WHERE id = ?")
        statement.bind(row.id.rawValue, at: 1)
        try statement.run()
        WriterMemory.forget(self.account, self.database)
        try AnnotationRows.removeAll(of: row.id, self.account, self.database)
    }

    func leavePlacementsToSweeper(_ mailbox: MailboxID) throws {
        let statement = try self.database.statement("INSERT INTO removed_mailbox(id) VALUES(?)")
        statement.bind(mailbox.rawValue, at: 1)
        try statement.run()
    }

    private func makeParents(of name: MailboxName) throws {
        for parent in name.ancestors.reversed()
        where try MailboxRow.find(parent, of: self.account, in: self.database) == nil {
            let modSeq = try AccountRow.advance(self.account, in: self.database).modSeq
            _ = try self.insert(parent, isSelectable: false, specialUse: nil, modSeq: modSeq)
        }
    }

    /// - Parameter names: the nearest first.
    private func removeEmptyNames(_ names: [MailboxName]) throws {
        for name in names {
            guard let row = try MailboxRow.find(name, of: self.account, in: self.database), !row.isSelectable,
                try MailboxRow.below(name, of: self.account, in: self.database).isEmpty
            else { return }
            try self.removeRow(row)
        }
    }

    private func checkCount() throws {
        let statement = try self.database.statement("SELECT count(*) FROM mailbox WHERE account = ?")
        statement.bind(self.account.rawValue, at: 1)
        let count = try statement.first { Int($0.int(0)) } ?? 0
        guard count < MailStoreLimits.mailboxesMax else { throw MailStoreError.tooManyMailboxes }
    }

    func requireFree(_ specialUse: SpecialUse) throws {
        let statement = try self.database.statement("SELECT 1 FROM mailbox WHERE account = ? AND special_use = ?")
        statement.bind(self.account.rawValue, at: 1)
        statement.bind(specialUse.rawValue, at: 2)
        if try statement.first({ _ in true }) != nil { throw MailStoreError.specialUseTaken }
    }
}

extension MailboxCounters {
    static func empty(_ uidValidity: UIDValidity, uidNext: UID, modSeq: ModSeq) -> MailboxCounters {
        MailboxCounters(
            uidValidity: uidValidity,
            uidNext: uidNext,
            firstRecent: uidNext,
            highestModSeq: modSeq,
            messages: 0,
            unseen: 0,
            deleted: 0,
            deletedOctets: 0,
            recent: 0,
            octets: 0
        )
    }
}
