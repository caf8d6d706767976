package import MailTypes
internal import Storage
internal import Synchronization

/// The Sieve scripts of an account. Every change is durable when it returns.
extension MailStore {
    /// All of the account's scripts, by name.
    package func scripts(of account: AccountID) async throws -> [StoredScript] {
        try await self.shard(of: account).read { database in
            let statement = try database.statement(
                "SELECT name, length(text), active, changed_at FROM script WHERE account = ? ORDER BY name"
            )
            statement.bind(account.rawValue, at: 1)
            var scripts: [StoredScript] = []
            try statement.eachRow { row in
                scripts.append(
                    StoredScript(
                        name: row.text(0),
                        octets: Int(row.int(1)),
                        isActive: row.int(2) != 0,
                        changedAt: Instant(millisecondsSince1970: row.int(3))
                    )
                )
            }
            return scripts
        }
    }

    /// A script's text; `nil` when there is none of that name.
    package func script(_ name: String, of account: AccountID) async throws -> [UInt8]? {
        try await self.shard(of: account).read {
            try ScriptRows.text(ScriptRows.keptName(name, of: account, $0), of: account, $0)
        }
    }

    /// Keeps a script under a name, in the place of the one that had it; one that was active stays so.
    ///
    /// - Throws: ``ScriptError`` when the name is none or the account's quota is used up.
    package func putScript(
        _ name: String,
        text: [UInt8],
        of account: AccountID,
        quota: ScriptQuota = ScriptQuota()
    ) async throws {
        guard let name = ScriptName.normalized(name) else { throw ScriptError.invalidName }
        let now = self.clock.now
        try await self.changeScripts(of: account) { database in
            let name = try ScriptRows.keptName(name, of: account, database)
            try ScriptRows.requireRoom(name, octets: text.count, of: account, quota: quota, database)
            try ScriptRows.put(name, text, of: account, at: now, database)
        }
    }

    /// Whether ``putScript(_:text:of:quota:)`` would have room. RFC 5804 §2.5.
    package func requireRoomForScript(
        _ name: String,
        octets: Int,
        of account: AccountID,
        quota: ScriptQuota = ScriptQuota()
    ) async throws {
        guard let name = ScriptName.normalized(name) else { throw ScriptError.invalidName }
        try await self.shard(of: account).read { database in
            let name = try ScriptRows.keptName(name, of: account, database)
            try ScriptRows.requireRoom(name, octets: octets, of: account, quota: quota, database)
        }
    }

    /// Removes a script that is not active.
    package func removeScript(_ name: String, of account: AccountID) async throws {
        try await self.changeScripts(of: account) { database in
            let name = try ScriptRows.keptName(name, of: account, database)
            guard try !ScriptRows.requireIsActive(name, of: account, database) else { throw ScriptError.scriptIsActive }
            try ScriptRows.run("DELETE FROM script WHERE account = ? AND name = ?", account, name, database: database)
        }
    }

    /// Gives a script another name; an active one stays active. RFC 5804 §2.11.1.
    package func renameScript(_ name: String, to new: String, of account: AccountID) async throws {
        guard let new = ScriptName.normalized(new) else { throw ScriptError.invalidName }
        try await self.changeScripts(of: account) { database in
            let name = try ScriptRows.keptName(name, of: account, database)
            _ = try ScriptRows.requireIsActive(name, of: account, database)
            // One that is kept in another form may get the normal one.
            let taken = try ScriptRows.keptName(new, of: account, database)
            let isItself = taken.utf8.elementsEqual(name.utf8) && !taken.utf8.elementsEqual(new.utf8)
            if !isItself, try ScriptRows.isActive(taken, of: account, database) != nil {
                throw ScriptError.scriptExists
            }
            try ScriptRows.run(
                "UPDATE script SET name = ?3 WHERE account = ?1 AND name = ?2",
                account,
                name,
                new,
                database: database
            )
        }
    }

    /// Makes a script the one that runs at delivery. RFC 5804 §2.8.
    ///
    /// - Parameter name: `nil` for none.
    package func activateScript(_ name: String?, of account: AccountID) async throws {
        try await self.changeScripts(of: account) { database in
            let name = try name.map { try ScriptRows.keptName($0, of: account, database) }
            if let name { _ = try ScriptRows.requireIsActive(name, of: account, database) }
            try ScriptRows.run("UPDATE script SET active = 0 WHERE account = ? AND active", account, database: database)
            guard let name else { return }
            try ScriptRows.run(
                "UPDATE script SET active = 1 WHERE account = ? AND name = ?",
                account,
                name,
                database: database
            )
        }
    }

    /// Which edition of its scripts the account has, if one of them is active. From memory, for every delivery.
    ///
    /// The number changes with each change of any script of the account; it means nothing to another process.
    package func activeScriptEdition(of account: AccountID) -> Int? {
        self.mailShard(of: account).activeScripts.withLock { $0[account] }
    }

    private func changeScripts(
        of account: AccountID,
        _ change: @escaping @Sendable (Database) throws -> Void
    ) async throws {
        try await self.mailShard(of: account).change(.durable) { database, effects in
            guard try AccountRow.find(account, in: database) != nil else { throw ScriptError.noSuchAccount }
            try change(database)
            effects.scripts.append((account, try ScriptRows.activeName(of: account, database) != nil))
        }
    }
}
