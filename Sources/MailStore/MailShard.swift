internal import MailTypes
internal import Storage
internal import Synchronization

/// A shard of the mail store with what is kept in memory about it.
final class MailShard: Sendable {
    /// Accounts whose keywords are remembered; beyond it all are forgotten and read again.
    private static let keywordTablesMax = 10_000

    let shard: Shard
    let clock: any WallClock
    let live: LiveRegistry
    private let lastMessage: Atomic<Int64>
    private let full: Mutex<Set<AccountID>>
    /// The accounts with an active script, and the edition of their scripts.
    let activeScripts: Mutex<[AccountID: Int]>
    /// The accounts with an annotation that names a script for changes of a mailbox.
    let eventScripts: Mutex<Set<AccountID>>
    /// Told of outgoing messages.
    let outgoingHandler = Mutex<(@Sendable () -> Void)?>(nil)
    private let scriptEdition = Atomic<Int>(1)
    private let keywords = Mutex<[AccountID: KeywordTable]>([:])
    let holds = MessageHolds()
    let sweeper: Sweeper

    init(shard: Shard, clock: any WallClock) throws {
        self.shard = shard
        self.clock = clock
        self.live = LiveRegistry()
        self.sweeper = Sweeper(shard: shard, holds: self.holds, clock: clock)
        if let jump = shard.jump {
            try shard.writeNow { try Self.jump(jump == .afterCopy ? .afterCopy : .afterCrash, $0) }
        }
        let (last, full, scripted, eventScripted, isLitter) = try shard.readNow { database in
            (
                try Self.newestMessage(database),
                try Self.fullAccounts(database),
                try ScriptRows.scripted(database),
                try AnnotationRows.withEventScripts(database),
                try Self.isLitter(clock.now, database)
            )
        }
        self.lastMessage = Atomic(Int64(last))
        self.full = Mutex(full)
        self.activeScripts = Mutex(Dictionary(uniqueKeysWithValues: scripted.map { ($0, 1) }))
        self.eventScripts = Mutex(Set(eventScripted))
        if isLitter, !shard.isInspection { self.sweeper.wake() }
        shard.rehearse { database in
            let nobody = AccountID(rawValue: 0)
            _ = try MailboxRow.find(.inbox, of: nobody, in: database)
            _ = try Subscriptions.contains(.inbox, of: nobody, database)
            _ = try Keywords.load(nobody, database)
            try Placements.scan(MailboxID(rawValue: 0), database) { _ in }
        }
    }

    /// A page that cannot be read is no reason to keep everybody from the rest: bodies have the same number. Lesson 22.
    private static func newestMessage(_ database: Database) throws -> Int {
        do {
            return try database.integer("SELECT max(id) FROM message")
        } catch let error as StorageError where error.isOfWhatWasRead {
            return try database.integer("SELECT max(message) FROM body")
        }
    }

    /// Where that cannot be read, the sweeper finds out how far it comes.
    private static func isLitter(_ now: Instant, _ database: Database) throws -> Bool {
        do {
            return try Sweeper.isNeeded(now, database)
        } catch let error as StorageError where error.isOfWhatWasRead {
            return true
        }
    }

    /// An identifier no message had since the process began, and none on the disk has.
    func nextMessageID() -> StoredMessageID {
        StoredMessageID(rawValue: self.lastMessage.add(1, ordering: .relaxed).newValue)
    }

    /// Runs a change; what it changed is published when it is committed, before `completion` is told.
    func change<R: Sendable>(
        _ durability: Durability,
        _ operation: @escaping @Sendable (Database, inout Effects) throws -> R,
        completion: @escaping @Sendable (Result<R, any Error>) -> Void
    ) {
        let now = self.clock.now
        self.shard.write(durability) { database in
            var effects = Effects(now: now)
            let result = try operation(database, &effects)
            return (result, effects)
        } completion: { outcome in
            if case .success((_, let effects)) = outcome { self.publish(effects) }
            completion(outcome.map(\.0))
        }
    }

