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
    /// - Parameters:
    ///   - purpose: when it is to be looked at only, it must be there, and nothing of it is changed.
    ///   - logs: what the trace is told, the log is told as well.
    static func open(
        _ configuration: MartletConfig,
        purpose: ShardPurpose = .service,
        clock: any WallClock,
        logs: Logs? = nil
    ) throws -> StoredServices {
        let home = configuration.server.data
        if purpose == .inspection { try DataFolder.requireParts(of: home) }
        var mailOptions = Shard.Options()
        mailOptions.purpose = purpose
        let lock = try HomeLock(folder: home)
        do {
            try DataFolder.finishRestore(in: home)
            try DataFolder.checkFormats(home)
            let services = StoredServices(
                home: home,
                lock: lock,
                clock: clock,
                directory: try Directory.open(
                    folder: "\(home)/directory",
                    options: configuration.directoryOptions,
                    purpose: purpose,
                    clock: clock
                ),
                store: try MailStore.open(
                    folder: "\(home)/mail",
                    shards: configuration.store.shards == 0 ? Processors.shards : configuration.store.shards,
                    clock: clock,
                    options: mailOptions
                ),
                queue: try MailQueue.open(
                    folder: "\(home)/queue",
                    options: configuration.queueOptions,
                    purpose: purpose,
                    clock: clock
                ),
                spool: try Spool.open(folder: "\(home)/spool", isInspection: purpose == .inspection),
                journal: try TraceJournal(
                    folder: "\(home)/trace",
                    days: configuration.trace.days,
                    octetsMax: configuration.trace.sizeMax,
                    clock: clock,
                    mirror: logs?.traceMirror
                )
            )
            // A clock that was set back since must not give a message the name of another.
            services.journal.identifiers.passOver(try services.queue.newestIdentifier())
            services.journal.identifiers.passOver(try services.store.newestRemembered())
            services.directory.passOver(try services.store.newestAccount())
            return services
        } catch {
            lock.release()
            throw error
        }
    }

    /// Makes the mailboxes of accounts that have none, and sets limits that are not the directory's: a crash may have
    /// come between the directory and the store, or a database be lost.
    func makeMissingMailboxes() async throws {
        let stored = try await self.store.limits()
        // At once, so that they share their syncs: after a loss there may be many, and a start waits for this.
        let store = self.store
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in self.directory.accountIDs() {
                guard let account = self.directory.account(id) else { continue }
                let wanted = AccountLimits(octets: account.quotaOctets, messages: account.quotaMessages)
                guard stored[id] != wanted else { continue }
                group.addTask {
                    try await store.createAccount(id)
                    try await store.setQuota(id, octets: wanted.octets, messages: wanted.messages)
                }
            }
            try await group.waitForAll()
        }
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
        system.certificateFolder = self.home
        system.hasRoute = configuration.hasRoute
        system.scriptRules = { configuration.scriptRules }
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
