package import MailTypes
package import Storage
internal import Synchronization

/// Who has mail here: domains, accounts, aliases and what proves their owners.
///
/// All of it is held in memory, so that a recipient or a remembered login is answered at once, on any thread. A
/// change is on the disk before anybody sees it, and changes happen one after the other.
///
/// Invariants:
/// 1. What the index answers is what the disk holds: a change is applied to it after its commit, in commit order.
/// 2. An account's number is never given out again, whatever becomes of the account.
/// 3. No alias leads to itself, and none leads to more names than ``DirectoryLimits`` allows.
/// 4. A password that cannot be judged lets nobody in.
package final class Directory: Sendable {
    /// What answers are made of; replaced piece by piece under the lock, which nobody holds for long.
    struct State {
        var index: DirectoryIndex
        var options: DirectoryOptions
        var settings: RecipientSettings
    }

    let shard: Shard
    let clock: any WallClock
    let state: Mutex<State>
    let gate = ChangeGate()
    let logins: LoginVerifier

    /// Opens or creates the directory in `folder/directory.db` and reads it whole.
    ///
    /// - Parameter purpose: when it is to be looked at only, it must be there.
    package static func open(
        folder: String,
        options: DirectoryOptions = DirectoryOptions(),
        purpose: ShardPurpose = .service,
        clock: any WallClock = SystemClock()
    ) throws -> Directory {
        var shardOptions = Shard.Options()
        shardOptions.purpose = purpose
        shardOptions.readers = 1
        shardOptions.writerCacheKiB = 1_024
        shardOptions.logPrepared = 1 << 20
        shardOptions.logMax = 4 << 20
        let shard = try Shard.open(
            folder: folder,
            name: "directory",
            migrations: DirectoryTables.migrations,
            options: shardOptions
        )
        do {
            let (index, key) = try shard.readNow { (try DirectoryTables.load($0), try DirectoryTables.decoyKey($0)) }
            return Directory(shard: shard, index: index, decoyKey: key, options: options, clock: clock)
        } catch {
            shard.close()
            throw error
        }
    }

    /// Refuses a folder that this program cannot open for its format; changes nothing.
    package static func checkFormat(folder: String) throws {
        try Shard.checkFormat(folder: folder, name: "directory", migrations: DirectoryTables.migrations)
    }

    private init(
        shard: Shard,
        index: DirectoryIndex,
        decoyKey: Secret,
        options: DirectoryOptions,
        clock: any WallClock
    ) {
        self.shard = shard
        self.clock = clock
        self.state = Mutex(State(index: index, options: options, settings: RecipientSettings(options)))
        self.logins = LoginVerifier(decoyKey: decoyKey, policy: options.passwords)
    }

    /// Is told once when the disk has failed and nothing can be changed until the directory is opened anew.
    package func setDiskFailureHandler(_ handler: @escaping @Sendable (StorageError) -> Void) {
        self.shard.setFailureHandler(handler)
    }

    /// Ends all writing. Answers from memory go on.
    package func close() {
        self.shard.close()
    }

    /// Gives new accounts higher numbers than this one. A directory that is older than the mail, from a backup, does
    /// not know of all accounts there is mail for, which nobody else is to read.
    package func passOver(_ account: AccountID) {
        self.state.withLock { $0.index.accountsWereMade(through: account) }
    }

    /// Takes over new options; what is stored stays as it is.
    package func reconfigure(_ options: DirectoryOptions) {
        self.state.withLock { state in
            state.options = options
            state.settings = RecipientSettings(options)
        }
        self.logins.adopt(options.passwords)
    }

    /// Where mail for a recipient goes, or why it cannot.
    /// - Complexity: a few lookups in memory; for an alias, one more for each name it leads to.
    package func resolve(_ path: ForwardPath) -> Resolution {
        self.state.withLock { RecipientLookup(index: $0.index, settings: $0.settings).resolve(path) }
    }

    /// Whether mail for this domain ends here.
    package func isLocal(_ domain: Domain) -> Bool {
        self.state.withLock { $0.index.domains[domain] != nil }
    }

    /// Whether a user may write as `address`: its own, with or without detail, or an alias that leads to it.
    package func owns(_ user: AuthenticatedUser, _ address: EmailAddress) -> Bool {
        guard case .local(let targets, _) = self.resolve(.address(address)) else { return false }
        return targets.contains { $0.account == user.account }
    }

    /// Slow hashes that were computed, for whatever reason, since the directory was opened.
    package var hashesComputed: Int { self.logins.lane.jobsBegun }

    /// The directory as it stands now, for work that takes longer than a lock may be held.
    var snapshot: (index: DirectoryIndex, settings: RecipientSettings, options: DirectoryOptions) {
        self.state.withLock { ($0.index, $0.settings, $0.options) }
    }
}