    func change<R: Sendable>(
        _ durability: Durability,
        _ operation: @escaping @Sendable (Database, inout Effects) throws -> R
    ) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            self.change(durability, operation) { continuation.resume(with: $0) }
        }
    }

    func isFull(_ account: AccountID) -> Bool {
        self.full.withLock { $0.contains(account) }
    }

    func keywords(of account: AccountID) async throws -> KeywordTable {
        if let table = self.keywords.withLock({ $0[account] }) { return table }
        let table = try await self.shard.read { try Keywords.load(account, $0) }
        return self.remember(table, of: account)
    }

    /// The account's keywords, if they are in memory.
    func keywordsInMemory(of account: AccountID) -> KeywordTable? { self.keywords.withLock { $0[account] } }

    /// Reads, and learns the account's keywords by the way if they are not known.
    func readKeywords<R: Sendable>(
        of account: AccountID,
        _ operation: @escaping @Sendable (Database) throws -> R
    ) async throws -> R {
        let isKnown = self.keywords.withLock { $0[account] != nil }
        let (result, table) = try await self.shard.read { database in
            (try operation(database), isKnown ? nil : try Keywords.load(account, database))
        }
        if let table { _ = self.remember(table, of: account) }
        return result
    }

    func close() {
        self.sweeper.stop()
        self.shard.close()
    }

    private func publish(_ effects: Effects) {
        if !effects.fullness.isEmpty {
            self.full.withLock { full in
                for (account, isFull) in effects.fullness {
                    if isFull { full.insert(account) } else if !full.isEmpty { full.remove(account) }
                }
            }
        }
        if let account = effects.removedAccount { self.keywords.withLock { _ = $0.removeValue(forKey: account) } }
        for (account, isActive) in effects.scripts {
            let edition = self.scriptEdition.add(1, ordering: .relaxed).newValue
            self.activeScripts.withLock { $0[account] = isActive ? edition : nil }
        }
        for (account, hasSome) in effects.eventScripts {
            self.eventScripts.withLock { if hasSome { $0.insert(account) } else { $0.remove(account) } }
        }
        for (account, table) in effects.keywords { _ = self.remember(table, of: account, isNew: true) }
        for change in effects.changes { self.live.publish(change) }
        if effects.leavesOutgoing { self.outgoingHandler.withLock { $0 }?() }
        if effects.leavesLitter { self.sweeper.wake() }
    }

    /// - Parameter isNew: it was just committed; else it was read, and what is known is no older.
    private func remember(_ table: KeywordTable, of account: AccountID, isNew: Bool = false) -> KeywordTable {
        self.keywords.withLock { tables in
            if tables.count >= Self.keywordTablesMax { tables.removeAll() }
            if let known = tables[account], !isNew { return known }
            tables[account] = table
            return table
        }
    }

    /// For RCPT time; what is stored is held to the quota in its transaction. A page that cannot be read is no reason
    /// to keep everybody from the rest. Lesson 22.
    private static func fullAccounts(_ database: Database) throws -> Set<AccountID> {
        var accounts: Set<AccountID> = []
        do {
            try Self.eachFullAccount(database) { accounts.insert($0) }
        } catch let error as StorageError where error.isOfWhatWasRead {}
        return accounts
    }

    private static func eachFullAccount(_ database: Database, _ body: (AccountID) -> Void) throws {
        let statement = try database.statement(
            """
            SELECT account.id FROM account JOIN mailbox ON mailbox.account = account.id
            WHERE quota_octets < ?1 OR quota_messages < ?1 GROUP BY account.id
            HAVING sum(mailbox.octets) >= quota_octets OR sum(mailbox.messages) >= quota_messages
            """
        )
        statement.bind(AccountRow.unlimited, at: 1)
        try statement.eachRow { body(AccountID(rawValue: $0.int(0))) }
    }

    /// After the machine went down, lazy changes a client was told may be lost, and all that came after a copy was
    /// made is: no identifier is given out twice.
    private static func jump(_ steps: MailStoreLimits.Jump, _ database: Database) throws {
        let accounts = try database.statement(
            """
            UPDATE account SET uid_validity = uid_validity + ?2, modseq = ?1 + max(modseq, coalesce(
                (SELECT max(mailbox.modseq) FROM mailbox WHERE mailbox.account = account.id), 0))
            """
        )
        accounts.bind(steps.modSeqs, at: 1)
        accounts.bind(steps.uidValidities, at: 2)
        try accounts.run()
        let mailboxes = try database.statement("UPDATE mailbox SET uid_next = min(uid_next + ?, ?)")
        mailboxes.bind(steps.uids, at: 1)
        mailboxes.bind(Int(UInt32.max), at: 2)
        try mailboxes.run()
        try database.confirmJump()
    }
}

/// What a committed operation changes in memory.
struct Effects: Sendable {
    /// When the operation was asked for.
    let now: Instant
    var changes: [MailboxChange] = []
    var fullness: [(AccountID, Bool)] = []
    var keywords: [(AccountID, KeywordTable)] = []
    /// Accounts whose scripts changed, and whether one of them is active now.
    var scripts: [(AccountID, isActive: Bool)] = []
    /// Accounts whose scripts for changes of a mailbox are named otherwise, and whether any is named.
    var eventScripts: [(AccountID, hasSome: Bool)] = []
    var removedAccount: AccountID?
    /// There is an outgoing message.
    var leavesOutgoing = false
    /// Something is left for the sweeper.
    var leavesLitter = false

    init(now: Instant) {
        self.now = now
    }
}

/// A change of one mailbox, as its sessions are told.
struct MailboxChange: Sendable {
    enum Kind: Sendable {
        case added([MailboxState.Entry])
        case flags([(uid: UID, flags: FlagSet)])
        /// UIDs ascend.
        case expunged([UID])
        /// Only counters changed.
        case counted
        case renamed(MailboxName)
        case removed
    }

    let mailbox: MailboxID
    let modSeq: ModSeq
    let counters: MailboxCounters
    let kind: Kind
}
