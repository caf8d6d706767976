internal import MailTypes
internal import Storage

/// What the writer remembers of an account as it left it, so as not to read it again for the next change: it is the
/// only one that changes any.
///
/// It goes with whatever is rolled back (``Database/memory``). On a reader's connection there is never one, as only
/// what is written is remembered.
final class WriterMemory {
    /// Beyond it all are forgotten and read again.
    private static let accountsMax = 10_000
    /// Of blocks, which are of 2,000 octets at most.
    private static let tailsMax = 1_000

    private struct Account {
        var keywords: KeywordTable?
        var row: AccountRow?
        /// The mailbox that was changed last.
        var mailbox: MailboxRow?
    }

    private var accounts: [AccountID: Account] = [:]
    /// The last block of placements of mailboxes that messages were added to.
    private var tails: [MailboxID: PlacementBlock] = [:]

    // MARK: Keywords

    /// The account's keywords, in the transaction of the writer.
    static func keywords(of account: AccountID, _ database: Database) throws -> KeywordTable {
        if let known = Self.known(of: database)?.accounts[account]?.keywords { return known }
        let table = try Keywords.load(account, database)
        Self.note(table, of: account, database)
        return table
    }

    static func note(_ table: KeywordTable, of account: AccountID, _ database: Database) {
        Self.made(for: database).change(account) { $0.keywords = table }
    }

    // MARK: Rows

    static func row(of account: AccountID, _ database: Database) -> AccountRow? {
        Self.known(of: database)?.accounts[account]?.row
    }

    static func note(_ row: AccountRow, of account: AccountID, _ database: Database) {
        Self.made(for: database).change(account) { $0.row = row }
    }

    static func mailbox(
        of account: AccountID,
        _ database: Database,
        where isWanted: (MailboxRow) -> Bool
    ) -> MailboxRow? {
        guard let mailbox = Self.known(of: database)?.accounts[account]?.mailbox else { return nil }
        return isWanted(mailbox) ? mailbox : nil
    }

    static func note(_ mailbox: MailboxRow, _ database: Database) {
        Self.made(for: database).change(mailbox.account) { $0.mailbox = mailbox }
    }

    /// Rows were changed by other statements than those that note them here.
    static func forget(_ account: AccountID, _ database: Database) {
        Self.known(of: database)?.accounts[account] = nil
    }

    // MARK: Placements

    /// Hands out a mailbox's last block and forgets it: whoever changes it notes it again.
    static func takeTail(of mailbox: MailboxID, _ database: Database) -> PlacementBlock? {
        Self.known(of: database)?.tails.removeValue(forKey: mailbox)
    }

    static func noteTail(_ block: PlacementBlock, _ database: Database) {
        let memory = Self.made(for: database)
        let mailbox = block.key.mailbox
        if memory.tails.count >= Self.tailsMax, memory.tails[mailbox] == nil { memory.tails.removeAll() }
        memory.tails[mailbox] = block
    }

    /// Blocks of the mailbox were changed by others than those that add messages to it.
    static func forgetTail(of mailbox: MailboxID, _ database: Database) {
        Self.known(of: database)?.tails[mailbox] = nil
    }

    // MARK: -

    private func change(_ account: AccountID, _ change: (inout Account) -> Void) {
        if self.accounts.count >= Self.accountsMax, self.accounts[account] == nil { self.accounts.removeAll() }
        change(&self.accounts[account, default: Account()])
    }

    private static func known(of database: Database) -> WriterMemory? { database.memory as? WriterMemory }

    private static func made(for database: Database) -> WriterMemory {
        if let memory = Self.known(of: database) { return memory }
        let memory = WriterMemory()
        database.memory = memory
        return memory
    }
}
