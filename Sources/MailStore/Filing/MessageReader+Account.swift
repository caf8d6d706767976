package import MailTypes
internal import Storage

/// What a script may ask about its owner's account, on one moment.
extension MessageReader {
    /// Whether mail may be filed into a mailbox.
    package func mailboxExists(_ name: MailboxName, of account: AccountID) throws -> Bool {
        try MailboxRow.find(name, of: account, in: self.database)?.isSelectable ?? false
    }

    /// The name of the mailbox with that number; `nil` when the account has none.
    package func mailboxName(_ mailbox: MailboxID, of account: AccountID) throws -> MailboxName? {
        guard let row = try MailboxRow.find(mailbox, in: self.database), row.account == account else { return nil }
        return row.name
    }

    /// The account's mailbox of that use; `nil` when it has none.
    package func mailboxName(_ use: SpecialUse, of account: AccountID) throws -> MailboxName? {
        try MailboxRow.all(of: account, in: self.database).first { $0.specialUse == use }?.name
    }

    /// The text of one of the account's scripts.
    package func script(_ name: String, of account: AccountID) throws -> [UInt8]? {
        try ScriptRows.text(ScriptRows.keptName(name, of: account, self.database), of: account, self.database)
    }

    /// The script that runs at delivery; `nil` when none is active.
    package func activeScript(of account: AccountID) throws -> (name: String, text: [UInt8])? {
        guard let name = try ScriptRows.activeName(of: account, self.database),
            let text = try ScriptRows.text(name, of: account, self.database)
        else { return nil }
        return (name, text)
    }
}

extension MailStore {
    /// Reads on one moment of the account's shard; `completion` is told on a reader's thread.
    package func read<R: Sendable>(
        of account: AccountID,
        _ body: @escaping @Sendable (MessageReader) throws -> R,
        completion: @escaping @Sendable (Result<R, any Error>) -> Void
    ) {
        let shard = self.shard(of: account)
        let bodies = shard.bodies
        shard.read({ try body(MessageReader(database: $0, bodies: bodies)) }, completion: completion)
    }
}
