internal import Storage

/// The tables of a mail shard, and the rules between them.
///
/// 1. `message` and `body` have one row a message, however many mailboxes it is placed in.
/// 2. `reference` tells in how many, counting `outgoing` as one; no row means one. A message used nowhere stands in
///    `unused` until it is removed.
/// 3. `mailbox` counts what its placements sum up to, in every transaction; what an account uses is the sum of its
///    mailboxes. `mailbox.delivered` is part of the custody ledger: it goes to the account with the mailbox, and stays
///    in the ledger when that goes.
/// 4. Every change takes the account's next modification sequence: one more than the highest of its mailboxes and of
///    `account.modseq`, which has those of changes that left no mailbox with them. Which messages came or changed is
///    told by the placements'; what went, and what happened to mailboxes, is told by `change`: of a mailbox all that is
///    after its `pruned`, of the names all after the account's. `account.history` counts the entries.
/// 5. `placements` holds a mailbox's messages in blocks of neighbours (`PlacementBlock`); a block is never empty.
/// 6. An account has at most one active `script`.
/// 7. Placements of a mailbox that is gone are removed bit by bit; until then it stands in `removed_mailbox`.
/// 8. An `annotation` is of a mailbox that is there, or of the account itself, where `mailbox` is 0; it goes with it.
/// 9. `line_octets` has a row for each message whose lines do not all end in CRLF: how long it is when they do.
enum MailStoreSchema {
    static let migrations = [
        Migration(1, version1),
        Migration(2, "CREATE TABLE placements(id INTEGER PRIMARY KEY, entries BLOB NOT NULL);") { database in
            try PlacementRows.packAll(database)
        },
        Migration(3, version3),
        Migration(4, version4),
        Migration(5, version5),
        Migration(6, "ALTER TABLE outgoing ADD COLUMN author TEXT;"),
        Migration(7, version7),
        Migration(
            8,
            """
            ALTER TABLE outgoing ADD COLUMN deliver_by INTEGER;
            ALTER TABLE outgoing ADD COLUMN deliver_by_mode TEXT;
            """
        ),
        // Of messages that were stored before it is not known.
        Migration(9, "CREATE TABLE line_octets(message INTEGER PRIMARY KEY, octets INTEGER NOT NULL);"),
        Migration(10, "ALTER TABLE account ADD COLUMN delivered INTEGER NOT NULL DEFAULT 0;"),
        Migration(
            11,
            """
            ALTER TABLE mailbox ADD COLUMN delivered INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE account DROP COLUMN octets;
            ALTER TABLE account DROP COLUMN messages;
            """
        ),
    ]

    /// Every file the shard uses.
    static let bodyNames: StaticString = "SELECT file FROM body WHERE file IS NOT NULL"

    /// What was accepted and delivered in one step: the mailboxes count it.
    static let custodyBeside: StaticString = """
        WITH here(count) AS (SELECT
            (SELECT coalesce(sum(delivered), 0) FROM account) + (SELECT coalesce(sum(delivered), 0) FROM mailbox))
        SELECT 'accepted', count FROM here UNION ALL SELECT 'delivered', count FROM here
        """

