import MailTesting
import MailTypes
import Storage
import Testing

@testable import MailStore

@Suite("placements in blocks", .timeLimit(.minutes(10)))
struct PlacementBlockTests {
    /// Five blocks.
    private static let count = PlacementBlock.countMax * 5

    @Test("changes that touch some, all or none of a block's messages leave what is expected")
    func changes() async throws {
        try await TestStore.with(shards: 1) { test in
            let inbox = try await test.inbox()
            let archive = try await test.summary("Archive")
            let all = try await test.append(Self.count, to: inbox.id)
            let live = try await test.store.open(inbox.id, of: TestStore.alice)
            let odd = all.filter { !$0.rawValue.isMultiple(of: 2) }
            _ = try await test.change(.add, [.flagged], odd)
            #expect(try await live.state().entries.filter { $0.flags.contains(.flagged) }.map(\.uid) == odd)
            let moved = try await test.store.move(uids: odd, from: inbox.id, to: archive.id, of: TestStore.alice)
            #expect(moved.source == odd)
            _ = try await test.store.remove(
                uids: Array(all[..<PlacementBlock.countMax]),
                in: inbox.id,
                of: TestStore.alice
            )
            let left = all[PlacementBlock.countMax...].filter { $0.rawValue.isMultiple(of: 2) }
            #expect(try await live.state().entries.map(\.uid) == left)
            let late = try await test.append(3, to: inbox.id)
            #expect(try await live.state().entries.map(\.uid) == left + late)
            try await LiveMailboxTests.expectCurrent(live, test)
            #expect(test.store.check() == [])
        }
    }

    @Test("messages that do not exist are passed over, wherever their numbers lie")
    func absent() async throws {
        try await TestStore.with(shards: 1) { test in
            let inbox = try await test.inbox()
            let all = try await test.append(Self.count, to: inbox.id)
            _ = try await test.store.remove(uids: Array(all[90..<210]), in: inbox.id, of: TestStore.alice)
            let asked = [UID(rawValue: 1), all[95], all[150], all[215], UID(rawValue: 4_000_000_000)]
            _ = try await test.change(.add, [.seen], asked)
            let state = try await test.store.open(inbox.id, of: TestStore.alice).state()
            #expect(state.entries.filter { $0.flags.contains(.seen) }.map(\.uid) == [all[0], all[215]])
        }
    }

    @Test("blocks of a hundred, from when pages were larger, are read, changed, and not added to")
    func larger() async throws {
        try await TemporaryFolder.with { folder in
            let before = try await TestStore(in: folder, shards: 1)
            let inbox = try await before.inbox()
            let all = try await before.append(100, to: inbox.id)
            try before.store.shard(of: TestStore.alice).writeNow { database in
                try database.execute(
                    """
                    UPDATE placements SET entries = CAST(entries ||
                        (SELECT entries FROM placements ORDER BY id DESC LIMIT 1) AS BLOB)
                    WHERE id = (SELECT min(id) FROM placements);
                    DELETE FROM placements WHERE id > (SELECT min(id) FROM placements);
                    """
                )
            }
            before.store.close()

            let store = try MailStore.open(folder: folder.path("mail"), shards: 1, clock: before.clock)
            let test = TestStore(folder: folder, store: store)
            let odd = all.filter { !$0.rawValue.isMultiple(of: 2) }
            let late = try await test.append(2, to: inbox.id)
            _ = try await test.change(.add, [.flagged], odd)
            _ = try await store.remove(uids: Array(all[..<30]), in: inbox.id, of: TestStore.alice)
            let state = try await store.open(inbox.id, of: TestStore.alice).state()
            #expect(state.entries.map(\.uid) == Array(all[30...]) + late)
            #expect(state.entries.filter { $0.flags.contains(.flagged) }.map(\.uid) == odd.filter { $0 > all[29] })
            #expect(store.check() == [])
            store.close()
        }
    }

    @Test("a message's arrival in its mailbox is known, and nothing about one that is not there")
    func savedAt() async throws {
        try await TestStore.with(shards: 1) { test in
            let inbox = try await test.inbox()
            let uid = try await test.append(1, to: inbox.id)[0]
            let now = test.clock.now
            let (there, absent) = try await test.store.read(of: TestStore.alice) { reader in
                (
                    try reader.savedAt(uid, in: inbox.id),
                    try reader.savedAt(UID(rawValue: uid.rawValue + 1), in: inbox.id)
                )
            }
            #expect(there == now)
            #expect(absent == nil)
        }
    }

    @Test("a shard whose placements are rows is brought into blocks when it is opened")
    func upgrade() throws {
        try TemporaryFolder.with { folder in
            try Self.makeOldShard(in: folder)
            let shard = try Shard.open(
                folder: folder.path("mail"),
                name: "mail0",
                migrations: MailStoreSchema.migrations
            )
            defer { shard.close() }
            let found = try shard.readNow { database in
                var entries: [MailboxState.Entry] = []
                try Placements.scan(MailboxID(rawValue: 4), database) { entries.append($0) }
                return entries
            }
            let expected = (1...Self.count).map(Self.oldEntry)
            #expect(found == expected)
            #expect(try shard.readNow { try $0.integer("SELECT count(*) FROM placements") } == 10)
        }
    }

    /// A shard as format 1 has it, with two mailboxes.
    private static func makeOldShard(in folder: TemporaryFolder) throws {
        let shard = try Shard.open(
            folder: folder.path("mail"),
            name: "mail0",
            migrations: Array(MailStoreSchema.migrations.prefix(1))
        )
        defer { shard.close() }
        try shard.writeNow { database in
            for mailbox in [3, 4] {
                for number in 1...Self.count {
                    try database.execute(
                        "INSERT INTO placement VALUES(\(mailbox), \(number * 2), \(number), 5, \(number), 100, 1000)"
                    )
                }
            }
        }
    }

    private static func oldEntry(_ number: Int) -> MailboxState.Entry {
        MailboxState.Entry(
            uid: UID(rawValue: UInt32(number * 2)),
            octets: 100,
            flags: [.seen, .flagged],
            modSeq: ModSeq(rawValue: Int64(number)),
            message: StoredMessageID(rawValue: Int64(number))
        )
    }

    @Test("store check names a block that is cut short or out of order", arguments: ["x'00'", "entries || entries"])
    func damage(entries: String) async throws {
        try await TestStore.with(shards: 1) { test in
            _ = try await test.append(2, to: try await test.inbox().id)
            try await test.store.shard(of: TestStore.alice).write(.durable) { database in
                try database.execute("UPDATE placements SET entries = CAST(\(entries) AS BLOB)")
            }
            #expect(test.store.check().contains { $0.kind == .damagedPlacements })
        }
    }
}
