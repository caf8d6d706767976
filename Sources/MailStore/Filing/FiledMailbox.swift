internal import MailTypes
internal import Storage

/// Where a copy that a script asked for goes, inside a transaction.
struct FiledMailbox {
    let account: AccountID
    let now: Instant
    let database: Database

    /// The mailbox of the wanted number, else of the wanted use, else the one of the name, else one that is made; `nil`
    /// when there is none and none can be made.
    func find(_ copy: FiledCopy) throws -> MailboxRow? {
        if let id = copy.mailboxID, let found = try MailboxRow.find(id, in: self.database),
            found.account == self.account, found.isSelectable
        {
            return found
        }
        if let use = copy.specialUse,
            let found = try MailboxRow.all(of: self.account, in: self.database).first(where: { $0.specialUse == use })
        {
            return found
        }
        if let found = try MailboxRow.find(copy.mailbox, of: self.account, in: self.database), found.isSelectable {
            return found
        }
        guard copy.createsMailbox else { return nil }
        let tree = MailboxTree(account: self.account, now: self.now, database: self.database)
        do {
            let made = try tree.create(copy.mailbox, specialUse: nil)
            try Subscriptions.add(copy.mailbox, of: self.account, self.database)
            return made
        } catch is MailStoreError {
            return nil
        }
    }
}
