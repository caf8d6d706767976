import MailStore
import MailTesting
import MailTypes
import Storage
import Testing

@Suite("annotations", .timeLimit(.minutes(10)))
struct AnnotationTests {
    private static let comment = annotation("/private/comment")

    @Test("names are folded, and what RFC 5464 forbids is none")
    func names() {
        #expect(AnnotationName("/Shared/Comment")?.text == "/shared/comment")
        for text in [
            "", "/", "/shared", "/private/", "/private//a", "/private/a/", "/private/*", "/private/a%", "/x/a",
        ] {
            #expect(AnnotationName(text) == nil, "\(text)")
        }
        #expect(AnnotationName("/private/" + String(repeating: "a", count: 503)) != nil)
        #expect(AnnotationName("/private/" + String(repeating: "a", count: 504)) == nil)
        #expect(AnnotationName("/private/ä") == nil)
    }

    @Test("set, replaced and taken away again, all or none")
    func changes() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox().id
            try await test.annotate([("/private/comment", "a"), ("/shared/comment", "b")], inbox)
            try await test.annotate([("/private/comment", "c"), ("/shared/comment", nil)], inbox)
            #expect(try await test.annotations(inbox) == ["/private/comment": "c"])
            await #expect(throws: AnnotationError.valueTooLarge) {
                let long = String(repeating: "x", count: AnnotationLimits.valueOctetsMax + 1)
                try await test.annotate([("/private/comment", "d"), ("/private/long", long)], inbox)
            }
            #expect(try await test.annotations(inbox) == ["/private/comment": "c"])
            #expect(try await test.annotations(nil) == [:])
            #expect(test.store.check() == [])
        }
    }

    @Test("a mailbox's use is its annotation, and goes from one mailbox to another in one step")
    func specialUse() async throws {
        try await TestStore.with { test in
            let (archive, junk) = (try await test.summary("Archive").id, try await test.summary("Junk").id)
            #expect(try await test.annotations(archive) == ["/private/specialuse": "\\Archive"])
            let taken = [("/private/comment", "not kept"), ("/private/specialuse", "\\Junk")]
            await #expect(throws: MailStoreError.specialUseTaken) { try await test.annotate(taken, archive) }
            await #expect(throws: AnnotationError.noSuchUse) {
                try await test.annotate([("/private/specialuse", "Junk")], archive)
            }
            #expect(try await test.annotations(archive) == ["/private/specialuse": "\\Archive"])
            try await test.annotate([("/private/specialuse", nil)], junk)
            try await test.annotate(taken, archive)
            #expect(try await test.summary("Archive").specialUse == .junk)
            #expect(try await test.summary("Junk").specialUse == nil)
            #expect(try await test.annotations(junk) == [:])
            let read = try await test.store.read(of: TestStore.alice) { reader in
                try reader.annotation(annotation("/private/specialuse"), of: MailboxName("Archive"), TestStore.alice)
            }
            #expect(read == Array("\\Junk".utf8))
            #expect(test.store.check() == [])
        }
    }

    @Test("those of the account are its own, and no other account sees any")
    func places() async throws {
        try await TestStore.with(shards: 1) { test in
            try await test.annotate([("/private/comment", "account")], nil)
            #expect(try await test.annotations(nil) == ["/private/comment": "account"])
            let inbox = try await test.inbox().id
            #expect(try await test.annotations(inbox) == [:])
            #expect(try await test.store.annotations(["/private"], .all, of: nil, TestStore.bob) == [])
            await #expect(throws: MailStoreError.noSuchMailbox) {
                _ = try await test.store.annotations(["/private"], of: inbox, TestStore.bob)
            }
            await #expect(throws: MailStoreError.noSuchMailbox) {
                try await test.store.annotate([(Self.comment, [1])], of: inbox, TestStore.bob)
            }
        }
    }

    @Test("depth tells how far below a name")
    func depth() async throws {
        try await TestStore.with { test in
            let all = ["/private/a", "/private/a/b", "/private/a/b/c", "/private/a.b", "/private/a0", "/private/ab"]
            try await test.annotate(all.map { ($0, "x") }, nil)
            let ask = { (names: [String], depth: AnnotationDepth) async throws in
                try await test.store.annotations(names, depth, of: nil, TestStore.alice).map(\.name.text)
            }
            #expect(try await ask(["/private/a"], .itself) == ["/private/a"])
            #expect(try await ask(["/private/a"], .children) == ["/private/a", "/private/a/b"])
            #expect(try await ask(["/private/a"], .all) == ["/private/a", "/private/a/b", "/private/a/b/c"])
            #expect(try await ask(["/private/a", "/private/a/b"], .all).count == 3)
            #expect(try await ask(["/private"], .all) == all.sorted())
            #expect(try await ask(["/private"], .itself) == [])
        }
    }

    @Test("they go with a mailbox that is renamed, and away with one that is deleted")
    func mailboxes() async throws {
        try await TestStore.with { test in
            let made = try await test.store.create(name("a/b"), of: TestStore.alice)
            try await test.annotate([("/shared/comment", "x")], made.id)
            try await test.store.rename(name("a"), to: name("z"), of: TestStore.alice)
            #expect(try await test.annotations(try await test.summary("z/b").id) == ["/shared/comment": "x"])
            let holder = try await test.summary("z").id
            try await test.annotate([("/private/comment", "holds others")], holder)
            #expect(try await test.annotations(holder) == ["/private/comment": "holds others"])
            let holdsMail = try await test.store.create(name("z"), of: TestStore.alice)
            #expect(holdsMail.isSelectable)
            #expect(try await test.annotations(holdsMail.id) == ["/private/comment": "holds others"])
            try await test.store.delete(name("z/b"), of: TestStore.alice)
            let again = try await test.store.create(name("z/b"), of: TestStore.alice)
            #expect(try await test.annotations(again.id) == [:])
            let inbox = try await test.inbox().id
            try await test.annotate([("/shared/comment", "inbox")], inbox)
            try await test.store.rename(.inbox, to: name("Old"), of: TestStore.alice)
            #expect(try await test.annotations(inbox) == ["/shared/comment": "inbox"])
            #expect(try await test.annotations(try await test.summary("Old").id) == ["/shared/comment": "inbox"])
            try await test.annotate([("/private/comment", "of INBOX"), ("/private/more", "of INBOX")], inbox)
            _ = try await test.store.create(name("y/b"), of: TestStore.alice)
            let parent = try await test.summary("y").id
            try await test.annotate([("/private/comment", "its own")], parent)
            try await test.store.rename(.inbox, to: name("y"), of: TestStore.alice)
            #expect(
                try await test.annotations(parent) == [
                    "/private/comment": "its own", "/private/more": "of INBOX", "/shared/comment": "inbox",
                ]
            )
            #expect(test.store.check() == [])
            try await test.annotate([("/private/comment", "x")], nil)
            try await test.store.removeAccount(TestStore.alice)
            #expect(test.store.check() == [])
            try await test.store.createAccount(TestStore.alice)
            #expect(try await test.annotations(nil) == [:])
        }
    }

    @Test("a mailbox has so many and no more, and an account so many octets")
    func limits() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox().id
            let most = (0..<AnnotationLimits.entriesMax).map { ("/private/\($0)", "x" as String?) }
            try await test.annotate(most, inbox)
            await #expect(throws: AnnotationError.tooMany) { try await test.annotate([("/private/more", "x")], inbox) }
            try await test.annotate([("/private/0", nil), ("/private/more", "x")], inbox)
            try await test.annotate([("/private/1", "y")], inbox)
            let archive = try await test.summary("Archive").id
            let long = String(repeating: "x", count: AnnotationLimits.valueOctetsMax)
            let count = AnnotationLimits.accountOctetsMax / AnnotationLimits.valueOctetsMax
            await #expect(throws: AnnotationError.tooMany) {
                try await test.annotate((0..<count).map { ("/private/\($0)", long) }, archive)
            }
            #expect(try await test.annotations(archive) == ["/private/specialuse": "\\Archive"])
            try await test.annotate((0..<count - 1).map { ("/private/\($0)", long) }, archive)
        }
    }

    @Test("INBOX is renamed without its annotations where an account would have too much of them")
    func renamedOften() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox().id
            let long = String(repeating: "x", count: AnnotationLimits.valueOctetsMax - 100)
            let half = AnnotationLimits.accountOctetsMax / AnnotationLimits.valueOctetsMax / 2
            try await test.annotate((0..<half).map { ("/private/\($0)", long) }, inbox)
            var counts: [Int] = []
            for round in 0..<3 {
                try await test.store.rename(.inbox, to: name("Old \(round)"), of: TestStore.alice)
                counts.append(try await test.annotations(try await test.summary("Old \(round)").id).count)
            }
            #expect(counts == [half, 0, 0])
            #expect(try await test.annotations(inbox).count == half)
        }
    }

    @Test("they are there after a restart, and in a backup")
    func restart() async throws {
        try await TemporaryFolder.with { folder in
            let before = try await TestStore(in: folder)
            try await before.annotate([("/private/comment", "x")], try await before.inbox().id)
            try await before.annotate([("/shared/imapsieve/script", "s")], nil)
            try before.store.backup(to: folder.path("copy"))
            before.store.close()
            let after = try await TestStore(in: folder)
            #expect(try await after.annotations(try await after.inbox().id) == ["/private/comment": "x"])
            #expect(after.store.hasEventScripts(TestStore.alice) && !after.store.hasEventScripts(TestStore.bob))
            after.store.close()
            let copy = try MailStore.open(folder: folder.path("copy"), shards: 2, clock: before.clock)
            let inbox = try await copy.mailbox(named: .inbox, of: TestStore.alice)
            let found = try await copy.annotations(["/private/comment"], of: inbox?.id, TestStore.alice)
            #expect(found == [Annotation(name: Self.comment, value: Array("x".utf8))])
            copy.close()
        }
    }
}

func annotation(_ text: String) -> AnnotationName {
    guard let name = AnnotationName(text) else { preconditionFailure("\(text) is no annotation's name") }
    return name
}

extension TestStore {
    /// Alice's; `nil` for those of her account.
    func annotate(_ changes: [(String, String?)], _ mailbox: MailboxID?) async throws {
        let changes = changes.map { (name: annotation($0.0), value: $0.1.map { Array($0.utf8) }) }
        try await self.store.annotate(changes, of: mailbox, Self.alice)
    }

    func annotations(_ mailbox: MailboxID?) async throws -> [String: String] {
        let all = try await self.store.annotations(["/private", "/shared"], .all, of: mailbox, Self.alice)
        return Dictionary(uniqueKeysWithValues: all.map { ($0.name.text, String(decoding: $0.value, as: UTF8.self)) })
    }
}
