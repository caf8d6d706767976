internal import MailStore
internal import MailTypes
internal import SieveLanguage
internal import Synchronization

/// Users' scripts, compiled: kept until any script of their owner changes.
final class ScriptCache: Sendable {
    /// Accounts whose scripts are kept; beyond it all are forgotten and compiled again.
    static let accountsMax = 2_000

    private struct Entry {
        var edition: Int
        /// The active script, where it was compiled and is right.
        var active: SieveProgram?
        /// By name; the empty name is the active one's. `nil` for a script that is not there or not right.
        var programs: [String: SieveProgram?] = [:]
    }

    private let entries = Mutex<[AccountID: Entry]>([:])

    func forgetAll() {
        self.entries.withLock { $0.removeAll() }
    }

    /// The account's active script, where it is compiled already and right.
    func known(of account: AccountID, edition: Int) -> SieveProgram? {
        self.entries.withLock { entries in
            guard let place = entries.index(forKey: account), entries.values[place].edition == edition else {
                return nil
            }
            return entries.values[place].active
        }
    }

    /// The program of a script of the account.
    ///
    /// - Parameters:
    ///   - name: empty for the active one.
    ///   - edition: as the store counts the account's scripts; a text that was read before it is not kept under it.
    func program(
        _ name: String,
        of account: AccountID,
        edition: Int,
        compile: () throws -> SieveProgram?
    ) rethrows -> SieveProgram? {
        let known = self.entries.withLock { entries -> SieveProgram?? in
            guard let entry = entries[account], entry.edition == edition else { return nil }
            return entry.programs[name]
        }
        if let known { return known }
        let program = try compile()
        self.entries.withLock { entries in
            if entries.count >= Self.accountsMax { entries.removeAll() }
            var entry = entries[account] ?? Entry(edition: edition)
            guard entry.edition <= edition else { return }
            if entry.edition < edition { entry = Entry(edition: edition) }
            entry.programs[name] = program
            if name.isEmpty { entry.active = program }
            entries[account] = entry
        }
        return program
    }
}
