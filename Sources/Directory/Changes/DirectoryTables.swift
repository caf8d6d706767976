internal import MailTypes
internal import Storage

/// The directory's part of the data format, and how it is read at start.
enum DirectoryTables {
    static let migrations = [
        Migration(
            1,
            """
            CREATE TABLE domain(name TEXT NOT NULL PRIMARY KEY, position INTEGER NOT NULL UNIQUE) WITHOUT ROWID;
            CREATE TABLE account(
                id INTEGER NOT NULL PRIMARY KEY,
                domain TEXT NOT NULL,
                local_part TEXT NOT NULL,
                state INTEGER NOT NULL,
                is_admin INTEGER NOT NULL,
                quota_octets INTEGER,
                quota_messages INTEGER,
                created INTEGER NOT NULL,
                password TEXT,
                scram TEXT,
                UNIQUE(domain, local_part)
            );
            CREATE TABLE alias_target(
                domain TEXT NOT NULL,
                local_part TEXT NOT NULL,
                position INTEGER NOT NULL,
                target_local_part TEXT NOT NULL,
                target_domain TEXT NOT NULL,
                PRIMARY KEY(domain, local_part, position)
            ) WITHOUT ROWID;
            CREATE TABLE counter(name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
            INSERT INTO counter(name, value) VALUES('account', 0);
            CREATE TABLE site_key(name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
            """,
            convert: { database in
                let statement = try database.statement("INSERT INTO site_key(name, value) VALUES('decoy', ?1)")
                statement.bind(RandomOctets.make(32), at: 1)
                try statement.run()
            }
        ),
        SigningKeyRows.migration,
    ]

    /// The secret that salts for unknown logins are made with.
    static func decoyKey(_ database: Database) throws -> Secret {
        let key = try database.statement("SELECT value FROM site_key WHERE name = 'decoy'").first { row in
            row.withBlob(0) { span in (0..<span.count).map { span[$0] } }
        }
        return Secret(key ?? RandomOctets.make(32))
    }

    static func load(_ database: Database) throws -> DirectoryIndex {
        var index = DirectoryIndex()
        try self.loadDomains(database, into: &index)
        try self.loadAccounts(database, into: &index)
        try self.loadAliases(database, into: &index)
        try SigningKeyRows.load(database, into: &index)
        let made = try database.integer("SELECT value FROM counter WHERE name = 'account'")
        index.accountsWereMade(through: AccountID(rawValue: Int64(made)))
        return index
    }

    private static func loadDomains(_ database: Database, into index: inout DirectoryIndex) throws {
        let row = try database.statement("SELECT name, position FROM domain ORDER BY position")
        defer { row.reset() }
        while try row.step() { index.apply(.putDomain(Domain(row.text(0)), order: Int(row.int(1)))) }
    }

    private static func loadAccounts(_ database: Database, into index: inout DirectoryIndex) throws {
        let count = try database.integer("SELECT COUNT(*) FROM account")
        if let domain = index.firstDomain { index.reserve(accounts: count, in: domain, names: count) }
        var domains: [String: Domain] = [:]
        let row = try database.statement(
            """
            SELECT id, domain, local_part, state, is_admin, quota_octets, quota_messages, created, password, scram
            FROM account ORDER BY id
            """
        )
        defer { row.reset() }
        while try row.step() {
            let domainName = row.text(1)
            let domain = domains[domainName] ?? Domain(domainName)
            domains[domainName] = domain
            var account = StoredAccount(
                id: AccountID(rawValue: row.int(0)),
                localPart: row.text(2),
                domain: domain,
                created: Instant(millisecondsSince1970: row.int(7))
            )
            // A state this release does not know lets nobody in and takes no mail.
            account.state = AccountState(rawValue: Int(row.int(3))) ?? .suspended
            account.isAdmin = row.int(4) != 0
            account.quotaOctets = row.optionalInt(5).map { Int($0) }
            account.quotaMessages = row.optionalInt(6).map { Int($0) }
            account.password = row.isNull(8) ? nil : row.text(8)
            account.scram = row.isNull(9) ? nil : row.text(9)
            index.apply(.putAccount(account))
        }
    }

    private static func loadAliases(_ database: Database, into index: inout DirectoryIndex) throws {
        var current: EmailAddress?
        var targets: [EmailAddress] = []
        let row = try database.statement(
            """
            SELECT domain, local_part, target_local_part, target_domain FROM alias_target
            ORDER BY domain, local_part, position
            """
        )
        defer { row.reset() }
        while try row.step() {
            let address = EmailAddress(localPart: row.text(1), domain: Domain(row.text(0)))
            if let previous = current, previous != address {
                index.apply(.putAlias(Alias(address: previous, targets: targets)))
                targets = []
            }
            current = address
            targets.append(EmailAddress(localPart: row.text(2), domain: Domain(row.text(3))))
        }
        if let current { index.apply(.putAlias(Alias(address: current, targets: targets))) }
    }
}

/// Octets nobody can guess.
enum RandomOctets {
    static func make(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
}
