import Foundation
import MailStore
import MailTesting
import MailTypes
import NIOCore
import Storage
import Testing

@Suite("store check", .timeLimit(.minutes(10)))
struct StoreCheckTests {
    @Test(
        "each kind of damage is found, and nothing else",
        arguments: [
            ("DELETE FROM message WHERE id = 1", [.placementWithoutMessage, .bodyWithoutMessage]),
            ("DELETE FROM body WHERE message = 2", [.messageWithoutBody]),
            ("UPDATE body SET data = zeroblob(length(data)) WHERE message = 2", [.bodyDiffers]),
            ("UPDATE body SET data = x'00' WHERE message = 2", [.bodyDiffers]),
            ("INSERT INTO line_octets VALUES(1, 1)", [.bodyDiffers]),
            ("INSERT INTO line_octets VALUES(77, 1)", [.sizeWithoutMessage]),
            ("INSERT INTO reference VALUES(1, 2)", [.referencesDiffer]),
            ("UPDATE mailbox SET unseen = unseen + 1 WHERE messages > 0", [.countersDiffer]),
            ("UPDATE mailbox SET uid_next = 2, first_recent = 1 WHERE messages > 0", [.uidNotBelowNext]),
            ("UPDATE mailbox SET modseq = 1 WHERE messages > 0", [.modSeqAboveHighest]),
            ("UPDATE change SET modseq = modseq + 1000000 WHERE account = 1", [.modSeqAboveHighest]),
            ("UPDATE account SET history = history + 1 WHERE id = 1", [.historyDiffers]),
            (
                "UPDATE account SET pruned = (SELECT max(modseq) FROM mailbox WHERE account = 1) WHERE id = 1",
                [.historyDiffers]
            ),
            ("UPDATE mailbox SET pruned = modseq + 1 WHERE messages > 0", [.historyDiffers]),
            ("UPDATE mailbox SET account = 77 WHERE name = 'Junk' AND account = 1", [.mailboxWithoutAccount]),
            ("INSERT INTO annotation VALUES(NULL, 1, 77, '/shared/a', x'00')", [.annotationWithoutMailbox]),
            ("INSERT INTO annotation VALUES(NULL, 77, 0, '/shared/a', x'00')", [.annotationWithoutMailbox]),
        ] as [(String, [Finding.Kind])]
    )
    func damage(sql: String, kinds: [Finding.Kind]) async throws {
        try await TestStore.with(shards: 1) { test in
            _ = try await test.append(3, to: try await test.inbox().id)
            #expect(test.store.check() == [])
            try await test.store.shard(of: TestStore.alice).write(.durable) { try $0.execute(sql) }
            let found = test.store.check()
            #expect(Set(found.map(\.kind)) == Set(kinds), "\(found)")
        }
    }

    @Test("a counter that is wrong is named, and no other")
    func counterName() async throws {
        try await TestStore.with(shards: 1) { test in
            _ = try await test.append(3, to: try await test.inbox().id)
            let sql = "UPDATE mailbox SET unseen = unseen + 1, deleted_octets = 7 WHERE messages > 0"
            try await test.store.shard(of: TestStore.alice).write(.durable) { try $0.execute(sql) }
            let detail = try #require(test.store.check().first).detail
            #expect(detail.hasSuffix(" counts 4 unseen, has 3, counts 7 deleted octets, has 0"), "\(detail)")
        }
    }

    @Test("a body file that is gone, changed or nobody's is found")
    func files() async throws {
        try await TestStore.with(shards: 1) { test in
            let bodies = test.store.shard(of: TestStore.alice).bodies
            _ = await test.deliver(TestStore.message("l", octets: 200_000), to: [.init(account: TestStore.alice)])
            let stray = try bodies.store(ByteBuffer(string: "stray"))
            #expect(test.store.check() == [], "its row may still come")
            bodies.settle(stray)
            #expect(test.store.check().map(\.kind) == [.fileWithoutRow])
            bodies.remove(stray)
            #expect(test.store.check() == [])
            for name in bodies.all() { bodies.remove(name) }
            #expect(test.store.check().map(\.kind) == [.bodyDiffers])
        }
    }

