internal import MailTypes
internal import SenderAuth
internal import Storage

/// Signing keys on the disk. The private key is kept in PEM form; the folder is this user's alone.
enum SigningKeyRows {
    static let migration = Migration(
        2,
        """
        CREATE TABLE signing_key(
            domain TEXT NOT NULL,
            selector TEXT NOT NULL,
            state INTEGER NOT NULL,
            created INTEGER NOT NULL,
            since INTEGER NOT NULL,
            private_key TEXT NOT NULL,
            PRIMARY KEY(domain, selector)
        ) WITHOUT ROWID;
        """
    )

    static func put(_ key: SigningKey, _ database: Database) throws {
        let statement = try database.statement(
            """
            INSERT INTO signing_key(domain, selector, state, created, since, private_key)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT(domain, selector) DO UPDATE SET state = excluded.state, since = excluded.since
            """
        )
        statement.bind(key.domain.name, at: 1)
        statement.bind(key.selector.text, at: 2)
        statement.bind(key.state.rawValue, at: 3)
        statement.bind(key.created.millisecondsSince1970, at: 4)
        statement.bind(key.since.millisecondsSince1970, at: 5)
        statement.bind(key.key.pem, at: 6)
        try statement.run()
    }

    static func delete(_ selector: DNSName, of domain: Domain, _ database: Database) throws {
        let statement = try database.statement("DELETE FROM signing_key WHERE domain = ?1 AND selector = ?2")
        statement.bind(domain.name, at: 1)
        statement.bind(selector.text, at: 2)
        try statement.run()
    }

    static func deleteAll(of domain: Domain, _ database: Database) throws {
        let statement = try database.statement("DELETE FROM signing_key WHERE domain = ?1")
        statement.bind(domain.name, at: 1)
        try statement.run()
    }

    static func load(_ database: Database, into index: inout DirectoryIndex) throws {
        let row = try database.statement(
            "SELECT domain, selector, state, created, since, private_key FROM signing_key ORDER BY domain, selector"
        )
        defer { row.reset() }
        while try row.step() {
            let domain = Domain(row.text(0))
            guard let signingDomain = DNSName(international: domain.name), let selector = DNSName(row.text(1)),
                let key = try? DKIMPrivateKey(pem: row.text(5))
            else { throw Self.unreadable(row.text(1), of: domain) }
            let signingKey = SigningKey(
                domain: domain,
                signingDomain: signingDomain,
                selector: selector,
                key: key,
                // A state this release does not know signs nothing.
                state: SigningKey.State(rawValue: Int(row.int(2))) ?? .retired,
                created: Instant(millisecondsSince1970: row.int(3)),
                since: Instant(millisecondsSince1970: row.int(4))
            )
            index.apply(.putSigningKey(signingKey))
        }
    }

    private static func unreadable(_ selector: String, of domain: Domain) -> DirectoryError {
        DirectoryError(
            .storage,
            "The signing key \(selector) of \(domain) cannot be read",
            advice: "The data folder is damaged, or of another release; put a backup back."
        )
    }
}
