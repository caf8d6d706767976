import MailTesting
import MailTypes
import Storage
import Testing

@testable import MailStore

@Suite("older formats of the mail store", .timeLimit(.minutes(10)))
struct FormatTests {
    /// What a store of today has in its tables, as statements that fill those of format 1.
    private static let copies: [StaticString] = [
        """
        SELECT 'INSERT INTO account(id, modseq, uid_validity, octets, messages, quota_octets, quota_messages) VALUES('
            || account.id || ',' || max(account.modseq, max(mailbox.modseq)) || ',' || account.uid_validity || ','
            || sum(octets) || ',' || sum(messages) || ',' || quota_octets || ',' || quota_messages || ')'
        FROM account JOIN mailbox ON mailbox.account = account.id GROUP BY account.id
        """,
        """
        SELECT 'INSERT INTO mailbox(id, account, name, uid_validity, uid_next, first_recent, modseq, messages, unseen,
            deleted, deleted_octets, recent, octets, selectable, special_use) VALUES(' || id || ',' || account || ','
            || quote(name) || ',' || uid_validity || ',' || uid_next || ',' || first_recent || ',' || modseq || ','
            || messages || ',' || unseen || ',' || deleted || ',' || deleted_octets || ',' || recent || ',' || octets
            || ',' || selectable || ',' || quote(special_use) || ')' FROM mailbox
        """,
        """
        SELECT 'INSERT INTO subscription(account, name) VALUES(' || account || ',' || quote(name) || ')'
        FROM subscription
        """,
        """
        SELECT 'INSERT INTO message(id, octets, internal_date, header_octets, sent_at, message_id, envelope, structure)
            VALUES(' || id || ',' || octets || ',' || internal_date || ',' || header_octets || ',' || quote(sent_at)
            || ',' || quote(message_id) || ',' || quote(envelope) || ',' || quote(structure) || ')' FROM message
        """,
        """
        SELECT 'INSERT INTO body(message, hash, file, data) VALUES(' || message || ',' || hash || ',' || quote(file)
            || ',' || quote(data) || ')' FROM body
        """,
        """
        SELECT 'INSERT INTO change(account, modseq, mailbox, kind, detail) VALUES(' || account || ',' || modseq || ','
            || mailbox || ',' || quote(kind) || ',' || quote(detail) || ')' FROM change
        """,
    ]

    /// What the tables that came with a format may hold.
    private static let additions: [(format: Int, text: String)] = [
        (3, "INSERT INTO script(account, name, active, changed_at, text) VALUES(1, 'rules', 1, 5, x'6b6565703b')"),
        (4, "INSERT INTO mark(account, handle, identity, until) VALUES(1, 'vacation', x'01', 9999999999)"),
        (
            4,
            """
            INSERT INTO outgoing(message, account, created_at, sender_local, sender_domain, eight_bit, utf8, local,
                domain)
            VALUES(1, 1, 1767225600000, 'a', 'martlet.test', 0, 0, 'b', 'example.org')
            """
        ),
        (4, "INSERT OR REPLACE INTO reference(message, count) VALUES(1, 2)"),
        (7, "INSERT INTO annotation(account, mailbox, name, value) VALUES(1, 0, '/private/comment', x'61')"),
    ]

    @Test(
        "a store of each older format opens with all it held, sound, and takes mail",
        arguments: 1..<MailStoreSchema.migrations.count
    )
    func opens(format: Int) async throws {
        try await TemporaryFolder.with { folder in
            try await Self.makeStore(of: format, in: folder)
            let store = try MailStore.open(folder: folder.path("old"), shards: 1, clock: ManualClock())
            defer { store.close() }
            #expect(store.check() == [])
            let found = try store.shard(of: TestStore.alice).readNow { try $0.integer("PRAGMA user_version") }
            #expect(found == MailStoreSchema.migrations.count)
            let test = TestStore(folder: folder, store: store)
            let inbox = try await test.inbox()
            #expect(inbox.messages == 3)
            for (number, subject) in ["one", "two", "three"].enumerated() {
                #expect(try await test.subject(StoredMessageID(rawValue: Int64(number + 1))) == subject)
            }
            #expect(try await store.scripts(of: TestStore.alice).map(\.name) == (format >= 3 ? ["rules"] : []))
            #expect(await test.deliver("four", to: TestStore.alice) == UID(rawValue: 4))
            #expect(store.check() == [])
        }
    }

    private static func makeStore(of format: Int, in folder: TemporaryFolder) async throws {
        var statements: [String] = []
        try await TestStore.with(shards: 1) { test in
            for text in ["one", "two", "three"] { await test.deliver(text, to: TestStore.alice) }
            let inbox = try await test.inbox().id
            statements = try test.store.shard(of: TestStore.alice).readNow { database in
                var statements: [String] = []
                for copy in Self.copies { try database.statement(copy).eachRow { statements.append($0.text(0)) } }
                try Placements.scan(inbox, database) { entry in
                    statements.append(
                        """
                        INSERT INTO placement(mailbox, uid, message, flags, modseq, octets, saved_at)
                        VALUES(\(inbox.rawValue), \(entry.uid.rawValue), \(entry.message.rawValue), 0,
                            \(entry.modSeq.rawValue), \(entry.octets), 1767225600)
                        """
                    )
                }
                return statements
            }
        }
        let old = folder.path("old")
        for step in 1...format {
            let shard = try Shard.open(
                folder: old,
                name: "mail0",
                migrations: Array(MailStoreSchema.migrations.prefix(step))
            )
            defer { shard.close() }
            let texts = (step == 1 ? statements : []) + Self.additions.filter { $0.format == step }.map(\.text)
            try shard.writeNow { database in
                for text in texts { try database.execute(text) }
            }
        }
    }
}
