internal import Dispatch
package import MailTypes
package import Storage
internal import Synchronization

/// Everybody's mail: accounts, mailboxes, messages, flags and their history.
///
/// An account lives in one shard, so its changes are one transaction each. Sessions that have a mailbox selected
/// share one ``LiveMailbox``, which is told of every change after it is committed, in the order of the commits.
///
/// Invariants, besides those of ``Shard`` and of the tables (`MailStoreSchema`):
/// 1. Commit before publish: no session sees a change that is not committed and as durable as was asked.
/// 2. UIDs and modification sequences only grow, also over a restart and over a power cut; a UIDVALIDITY is given to
///    one mailbox of an account, ever.
/// 3. What is wrong with one mailbox or account fails that one's operations only (lesson 22).
package final class MailStore: Sendable {
    let shards: [MailShard]
    let clock: any WallClock
    /// For large messages, which are read and wait for the disk: as many as may wait at once.
    let lanes: WorkLanes
    private let maildrops = Mutex<Set<AccountID>>([])

    /// Opens or creates the store.
    ///
    /// - Parameters:
    ///   - shards: how many databases a new store gets; an existing one keeps its number.
    ///   - options: of each database; a store that is to be looked at only must be there.
    package static func open(
        folder: String,
        shards: Int,
        clock: any WallClock,
        options: Shard.Options = .init()
    ) throws -> MailStore {
        let isInspection = options.purpose == .inspection
        if !isInspection { try FileSystem.makeFolder(folder) }
        let count = try StoreLayout.shardCount(in: folder, new: isInspection ? nil : shards)
        var opened: [MailShard] = []
        do {
            for number in 0..<count {
                var options = options
                options.bodyNames = MailStoreSchema.bodyNames
                options.custodyBeside = MailStoreSchema.custodyBeside
                let shard = try Shard.open(
                    folder: folder,
                    name: Self.shardName(number),
                    migrations: MailStoreSchema.migrations,
                    options: options
                )
                opened.append(try MailShard(shard: shard, clock: clock))
            }
        } catch {
            for shard in opened { shard.close() }
            throw error
        }
        return MailStore(shards: opened, clock: clock)
    }

    static func shardName(_ number: Int) -> String { "mail\(number)" }

    private init(shards: [MailShard], clock: any WallClock) {
        self.shards = shards
        self.clock = clock
        self.lanes = WorkLanes("messages", count: 8)
    }

    /// Answers what waits, makes it last and closes the files.
    package func close() {
        for shard in self.shards { shard.close() }
    }

    package func shard(of account: AccountID) -> Shard { self.mailShard(of: account).shard }

    /// All databases, for the ledger and for backups.
    package var allShards: [Shard] { self.shards.map(\.shard) }

    /// Whether the account can store nothing more. From memory, for RCPT time.
    package func isOverQuota(_ account: AccountID) -> Bool { self.mailShard(of: account).isFull(account) }

    /// Reads on one moment of the account's shard; `body` runs on a reader's thread.
    package func read<R: Sendable>(
        of account: AccountID,
        _ body: @escaping @Sendable (MessageReader) throws -> R
    ) async throws -> R {
        let shard = self.shard(of: account)
        let bodies = shard.bodies
        return try await shard.read { try body(MessageReader(database: $0, bodies: bodies)) }
    }

    /// The newest message of the queue that was delivered and is remembered: one that has its name would be taken for
    /// it and not be stored. Blocks the caller's thread.
    package func newestRemembered() throws -> TimeSortedID {
        let newest = try self.highest("SELECT max(trace) FROM delivered")
        return TimeSortedID(rawValue: UInt64(bitPattern: Int64(newest)))
    }

    /// The account with the highest number of those there is mail for; 0 when there are none.
    package func newestAccount() throws -> AccountID {
        AccountID(rawValue: Int64(try self.highest("SELECT max(id) FROM account")))
    }

    /// Of all shards. One whose page cannot be read has no part in it: nor can anything newer be written there, and
    /// readers of mail need none of it.
    private func highest(_ query: StaticString) throws -> Int {
        let highest = try self.shards.map { shard in
            do {
                return try shard.shard.readNow { try $0.integer(query) }
            } catch let error as StorageError where error.isOfWhatWasRead {
                return 0
            }
        }
        return highest.max() ?? 0
    }

    /// From now on messages that the account's mailboxes hold stay readable, though they be expunged, until the hold
    /// is ended: for reading in several visits. To be taken before one looks which messages there are, and not for
    /// longer than it takes to read them; after an hour it counts no more.
    package func hold(of account: AccountID) -> MessageHold { self.mailShard(of: account).holds.begin() }

    /// The account's keywords and their flags.
    package func keywords(of account: AccountID) async throws -> KeywordTable {
        try await self.mailShard(of: account).keywords(of: account)
    }

    /// The same, if they are in memory.
    package func keywordsInMemory(of account: AccountID) -> KeywordTable? {
        self.mailShard(of: account).keywordsInMemory(of: account)
    }

    /// The mailbox as sessions share it. The same object while anyone holds it.
    package func open(_ mailbox: MailboxID, of account: AccountID) async throws -> LiveMailbox {
        let shard = self.mailShard(of: account)
        if let live = shard.live.find(mailbox), live.account == account, !live.isGone { return live }
        let count = shard.live.publishCount
        let summary = try await shard.shard.read { database in
            let row = try MailboxRow.require(mailbox, of: account, in: database)
            return row.summary(isSubscribed: try Subscriptions.contains(row.name, of: account, database))
        }
        return try await shard.live.open(summary, of: account, in: shard, since: count)
    }

    /// The mailbox of this name as sessions share it; `nil` when there is none.
    ///
    /// One that is in memory costs no visit to the disk, another costs one. A name that only holds others never comes
    /// into memory: it would stay such a name there when it is made a mailbox.
    ///
    /// - Throws: ``MailStoreError/notSelectable`` for such a name.
    package func open(_ name: MailboxName, of account: AccountID) async throws -> LiveMailbox? {
        let shard = self.mailShard(of: account)
        if let live = shard.live.find(name, of: account) { return live }
        let count = shard.live.publishCount
        let summary = try await shard.readKeywords(of: account) { database -> MailboxSummary? in
            guard let row = try MailboxRow.find(name, of: account, in: database) else { return nil }
            guard row.isSelectable else { throw MailStoreError.notSelectable }
            return row.summary(isSubscribed: try Subscriptions.contains(name, of: account, database))
        }
        guard let summary else { return nil }
        return try await shard.live.open(summary, of: account, in: shard, since: count)
    }

    /// Takes the account's INBOX for one POP3 session, and holds its messages; `nil` when another has it. RFC 1939 §4.
    package func lockMaildrop(_ account: AccountID) -> MaildropLock? {
        let isTaken = self.maildrops.withLock { $0.insert(account).inserted }
        guard isTaken else { return nil }
        let hold = self.hold(of: account)
        return MaildropLock(account: account) {
            hold.end()
            self.unlockMaildrop(account)
        }
    }

    func mailShard(of account: AccountID) -> MailShard {
        self.shards[Int(account.rawValue.magnitude % UInt64(self.shards.count))]
    }

    private func unlockMaildrop(_ account: AccountID) {
        self.maildrops.withLock { _ = $0.remove(account) }
    }
}

/// One POP3 session's hold on a maildrop, until released.
package final class MaildropLock: Sendable {
    package let account: AccountID
    private let unlock: @Sendable () -> Void
    private let isReleased = Atomic<Bool>(false)

    init(account: AccountID, unlock: @escaping @Sendable () -> Void) {
        self.account = account
        self.unlock = unlock
    }

    /// Gives the maildrop back; later calls do nothing.
    package func release() {
        if !self.isReleased.exchange(true, ordering: .acquiringAndReleasing) { self.unlock() }
    }
}
