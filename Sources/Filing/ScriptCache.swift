internal import MailStore
internal import MailTypes
internal import SieveLanguage
internal import Synchronization

/// Users' scripts, compiled: kept until any script of their owner changes.
///
/// Accounts that have the same script share one program: a site gives the same one to many, and a program takes several
/// times the memory of its text.
final class ScriptCache: Sendable {
    /// Accounts whose scripts are kept; beyond it all are forgotten and compiled again.
    static let accountsMax = 2_000

    /// Octets of the texts that were compiled; beyond it all are forgotten, too. A program takes some twelve times as
    /// much memory, and one account could have any number of them by changing its script again and again.
    static let textOctetsMax = 8 << 20

    /// One account's active script, where it was compiled and is right: what most mail asks for, so it lies alone.
    private struct Active {
        let edition: Int
        let program: SieveProgram
    }

    private struct Entry {
        var edition: Int
        /// By name; the empty name is the active one's. `nil` for a script that is not there or not right.
        var programs: [String: SieveProgram?] = [:]
    }

    private struct Source: Hashable {
        let name: String
        let text: [UInt8]
        /// Of the text, which may have a megabyte: computed before the lock is taken that event loops take, too.
        private let digest: Int

        init(name: String, text: [UInt8]) {
            self.name = name
            self.text = text
            self.digest = text.hashValue
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(self.digest)
        }
    }

    private struct State {
        var active: [AccountID: Active] = [:]
        var entries: [AccountID: Entry] = [:]
        var programs: [Source: SieveProgram] = [:]
        /// Of the texts that were compiled.
        var textOctets = 0
    }

    private let state = Mutex(State())

    /// Octets of the texts that were compiled and may be kept.
    var textOctets: Int { self.state.withLock { $0.textOctets } }

    func forgetAll() {
        self.state.withLock { $0 = State() }
    }

    /// The account's active script, where it is compiled already and right.
    func known(of account: AccountID, edition: Int) -> SieveProgram? {
        self.state.withLock { state in
            guard let active = state.active[account], active.edition == edition else { return nil }
            return active.program
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
        let known = self.state.withLock { state -> SieveProgram?? in
            guard let entry = state.entries[account], entry.edition == edition else { return nil }
            return entry.programs[name]
        }
        if let known { return known }
        let program = try compile()
        self.state.withLock { state in
            if state.entries.count >= Self.accountsMax { state = State() }
            var entry = state.entries[account] ?? Entry(edition: edition)
            guard entry.edition <= edition else { return }
            if entry.edition < edition { entry = Entry(edition: edition) }
            entry.programs[name] = program
            state.entries[account] = entry
            if name.isEmpty { state.active[account] = program.map { Active(edition: edition, program: $0) } }
        }
        return program
    }

    /// The program of a text, compiled unless an account has the same; `nil` when it is not right.
    func program(compiling text: [UInt8], name: String, by compiler: SieveCompiler) -> SieveProgram? {
        let source = Source(name: name, text: text)
        if let known = self.state.withLock({ $0.programs[source] }) { return known }
        let program = compiler.compile(text, name: name).program
        guard let program else { return nil }
        self.state.withLock { state in
            if state.textOctets + text.count > Self.textOctetsMax { state = State() }
            state.programs[source] = program
            state.textOctets += text.count
        }
        return program
    }
}
