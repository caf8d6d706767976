package import Directory
package import Filing
package import MailQueue
package import MailStore
package import MailTypes
package import SieveLanguage
package import Trace

/// The services an administrator's calls work on, in a running program or opened for one command.
package struct AdministeredSystem: Sendable {
    package var directory: Directory
    package var store: MailStore
    package var queue: MailQueue
    package var journal: TraceJournal
    package var traceFolder: String
    /// Where the certificate and its key lie that the server made for itself; `nil` when it is not known.
    package var certificateFolder: String?
    package var clock: any WallClock
    /// By which users' scripts are checked before they are kept, and how much an account may keep, as configured now.
    package var scriptRules: @Sendable () -> (compiler: SieveCompiler, quota: ScriptQuota) = {
        (SieveCompiler(), ScriptQuota())
    }
    /// Whether mail for an address elsewhere can be sent on, as the routes are now.
    package var hasRoute: @Sendable (EmailAddress) -> Bool = { _ in true }
    /// By which scripts run on stored mail, as they are configured now.
    package var filingOptions: @Sendable () throws -> FilingOptions = { FilingOptions(hostName: "localhost") }
    /// What only a running program can do; `nil` when there is none.
    package var running: (any RunningSystem)?

    package init(
        directory: Directory,
        store: MailStore,
        queue: MailQueue,
        journal: TraceJournal,
        traceFolder: String,
        clock: any WallClock,
        running: (any RunningSystem)?
    ) {
        self.directory = directory
        self.store = store
        self.queue = queue
        self.journal = journal
        self.traceFolder = traceFolder
        self.clock = clock
        self.running = running
    }
}

/// The parts of a running program that are no stored data.
package protocol RunningSystem: Sendable {
    func status() async throws -> Status.Output
    /// - Returns: what was taken over and what needs a restart, in a sentence each.
    func reload() async throws -> [String]
    /// Asks for a graceful stop of the whole program and returns at once.
    func requestStop() -> Stop.Output
    /// Sees whether the program that is installed now can take over; if so, asks for it and returns at once.
    func requestUpgrade() async throws -> Upgrade.Output
}

extension AdministeredSystem {
    /// Every call there is, by its name on the wire.
    package static let calls: [any AdministrativeCall.Type] = [
        DomainAdd.self, DomainList.self, DomainRemove.self,
        AccountAdd.self, AccountList.self, AccountShow.self, AccountPassword.self, AccountQuota.self,
        AccountSuspension.self, AccountRemove.self, AccountForget.self,
        AliasAdd.self, AliasList.self, AliasRemove.self,
        MailboxList.self,
        ScriptList.self, ScriptShow.self, ScriptPut.self, ScriptActivate.self, ScriptRemove.self, ScriptRun.self,
        SigningKeyAdd.self, SigningKeyList.self, SigningKeyChange.self, MessageSigning.self,
        QueueList.self, QueueShow.self, QueueChange.self,
        Status.self, Reload.self, Stop.self, Upgrade.self, TraceQuery.self, Ledger.self, StoreCheck.self,
        StoreBackup.self,
    ]

    func account(_ address: String) throws -> Account {
        guard let account = self.directory.account(named: address) else {
            throw OperationError("There is no account \(address). See: martlet account list")
        }
        return account
    }
}
