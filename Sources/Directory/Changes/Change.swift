internal import MailTypes
internal import Storage

/// One change to the directory, the same for the disk and for the index in memory.
enum Change: Sendable {
    case putDomain(Domain, order: Int)
    case deleteDomain(Domain)
    /// A new account, or all of an existing one again.
    case putAccount(StoredAccount)
    case deleteAccount(StoredAccount)
    /// A new alias, or new targets for an existing one.
    case putAlias(Alias)
    case deleteAlias(EmailAddress)
    /// A new key, or another state of an existing one.
    case putSigningKey(SigningKey)
    case deleteSigningKey(DNSName, of: Domain)

    func write(to database: Database) throws {
        switch self {
        case .putDomain(let domain, let order): try Self.put(domain, order: order, database)
        case .deleteDomain(let domain): try Self.delete(domain, database)
        case .putAccount(let account): try Self.put(account, database)
        case .deleteAccount(let account): try Self.delete(account, database)
        case .putAlias(let alias): try Self.put(alias, database)
        case .deleteAlias(let address): try Self.delete(alias: address, database)
        case .putSigningKey(let key): try SigningKeyRows.put(key, database)
        case .deleteSigningKey(let selector, let domain): try SigningKeyRows.delete(selector, of: domain, database)
        }
    }

    private static func put(_ domain: Domain, order: Int, _ database: Database) throws {
        let statement = try database.statement("INSERT INTO domain(name, position) VALUES(?1, ?2)")
        statement.bind(domain.name, at: 1)
        statement.bind(order, at: 2)
        try statement.run()
    }

    private static func delete(_ domain: Domain, _ database: Database) throws {
        let statement = try database.statement("DELETE FROM domain WHERE name = ?1")
        statement.bind(domain.name, at: 1)
        try statement.run()
        try SigningKeyRows.deleteAll(of: domain, database)
    }

    private static func put(_ account: StoredAccount, _ database: Database) throws {
        let statement = try database.statement(
            """
            INSERT INTO account(id, domain, local_part, state, is_admin, quota_octets, quota_messages, created,
                password, scram)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            ON CONFLICT(id) DO UPDATE SET state = excluded.state, is_admin = excluded.is_admin,
                quota_octets = excluded.quota_octets, quota_messages = excluded.quota_messages,
                password = excluded.password, scram = excluded.scram
            """
        )
        statement.bind(account.id.rawValue, at: 1)
        statement.bind(account.domain.name, at: 2)
        statement.bind(account.localPart, at: 3)
        statement.bind(account.state.rawValue, at: 4)
        statement.bind(account.isAdmin ? 1 : 0, at: 5)
        statement.bind(account.quotaOctets.map(Int64.init), at: 6)
        statement.bind(account.quotaMessages.map(Int64.init), at: 7)
        statement.bind(account.created.millisecondsSince1970, at: 8)
        statement.bind(account.password, at: 9)
        statement.bind(account.scram, at: 10)
        try statement.run()
    }

    /// Keeps the highest account number that was ever given out.
    static func accountsWereMade(through last: AccountID, _ database: Database) throws {
        let statement = try database.statement(
            "UPDATE counter SET value = ?1 WHERE name = 'account' AND value < ?1"
        )
        statement.bind(last.rawValue, at: 1)
        try statement.run()
    }

    private static func delete(_ account: StoredAccount, _ database: Database) throws {
        let statement = try database.statement("DELETE FROM account WHERE id = ?1")
        statement.bind(account.id.rawValue, at: 1)
        try statement.run()
    }

    private static func put(_ alias: Alias, _ database: Database) throws {
        try self.delete(alias: alias.address, database)
        let statement = try database.statement(
            """
            INSERT INTO alias_target(domain, local_part, position, target_local_part, target_domain)
            VALUES(?1, ?2, ?3, ?4, ?5)
            """
        )
        for (position, target) in alias.targets.enumerated() {
            statement.bind(alias.address.domain.name, at: 1)
            statement.bind(alias.address.localPart, at: 2)
            statement.bind(position, at: 3)
            statement.bind(target.localPart, at: 4)
            statement.bind(target.domain.name, at: 5)
            try statement.run()
        }
    }

    private static func delete(alias address: EmailAddress, _ database: Database) throws {
        let statement = try database.statement("DELETE FROM alias_target WHERE domain = ?1 AND local_part = ?2")
        statement.bind(address.domain.name, at: 1)
        statement.bind(address.localPart, at: 2)
        try statement.run()
    }
}