    @Test("a body file that is cut short is not given out as the message")
    func cutFile() async throws {
        try await TestStore.with(shards: 1) { test in
            _ = await test.deliver(TestStore.message("long", octets: 200_000), to: [.init(account: TestStore.alice)])
            let id = StoredMessageID(rawValue: 1)
            #expect(try await test.subject(id) == "long")
            let bodies = test.store.shard(of: TestStore.alice).bodies
            let path = bodies.path(of: try #require(bodies.all().first))
            try #require(FileHandle(forWritingAtPath: path)).truncate(atOffset: 1_000)
            let error = await #expect(throws: StorageError.self) { try await test.subject(id) }
            #expect(error?.code == .corrupt)
            #expect(error?.detail == "\(path) has 1000 octets instead of 200000")
        }
    }

    @Test("while large mail comes in and goes again no file of it is called nobody's")
    func filesUnderway() async throws {
        try await TestStore.with(shards: 1) { test in
            let inbox = try await test.inbox().id
            let large = TestStore.message("large", octets: 150_000)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        for round in 0..<40 {
                            let recipient = LocalDelivery.Recipient(account: TestStore.alice)
                            _ = await test.deliver(large, to: [recipient], number: UInt64(number * 100 + round))
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<40 {
                        let uids = try await test.store.open(inbox, of: TestStore.alice).state().entries.map(\.uid)
                        _ = try await test.store.remove(uids: uids, in: inbox, of: TestStore.alice)
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
                for _ in 0..<25 { #expect(test.store.check() == []) }
                try await group.waitForAll()
            }
            try await test.settle()
            #expect(test.store.check() == [])
        }
    }

    @Test("after any operations in any order counters are sums and sessions see what is stored", arguments: 0..<8)
    func random(seed: UInt64) async throws {
        try await TestStore.with(shards: 1) { test in
            var random = SeededGenerator(seed: seed)
            let names = ["INBOX", "Archive", "Sent"]
            var boxes: [MailboxSummary] = []
            var lives: [LiveMailbox] = []
            for text in names {
                boxes.append(try await test.summary(text))
                lives.append(try await test.store.open(boxes[boxes.count - 1].id, of: TestStore.alice))
            }
            for _ in 0..<120 {
                let from = Int.random(in: 0..<3, using: &random)
                let to = boxes[Int.random(in: 0..<3, using: &random)].id
                let picked = try await Self.pick(lives[from], &random)
                switch Int.random(in: 0..<8, using: &random) {
                case 0, 1: _ = try await test.append(Int.random(in: 1...9, using: &random), to: to)
                case 2: await test.deliver("random", to: TestStore.alice, into: boxes[from].name)
                case 3: _ = try await test.store.copy(uids: picked, from: boxes[from].id, to: to, of: TestStore.alice)
                case 4: _ = try await test.store.move(uids: picked, from: boxes[from].id, to: to, of: TestStore.alice)
                case 5: _ = try await test.store.expunge(in: boxes[from].id, of: TestStore.alice)
                case 6: _ = try await lives[from].claimRecent()
                default: try await Self.flag(picked, boxes[from].id, test, &random)
                }
            }
            for live in lives { try await LiveMailboxTests.expectCurrent(live, test) }
            #expect(test.store.check() == [])
            try await test.settle()
            #expect(test.store.check() == [])
        }
    }

    @Test("a backup that is put back gives out no identifier again that came after it")
    func jump() async throws {
        try await TemporaryFolder.with { folder in
            let test = try await TestStore(in: folder, shards: 1)
            _ = try await test.append(3, to: try await test.inbox().id)
            let before = try await test.inbox()
            try test.store.backup(to: folder.path("copy"))
            test.store.close()
            let copy = try MailStore.open(folder: folder.path("copy"), shards: 1, clock: test.clock)
            let after = try await copy.mailbox(named: .inbox, of: TestStore.alice)
            #expect(after?.uidNext.rawValue == before.uidNext.rawValue + 4_000_000)
            let appended = try await copy.append(
                [NewMessage(content: TestStore.message("later"), internalDate: test.clock.now)],
                to: before.id,
                of: TestStore.alice
            )
            #expect(appended.uids == uids(4_000_004))
            let now = try await copy.mailbox(named: .inbox, of: TestStore.alice)
            #expect((now?.highestModSeq.rawValue ?? 0) > before.highestModSeq.rawValue + 999_999_999_999)
            #expect(copy.check() == [])
            copy.close()
        }
    }

    private static func pick(_ live: LiveMailbox, _ random: inout SeededGenerator) async throws -> [UID] {
        let entries = try await live.state().entries
        return entries.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }.map(\.uid)
    }

    private static func flag(
        _ uids: [UID],
        _ mailbox: MailboxID,
        _ test: TestStore,
        _ random: inout SeededGenerator
    ) async throws {
        let kinds: [FlagChange.Kind] = [.add, .remove, .replace]
        let change = FlagChange(
            kinds[Int.random(in: 0..<3, using: &random)],
            flags: FlagSet(rawValue: UInt64.random(in: 0..<32, using: &random)),
            keywords: Bool.random(using: &random) ? ["$Label\(Int.random(in: 0..<5, using: &random))"] : []
        )
        _ = try await test.store.changeFlags(change, of: uids, in: mailbox, of: TestStore.alice)
    }
}
