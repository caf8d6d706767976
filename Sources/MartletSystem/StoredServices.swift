internal import Directory
internal import Glibc
internal import MailQueue
internal import MailStore
internal import MailTypes
internal import MartletConfig
internal import Operations
internal import Storage
internal import Trace

/// Everything that lives on disk, opened: the part of the system that a command can use without a running program.
struct StoredServices: Sendable {
    let home: String
    let lock: HomeLock
    let clock: any WallClock
    let directory: Directory
    let store: MailStore
    let queue: MailQueue
    let spool: Spool
    let journal: TraceJournal

    /// Opens or creates all of it under the configuration's data folder.
    ///
    /// - Parameter isAfterDiskFailure: what is there may be in memory only, and is written anew.
    static func open(
        _ configuration: MartletConfig,
        isAfterDiskFailure: Bool = false,
        clock: any WallClock
    ) throws -> StoredServices {
        let home = configuration.server.data
        let lock = try HomeLock(folder: home)
        do {
            try DataFolder.checkFormats(home)
            var shardOptions = Shard.Options()
            shardOptions.rewritesLog = isAfterDiskFailure
            return StoredServices(
                home: home,
                lock: lock,
                clock: clock,
                directory: try Directory.open(
                    folder: "\(home)/directory",
                    options: configuration.directoryOptions,
                    isAfterDiskFailure: isAfterDiskFailure,
                    clock: clock
                ),
                store: try MailStore.open(
                    folder: "\(home)/mail",
                    shards: configuration.store.shards,
                    clock: clock,
                    options: shardOptions
                ),
                queue: try MailQueue.open(
                    folder: "\(home)/queue",
                    options: configuration.queueOptions,
                    isAfterDiskFailure: isAfterDiskFailure,
                    clock: clock
                ),
                spool: try Spool.open(folder: "\(home)/spool"),
                journal: try TraceJournal(folder: "\(home)/trace", days: configuration.trace.days, clock: clock)
            )
        } catch {
            lock.release()
            throw error
        }
    }

    /// Makes the mailboxes of accounts that have none: a crash may have come between the directory and the store.
    func makeMissingMailboxes() async throws {
        var missing = Set(self.directory.accountIDs())
        for shard in self.store.allShards {
            let present = try await shard.read { database in
                var present: [AccountID] = []
                try database.statement("SELECT id FROM account").eachRow { row in
                    present.append(AccountID(rawValue: row.int(0)))
                }
                return present
            }
            missing.subtract(present)
        }
        for account in missing.sorted() { try await self.store.createAccount(account) }
    }

    /// Is told for each database that can no longer be written because the disk has failed.
    func setDiskFailureHandler(_ handler: @escaping @Sendable (_ database: String, StorageError) -> Void) {
        self.directory.setDiskFailureHandler { handler("directory", $0) }
        self.queue.setDiskFailureHandler { handler("queue", $0) }
        for shard in self.store.allShards {
            let name = shard.name
            shard.setFailureHandler { handler(name, $0) }
        }
    }

    func administered(by running: (any RunningSystem)?, _ configuration: MartletConfig) -> AdministeredSystem {
        var system = AdministeredSystem(
            directory: self.directory,
            store: self.store,
            queue: self.queue,
            journal: self.journal,
            traceFolder: "\(self.home)/trace",
            clock: self.clock,
            running: running
        )
        system.hasRoute = configuration.hasRoute
        system.scriptCompiler = configuration.sieveCompiler
        system.scriptQuota = configuration.scriptQuota
        system.filingOptions = { try configuration.filingOptions() }
        return system
    }

    func close() {
        self.journal.flush()
        self.queue.close()
        self.store.close()
        self.directory.close()
        self.lock.release()
    }
}
