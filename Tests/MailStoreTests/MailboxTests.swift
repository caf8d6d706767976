import MailStore
import MailTesting
import MailTypes
import NIOCore
import Storage
import Testing

@Suite("mailboxes", .timeLimit(.minutes(10)))
struct MailboxTests {
    @Test("an account begins with INBOX and the mailboxes clients look for, and is made once")
    func first() async throws {
        try await TestStore.with { test in
            try await test.store.createAccount(TestStore.alice)
            let all = try await test.store.mailboxes(of: TestStore.alice)
            #expect(all.map(\.name.text) == ["Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash"])
            #expect(all.compactMap(\.specialUse) == [.archive, .drafts, .junk, .sent, .trash])
            #expect(all.allSatisfy { $0.isSubscribed && $0.isSelectable })
            #expect(Set(all.map(\.uidValidity)).count == 6)
        }
    }

    @Test("names above a new mailbox appear, hold nothing, and go with the last one below")
    func parents() async throws {
        try await TestStore.with { test in
            let made = try await test.store.create(name("a/b/c"), of: TestStore.alice)
            #expect(try await test.names("a") == ["a -", "a/b -", "a/b/c"])
            #expect(made.isSelectable)
            let ghost = try await test.summary("a/b")
            await #expect(throws: MailStoreError.notSelectable) {
                try await test.store.open(ghost.id, of: TestStore.alice)
            }
            await #expect(throws: MailStoreError.hasChildren) {
                try await test.store.delete(name("a/b"), of: TestStore.alice)
            }
            let real = try await test.store.create(name("a/b"), of: TestStore.alice)
            #expect(real.uidValidity != ghost.uidValidity)
            #expect(try await test.names("a") == ["a -", "a/b", "a/b/c"])
            try await test.store.delete(name("a/b"), of: TestStore.alice)
            #expect(try await test.names("a") == ["a -", "a/b -", "a/b/c"])
            try await test.store.delete(name("a/b/c"), of: TestStore.alice)
            #expect(try await test.names("a") == [])
            #expect(test.store.check() == [])
        }
    }

    @Test("a deleted mailbox gives its room back; its name comes back with another UIDVALIDITY")
    func recreate() async throws {
        try await TestStore.with { test in
            let first = try await test.store.create(name("x"), of: TestStore.alice)
            _ = try await test.append(10, to: first.id)
            let live = try await test.store.open(first.id, of: TestStore.alice)
            try await test.store.delete(name("x"), of: TestStore.alice)
            #expect(live.isGone)
            #expect(try await test.store.usage(of: TestStore.alice).messages == 0)
            let second = try await test.store.create(name("x"), of: TestStore.alice)
            #expect(second.uidValidity.rawValue > first.uidValidity.rawValue)
            #expect(second.id != first.id)
            await #expect(throws: MailStoreError.mailboxExists) {
                try await test.store.create(name("x"), of: TestStore.alice)
            }
            #expect(test.store.check() == [])
            try await test.settle()
            let shard = test.store.shard(of: TestStore.alice)
            #expect(try shard.readNow { try $0.integer("SELECT count(*) FROM message") } == 0)
            #expect(test.store.check() == [])
        }
    }

    @Test("lesson 22: a removed mailbox whose messages cannot be read does not keep what others removed")
    func removedAndDamaged() async throws {
        try await TestStore.with(shards: 1) { test in
            let damaged = try await test.store.create(name("x"), of: TestStore.alice)
            _ = try await test.append(3, to: damaged.id)
            let inbox = try await test.inbox(TestStore.bob)
            _ = try await test.append(5, to: inbox.id, TestStore.bob)
            let shard = test.store.shard(of: TestStore.alice)
            try shard.writeNow {
                try $0.execute("UPDATE placements SET entries = x'2a' WHERE id >> 32 = \(damaged.id.rawValue)")
            }
            try await test.store.delete(name("x"), of: TestStore.alice)
            _ = try await test.store.remove(uids: uids(1, 2, 3, 4, 5), in: inbox.id, of: TestStore.bob)
            try await test.settle()
            // What stood in the damaged block is nobody's now; a check tells so.
            #expect(try shard.readNow { try $0.integer("SELECT count(*) FROM message") } == 3)
            #expect(Set(test.store.check().map(\.kind)) == [.referencesDiffer])
        }
    }

    @Test(
        "lesson 22: a damaged page of what is to be tidied away, or remembered, does not keep the store from opening",
        arguments: ["unused", "removed_mailbox", "change_at", "account_history", "delivered", "message"]
    )
    func damagedUpkeep(table: String) async throws {
        try await TemporaryFolder.with { folder in
            let before = try await TestStore(in: folder, shards: 1)
            let inbox = try await before.inbox()
            _ = try await before.append(3, to: inbox.id)
            try Self.closeAndBreak(table, of: before, in: folder)

            let store = try MailStore.open(folder: folder.path("mail"), shards: 1, clock: before.clock)
            _ = try store.newestRemembered()
            #expect(try await store.open(inbox.id, of: TestStore.alice).state().count == 3)
            store.close()
        }
    }

    @Test(
        "lesson 22: damaged mailboxes of one account, or names of mailboxes, do not keep the store from opening",
        arguments: ["mailbox", "mailbox_name"]
    )
    func damagedMailboxes(table: String) async throws {
        try await TemporaryFolder.with { folder in
            let before = try await TestStore(in: folder, shards: 1)
            try await before.store.setQuota(TestStore.alice, octets: 1_000_000, messages: 5)
            _ = try await before.append(3, to: try await before.inbox().id)
            try Self.closeAndBreak(table, of: before, in: folder)

            let store = try MailStore.open(folder: folder.path("mail"), shards: 1, clock: before.clock)
            #expect(try await store.accounts().contains(TestStore.alice))
            store.close()
        }
    }

    /// Damages the page with which a table or index begins.
    private static func closeAndBreak(_ name: String, of test: TestStore, in folder: TemporaryFolder) throws {
        let page = try test.store.shard(of: TestStore.alice).readNow { database in
            let statement = try database.statement("SELECT rootpage FROM sqlite_schema WHERE name = ?")
            statement.bind(name, at: 1)
            return try #require(try statement.first { Int($0.int(0)) })
        }
        test.store.close()
        try folder.breakPage(page, of: "mail/mail0.db")
    }

    @Test("lesson 22: a message whose pages are damaged does not keep others from being removed")
    func damagedMessage() async throws {
        try await TemporaryFolder.with { folder in
            let before = try await TestStore(in: folder, shards: 1)
            let inbox = try await before.inbox()
            _ = try await before.append(3, to: inbox.id)
            let filling = String(repeating: "all the same ", count: 1_000)
            let mark = "here lies the page that is damaged"
            await before.deliver(filling + mark + filling, to: TestStore.alice)
            _ = try await before.append(3, to: inbox.id)
            before.store.close()
            try folder.breakPage(of: "mail/mail0.db", with: Array(mark.utf8))

            let store = try MailStore.open(folder: folder.path("mail"), shards: 1, clock: before.clock)
            _ = try await store.remove(uids: uids(1, 2, 3, 4, 5, 6, 7), in: inbox.id, of: TestStore.alice)
            let shard = store.shard(of: TestStore.alice)
            var left = 7
            for _ in 0..<500 where left > 1 {
                try await Task.sleep(for: .milliseconds(20))
                left = try shard.readNow { try $0.integer("SELECT count(*) FROM unused") }
            }
            #expect(left == 1)
            // Nor those that come after it.
            let test = TestStore(folder: folder, store: store)
            let later = try await test.append(2, to: inbox.id)
            _ = try await store.remove(uids: later, in: inbox.id, of: TestStore.alice)
            for _ in 0..<500 {
                try await Task.sleep(for: .milliseconds(20))
                left = try shard.readNow { try $0.integer("SELECT count(*) FROM unused") }
                if left == 1 { break }
            }
            #expect(left == 1)
            store.close()
        }
    }

    @Test("lesson 22: a block that is out of its place fails what looks for its messages, and nothing else")
    func misplacedBlock() async throws {
        try await TestStore.with(shards: 1) { test in
            let inbox = try await test.inbox()
            _ = try await test.append(1, to: inbox.id)
            let shard = test.store.shard(of: TestStore.alice)
            try shard.writeNow {
                try $0.execute("UPDATE placements SET id = id + 7 WHERE id >> 32 = \(inbox.id.rawValue)")
            }
            await #expect(throws: StorageError.self) {
                try await test.store.changeFlags(
                    FlagChange(.add, flags: .seen),
                    of: uids(5),
                    in: inbox.id,
                    of: TestStore.alice
                )
            }
            await #expect(throws: StorageError.self) {
                try await test.store.read(of: TestStore.alice) {
                    try $0.placements(in: inbox.id, after: UID(rawValue: 4), through: UID(rawValue: 9), limit: 9)
                }
            }
            #expect(await test.deliver("to another", to: TestStore.bob) != nil)
        }
    }

    @Test("a tree is renamed with all below it; sessions keep their mailbox")
    func rename() async throws {
        try await TestStore.with { test in
            for text in ["p/a", "p/a/1", "p/a/2/x", "p/ab"] {
                _ = try await test.store.create(name(text), of: TestStore.alice)
            }
            let inner = try await test.summary("p/a/1")
            let live = try await test.store.open(inner.id, of: TestStore.alice)
            try await test.store.rename(name("p/a"), to: name("q/r"), of: TestStore.alice)
            #expect(try await test.names("p") == ["p -", "p/ab"])
            #expect(try await test.names("q") == ["q -", "q/r", "q/r/1", "q/r/2 -", "q/r/2/x"])
            #expect(live.summary.name.text == "q/r/1")
            #expect(!live.isGone)
            #expect(try await test.summary("q/r/1").id == inner.id)
            await #expect(throws: MailStoreError.cannotRename) {
                try await test.store.rename(name("q/r"), to: name("q/r/below"), of: TestStore.alice)
            }
            await #expect(throws: MailStoreError.mailboxExists) {
                try await test.store.rename(name("q/r"), to: name("p/ab"), of: TestStore.alice)
            }
            await #expect(throws: MailStoreError.noSuchMailbox) {
                try await test.store.rename(name("none"), to: name("some"), of: TestStore.alice)
            }
            #expect(test.store.check() == [])
        }
    }

    @Test("renaming INBOX moves its messages and leaves it empty")
    func renameInbox() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            _ = try await test.append(3, to: inbox.id)
            let live = try await test.store.open(inbox.id, of: TestStore.alice)
            _ = try await live.state()
            try await test.store.rename(.inbox, to: name("old/mail"), of: TestStore.alice)
            let moved = try await test.summary("old/mail")
            #expect(moved.messages == 3)
            #expect(try await test.store.open(moved.id, of: TestStore.alice).state().uids == [1, 2, 3])
            #expect(try await live.state().count == 0)
            #expect(try await test.inbox().id == inbox.id)
            #expect(await test.deliver("new", to: TestStore.alice) == UID(rawValue: 4))
            #expect(try await live.state().uids == [4])
            #expect(test.store.check() == [])
        }
    }

    @Test("INBOX cannot be deleted, nor another mailbox take its name")
    func inbox() async throws {
        try await TestStore.with { test in
            await #expect(throws: MailStoreError.cannotDelete) {
                try await test.store.delete(.inbox, of: TestStore.alice)
            }
            await #expect(throws: MailStoreError.mailboxExists) {
                try await test.store.rename(name("Sent"), to: name("iNBOX"), of: TestStore.alice)
            }
        }
    }

    @Test("a special use has one mailbox")
    func specialUse() async throws {
        try await TestStore.with { test in
            await #expect(throws: MailStoreError.specialUseTaken) {
                try await test.store.create(name("Other trash"), specialUse: .trash, of: TestStore.alice)
            }
            try await test.store.delete(name("Trash"), of: TestStore.alice)
            let made = try await test.store.create(name("Other trash"), specialUse: .trash, of: TestStore.alice)
            #expect(made.specialUse == .trash)
        }
    }

    @Test("an account has so many subscriptions and no more; those it has can be set again and taken back")
    func subscriptionLimit() async throws {
        try await TestStore.with { test in
            let count = try await test.store.subscriptions(of: TestStore.alice).count
            try test.store.shard(of: TestStore.alice).writeNow { database in
                try database.execute(
                    """
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
                        WHERE i < \(MailStoreLimits.subscriptionsMax - count))
                    INSERT INTO subscription(account, name) SELECT 1, 'n' || i FROM n
                    """
                )
            }
            await #expect(throws: MailStoreError.tooManySubscriptions) {
                try await test.store.subscribe(name("one more"), of: TestStore.alice)
            }
            try await test.store.subscribe(name("n1"), of: TestStore.alice)
            try await test.store.subscribe(name("one more"), of: TestStore.bob)
            try await test.store.unsubscribe(name("n1"), of: TestStore.alice)
            try await test.store.subscribe(name("one more"), of: TestStore.alice)
        }
    }

    @Test("subscriptions are names, with or without a mailbox")
    func subscriptions() async throws {
        try await TestStore.with { test in
            try await test.store.subscribe(name("not/there"), of: TestStore.alice)
            try await test.store.subscribe(name("not/there"), of: TestStore.alice)
            try await test.store.unsubscribe(name("Junk"), of: TestStore.alice)
            let names = try await test.store.subscriptions(of: TestStore.alice).map(\.text)
            #expect(names == ["Archive", "Drafts", "INBOX", "Sent", "Trash", "not/there"])
            #expect(try await test.summary("Junk").isSubscribed == false)
        }
    }

    @Test(
        "lesson 24: odd names survive creation, renaming, a backup and a restart",
        arguments: ["100%", "a.b.c", "back\\slash", "Entwürfe & mehr", "日本語", "'; DROP TABLE mailbox; --", "%_"]
    )
    func odd(text: String) async throws {
        try await TemporaryFolder.with { folder in
            let test = try await TestStore(in: folder)
            _ = try await test.store.create(name("\(text)/below"), of: TestStore.alice)
            _ = try await test.store.create(name("neighbour/below"), of: TestStore.alice)
            try await test.store.rename(name(text), to: name("x/\(text)"), of: TestStore.alice)
            try test.store.backup(to: folder.path("copy"))
            test.store.close()
            for place in ["mail", "copy"] {
                let store = try MailStore.open(folder: folder.path(place), shards: 9, clock: test.clock)
                let names = try await store.mailboxes(of: TestStore.alice).map(\.name.text)
                #expect(names.contains("x/\(text)/below"))
                #expect(names.contains("neighbour/below"))
                #expect(store.check() == [])
                store.close()
            }
        }
    }

    @Test("a removed account is gone with its mail, and the others stay")
    func removeAccount() async throws {
        try await TestStore.with(shards: 1) { test in
            let both = [TestStore.alice, TestStore.bob].map { LocalDelivery.Recipient(account: $0) }
            _ = await test.deliver(TestStore.message("both"), to: both)
            await test.deliver("alice only", to: TestStore.alice)
            let live = try await test.store.open(try await test.inbox().id, of: TestStore.alice)
            try await test.store.removeAccount(TestStore.alice)
            #expect(live.isGone)
            #expect(await test.deliver("too late", to: TestStore.alice) == nil)
            #expect(try await test.store.mailboxes(of: TestStore.alice) == [])
            #expect(test.store.check() == [])
            try await test.settle()
            let shard = test.store.shard(of: TestStore.alice)
            #expect(try shard.readNow { try $0.integer("SELECT count(*) FROM message") } == 1)
            #expect(try await test.inbox(TestStore.bob).messages == 1)
            #expect(test.store.check() == [])
            try await test.store.createAccount(TestStore.alice)
            #expect(await test.deliver("again", to: TestStore.alice) == UID(rawValue: 1))
        }
    }

    @Test("a maildrop is one session's until it is given back")
    func maildrop() async throws {
        try await TestStore.with { test in
            let lock = test.store.lockMaildrop(TestStore.alice)
            #expect(lock != nil)
            #expect(test.store.lockMaildrop(TestStore.alice) == nil)
            #expect(test.store.lockMaildrop(TestStore.bob) != nil)
            lock?.release()
            lock?.release()
            #expect(test.store.lockMaildrop(TestStore.alice) != nil)
        }
    }
}

extension TestStore {
    /// Names from `first` on and below, those that hold nothing with a dash.
    func names(_ first: String) async throws -> [String] {
        try await self.store.mailboxes(of: Self.alice)
            .filter { $0.name.text == first || $0.name.text.hasPrefix("\(first)/") }
            .map { $0.isSelectable ? $0.name.text : "\($0.name.text) -" }
    }
}
