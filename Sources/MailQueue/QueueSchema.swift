internal import Storage

/// The queue's tables.
///
/// A fresh recipient has `next_attempt` 0 and stands in no index but its primary key, because most leave again within
/// the second; only those waiting for another attempt are indexed by its time.
enum QueueSchema {
    static let migrations = [
        Migration(
            1,
            """
            CREATE TABLE message (
                id INTEGER PRIMARY KEY,
                received_at INTEGER NOT NULL,
                aging_from INTEGER NOT NULL,
                next_ordinal INTEGER NOT NULL,
                octets INTEGER NOT NULL,
                faults INTEGER NOT NULL DEFAULT 0,
                sender_local_part TEXT,
                sender_domain TEXT,
                options INTEGER NOT NULL,
                envelope_id TEXT,
                user TEXT,
                peer TEXT NOT NULL,
                session INTEGER,
                body_file TEXT,
                body BLOB
            ) STRICT;
            CREATE TABLE recipient (
                message INTEGER NOT NULL,
                ordinal INTEGER NOT NULL,
                state INTEGER NOT NULL,
                next_attempt INTEGER NOT NULL,
                attempts INTEGER NOT NULL,
                local_part TEXT NOT NULL,
                domain TEXT,
                notify INTEGER,
                original_recipient TEXT,
                account INTEGER,
                detail TEXT,
                delay_notified INTEGER NOT NULL,
                last_reply TEXT,
                reason TEXT,
                PRIMARY KEY (message, ordinal)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX recipient_due ON recipient (next_attempt) WHERE state = 0 AND next_attempt > 0;
            """
        ),
        Migration(2, "CREATE TABLE taken (id INTEGER PRIMARY KEY) STRICT;"),
        // Behind the body, where a message without a deadline has nothing and costs nothing.
        Migration(
            3,
            """
            ALTER TABLE message ADD COLUMN deliver_by INTEGER;
            CREATE INDEX message_deliver_by ON message (deliver_by) WHERE deliver_by IS NOT NULL;
            """
        ),
        Migration(4, "ALTER TABLE recipient ADD COLUMN quarantined INTEGER NOT NULL DEFAULT 0;"),
    ]
}

/// What a recipient waits for.
package enum RecipientState: Int, Hashable, Sendable, CaseIterable {
    /// The next attempt, or its end.
    case queued = 0
    /// The postmaster's release, who held it.
    case held = 1
    /// The postmaster's look at what is wrong with it.
    case parked = 2

    package var name: String {
        switch self {
        case .queued: "queued"
        case .held: "held"
        case .parked: "parked"
        }
    }
}