    private static let version1: StaticString = """
        CREATE TABLE account(
            id INTEGER PRIMARY KEY,
            modseq INTEGER NOT NULL,
            uid_validity INTEGER NOT NULL,
            octets INTEGER NOT NULL,
            messages INTEGER NOT NULL,
            quota_octets INTEGER NOT NULL,
            quota_messages INTEGER NOT NULL
        );
        CREATE TABLE keyword(
            account INTEGER NOT NULL,
            bit INTEGER NOT NULL,
            name TEXT NOT NULL,
            PRIMARY KEY(account, bit)
        ) WITHOUT ROWID;
        CREATE TABLE mailbox(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            account INTEGER NOT NULL,
            name TEXT NOT NULL,
            uid_validity INTEGER NOT NULL,
            uid_next INTEGER NOT NULL,
            first_recent INTEGER NOT NULL,
            modseq INTEGER NOT NULL,
            messages INTEGER NOT NULL,
            unseen INTEGER NOT NULL,
            deleted INTEGER NOT NULL,
            deleted_octets INTEGER NOT NULL,
            recent INTEGER NOT NULL,
            octets INTEGER NOT NULL,
            selectable INTEGER NOT NULL,
            special_use TEXT
        );
        CREATE UNIQUE INDEX mailbox_name ON mailbox(account, name);
        CREATE TABLE removed_mailbox(id INTEGER PRIMARY KEY);
        CREATE TABLE subscription(
            account INTEGER NOT NULL,
            name TEXT NOT NULL,
            PRIMARY KEY(account, name)
        ) WITHOUT ROWID;
        CREATE TABLE message(
            id INTEGER PRIMARY KEY,
            octets INTEGER NOT NULL,
            internal_date INTEGER NOT NULL,
            header_octets INTEGER NOT NULL,
            sent_at INTEGER,
            message_id BLOB,
            envelope BLOB NOT NULL,
            structure BLOB NOT NULL
        );
        CREATE TABLE body(
            message INTEGER PRIMARY KEY,
            hash INTEGER NOT NULL,
            file TEXT,
            data BLOB
        );
        CREATE TABLE placement(
            mailbox INTEGER NOT NULL,
            uid INTEGER NOT NULL,
            message INTEGER NOT NULL,
            flags INTEGER NOT NULL,
            modseq INTEGER NOT NULL,
            octets INTEGER NOT NULL,
            saved_at INTEGER NOT NULL,
            PRIMARY KEY(mailbox, uid)
        ) WITHOUT ROWID;
        CREATE TABLE reference(message INTEGER PRIMARY KEY, count INTEGER NOT NULL);
        CREATE TABLE unused(message INTEGER PRIMARY KEY);
        CREATE TABLE change(
            account INTEGER NOT NULL,
            modseq INTEGER NOT NULL,
            mailbox INTEGER NOT NULL,
            kind TEXT NOT NULL,
            detail TEXT NOT NULL,
            PRIMARY KEY(account, modseq, mailbox, kind)
        ) WITHOUT ROWID;
        CREATE TABLE delivered(
            trace INTEGER NOT NULL,
            ordinal INTEGER NOT NULL,
            mailbox TEXT NOT NULL,
            uid INTEGER NOT NULL,
            PRIMARY KEY(trace, ordinal)
        ) WITHOUT ROWID;
        """

    private static let version3: StaticString = """
        CREATE TABLE script(
            id INTEGER PRIMARY KEY,
            account INTEGER NOT NULL,
            name TEXT NOT NULL,
            active INTEGER NOT NULL,
            changed_at INTEGER NOT NULL,
            text BLOB NOT NULL
        );
        CREATE UNIQUE INDEX script_name ON script(account, name);
        CREATE UNIQUE INDEX script_active ON script(account) WHERE active;
        """

    private static let version4: StaticString = """
        CREATE TABLE mark(
            account INTEGER NOT NULL,
            handle TEXT NOT NULL,
            identity BLOB NOT NULL,
            until INTEGER NOT NULL,
            PRIMARY KEY(account, handle, identity)
        ) WITHOUT ROWID;
        CREATE INDEX mark_until ON mark(until);
        CREATE TABLE outgoing(
            id INTEGER PRIMARY KEY,
            message INTEGER NOT NULL,
            account INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            sender_local TEXT,
            sender_domain TEXT,
            eight_bit INTEGER NOT NULL,
            utf8 INTEGER NOT NULL,
            ret TEXT,
            envelope_id TEXT,
            local TEXT NOT NULL,
            domain TEXT,
            notify INTEGER,
            original TEXT
        );
        """

    private static let version5: StaticString = """
        ALTER TABLE change RENAME TO change_before;
        CREATE TABLE change(
            account INTEGER NOT NULL,
            modseq INTEGER NOT NULL,
            mailbox INTEGER NOT NULL,
            kind TEXT NOT NULL,
            at INTEGER NOT NULL,
            detail TEXT NOT NULL,
            PRIMARY KEY(account, modseq, mailbox, kind)
        ) WITHOUT ROWID;
        INSERT INTO change SELECT account, modseq, mailbox, kind, unixepoch(), detail FROM change_before;
        DROP TABLE change_before;
        CREATE INDEX change_at ON change(at);
        ALTER TABLE account ADD COLUMN history INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE account ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;
        UPDATE account SET history = (SELECT count(*) FROM change WHERE change.account = account.id);
        CREATE INDEX account_history ON account(history) WHERE history > 10000;
        ALTER TABLE mailbox ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;
        """

    private static let version7: StaticString = """
        CREATE TABLE annotation(
            id INTEGER PRIMARY KEY,
            account INTEGER NOT NULL,
            mailbox INTEGER NOT NULL,
            name TEXT NOT NULL,
            value BLOB NOT NULL
        );
        CREATE UNIQUE INDEX annotation_name ON annotation(account, mailbox, name);
        CREATE INDEX annotation_event ON annotation(account) WHERE name = '/shared/imapsieve/script';
        """
}
