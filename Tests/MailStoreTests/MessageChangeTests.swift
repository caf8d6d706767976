import MailStore
import MailTesting
import MailTypes
import NIOCore
import Storage
import Testing

@Suite("changing messages", .timeLimit(.minutes(10)))
struct MessageChangeTests {
    @Test("appended messages keep flags, keywords, dates and order")
    func append() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            let date = Instant(secondsSince1970: 1_000_000)
            let result = try await test.store.append(
                [
                    NewMessage(content: TestStore.message("a"), flags: [.seen], internalDate: date),
                    NewMessage(content: TestStore.message("b"), keywords: ["$Forwarded", "Later"], internalDate: date),
                ],
                to: inbox.id,
                of: TestStore.alice
            )
            #expect(result.uids == uids(1, 2))
            #expect(result.uidValidity == inbox.uidValidity)
            let state = try await test.store.open(inbox.id, of: TestStore.alice).state()
            let table = try await test.store.keywords(of: TestStore.alice)
            #expect(state[0].flags == .seen)
            #expect(table.names(of: state[1].flags) == ["$Forwarded", "Later"])
            #expect(table.flag("$FORWARDED") == .keyword(0))
            let found = try await test.store.read(of: TestStore.alice) { reader in
                try reader.withMessage(state[0].message, [.facts, .envelope, .bodyStructure]) { row in
                    (row.internalDate, row.octets, row.withEnvelope { $0.count }, row.withBodyStructure { $0.count })
                }
            }
            #expect(found?.0 == date)
            #expect(found?.1 == TestStore.message("a").octets)
            #expect(found?.2 ?? 0 > 20)
            #expect(found?.3 ?? 0 > 20)
            let summary = try await test.inbox()
            #expect(summary.messages == 2)
            #expect(summary.unseen == 1)
            #expect(summary.recent == 2)
            #expect(test.store.check() == [])
        }
    }

    @Test("a thousand messages are appended in one step, or none")
    func multiAppend() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            #expect(try await test.append(1_000, to: inbox.id).count == 1_000)
            try await test.store.setQuota(TestStore.alice, octets: nil, messages: 1_500)
            await #expect(throws: MailStoreError.overQuota) { try await test.append(1_000, to: inbox.id) }
            #expect(try await test.inbox().messages == 1_000)
            #expect(test.store.check() == [])
        }
    }

    @Test("the three ways to change flags, over gaps and twice")
    func flags() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            _ = try await test.append(6, to: inbox.id)
            let live = try await test.store.open(inbox.id, of: TestStore.alice)
            _ = try await test.store.remove(uids: uids(3), in: inbox.id, of: TestStore.alice)
            try await test.change(.add, [.seen, .deleted], uids(5, 1, 2, 3, 4, 400, 5))
            try await test.change(.remove, [.deleted], uids(1, 2))
            try await test.change(.replace, [.flagged], uids(6))
            let flags = try await live.state().entries.map(\.flags)
            #expect(flags == [[.seen], [.seen], [.seen, .deleted], [.seen, .deleted], [.flagged]])
            #expect(live.summary.deleted == 2)
            #expect(live.summary.unseen == 1)
            let before = live.summary.highestModSeq
            try await test.change(.add, [.seen], uids(1, 2))
            #expect(live.summary.highestModSeq == before, "a change that changes nothing takes no number")
            #expect(test.store.check() == [])
        }
    }

    @Test("UNCHANGEDSINCE leaves messages alone that changed later, and names them")
    func unchangedSince() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            _ = try await test.append(5, to: inbox.id)
            let before = try await test.inbox().highestModSeq
            try await test.change(.add, [.answered], uids(2, 4))
            let result = try await test.store.changeFlags(
                FlagChange(.add, flags: [.seen]),
                of: uids(1, 2, 3, 4, 5),
                unchangedSince: before,
                in: inbox.id,
                of: TestStore.alice
            )
            #expect(result.modified == uids(2, 4))
            let state = try await test.store.open(inbox.id, of: TestStore.alice).state()
            #expect(state.entries.map { $0.flags.contains(.seen) } == [true, false, true, false, true])
            #expect(state[0].modSeq == result.modSeq)
        }
    }

    @Test("a conditional change that fails for every message gives the account no keyword")
    func keywordOfNoMessage() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            _ = try await test.append(1, to: inbox.id)
            let result = try await test.store.changeFlags(
                FlagChange(.add, flags: [], keywords: ["new"]),
                of: uids(1, 7),
                unchangedSince: ModSeq(rawValue: 1),
                in: inbox.id,
                of: TestStore.alice
            )
            #expect(result.modified == uids(1))
            #expect(try await test.store.keywords(of: TestStore.alice).names == [])
            try await test.change(.add, [], uids(7), keywords: ["new"])
            #expect(try await test.store.keywords(of: TestStore.alice).names == [])
        }
    }

    @Test("a message is stored without the keywords for which there is no room")
    func appendWithoutKeyword() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            let names = (1..<FlagSet.keywordsMax).map { "k\($0)" }
            let message = NewMessage(
                content: TestStore.message("a"),
                flags: [.flagged],
                keywords: names + ["last", "one-more", "K1"],
                internalDate: test.clock.now
            )
            _ = try await test.store.append([message], to: inbox.id, of: TestStore.alice)
            let table = try await test.store.keywords(of: TestStore.alice)
            #expect(table.names == names + ["last"])
            let state = try await test.store.open(inbox.id, of: TestStore.alice).state()
            #expect(state[0].flags == table.allFlags.union(.flagged))
            #expect(test.store.check() == [])
        }
    }

    @Test("an account has as many keywords as fit, and is told when one more does not")
    func keywords() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            _ = try await test.append(1, to: inbox.id)
            let names = (0..<FlagSet.keywordsMax).map { "k\($0)" }
            for name in names { try await test.change(.add, [], uids(1), keywords: [name]) }
            #expect(try await test.store.keywords(of: TestStore.alice).names == names)
            await #expect(throws: MailStoreError.tooManyKeywords) {
                try await test.change(.add, [], uids(1), keywords: ["one-more"])
            }
            await #expect(throws: MailStoreError.invalidKeyword) {
                try await test.change(.replace, [], uids(1), keywords: ["not an atom"])
            }
            try await test.change(.remove, [], uids(1), keywords: ["unknown", "K3"])
            let state = try await test.store.open(inbox.id, of: TestStore.alice).state()
            #expect(!state[0].flags.contains(.keyword(3)))
            #expect(state[0].flags.contains(.keyword(4)))
        }
    }

    @Test("a change that fails leaves no keyword behind, and the next ones count on from what is there")
    func keywordsOfFailures() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            _ = try await test.append(1, to: inbox.id)
            try await test.change(.add, [], uids(1), keywords: ["kept"])
            await #expect(throws: MailStoreError.invalidKeyword) {
                try await test.change(.add, [], uids(1), keywords: ["lost", "not an atom"])
            }
            try await test.change(.add, [], uids(1), keywords: ["next", "lost"])
            let table = try await test.store.keywords(of: TestStore.alice)
            #expect(table.names == ["kept", "next", "lost"])
            try await test.store.removeAccount(TestStore.alice)
            try await test.store.createAccount(TestStore.alice)
            _ = try await test.append(1, to: try await test.inbox().id)
            try await test.change(.add, [], uids(1), keywords: ["lost"])
            #expect(try await test.store.keywords(of: TestStore.alice).names == ["lost"])
            test.store.close()
            let again = try MailStore.open(folder: test.folder.path("mail"), shards: 2, clock: test.clock)
            #expect(try await again.keywords(of: TestStore.alice).names == ["lost"])
            let inboxAgain = try await again.mailbox(named: .inbox, of: TestStore.alice)
            let state = try await again.open(try #require(inboxAgain).id, of: TestStore.alice).state()
            #expect(state[0].flags == .keyword(0))
            again.close()
        }
    }

    @Test("where all keywords are taken, a new one gets the place of one that no message carries")
    func freedKeyword() async throws {
        try await TestStore.with { test in
            let (inbox, archive) = (try await test.inbox(), try await test.summary("Archive"))
            _ = try await test.append(2, to: inbox.id)
            _ = try await test.append(1, to: archive.id)
            var names = (0..<FlagSet.keywordsMax).map { "k\($0)" }
            try await test.change(.add, [], uids(1), keywords: names)
            _ = try await test.store.changeFlags(
                FlagChange(.add, flags: [], keywords: ["k7"]),
                of: uids(1),
                in: archive.id,
                of: TestStore.alice
            )
            try await test.change(.remove, [], uids(1), keywords: ["k7", "k9", "k20"])
            // The archive has k7 still; k20 goes to a message in the same change.
            try await test.change(.add, [], uids(2), keywords: ["k20", "fresh"])
            names[9] = "fresh"
            #expect(try await test.store.keywords(of: TestStore.alice).names == names)
            await #expect(throws: MailStoreError.tooManyKeywords) {
                try await test.change(.add, [], uids(1), keywords: ["one-more"])
            }
            let table = try await test.store.keywords(of: TestStore.alice)
            let state = try await test.store.open(inbox.id, of: TestStore.alice).state()
            #expect(table.names(of: state[1].flags) == ["fresh", "k20"])
            test.store.close()
            let again = try MailStore.open(folder: test.folder.path("mail"), shards: 2, clock: test.clock)
            #expect(try await again.keywords(of: TestStore.alice) == table)
            #expect(again.check() == [])
            again.close()
        }
    }

    @Test("a copy shares the message, and takes room")
    func copy() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            let archive = try await test.summary("Archive")
            _ = try await test.append(3, to: inbox.id)
            try await test.change(.add, [.seen], uids(3))
            let used = try await test.store.usage(of: TestStore.alice).octets
            let result = try await test.store.copy(
                uids: uids(1, 3, 9),
                from: inbox.id,
                to: archive.id,
                of: TestStore.alice
            )
            #expect(result.source == uids(1, 3))
            #expect(result.destination == uids(1, 2))
            #expect(result.uidValidity == archive.uidValidity)
            let state = try await test.store.open(archive.id, of: TestStore.alice).state()
            let source = try await test.store.open(inbox.id, of: TestStore.alice).state()
            #expect(state.entries.map(\.message) == [source[0].message, source[2].message])
            #expect(state[1].flags == .seen)
            #expect(try await test.store.usage(of: TestStore.alice).octets > used)
            _ = try await test.store.remove(uids: uids(1, 2, 3), in: inbox.id, of: TestStore.alice)
            try await test.settle()
            #expect(try await test.subject(state[0].message) == "0")
            #expect(test.store.check() == [])
        }
    }

    @Test("a move leaves nothing behind and needs no room", arguments: [false, true])
    func move(withinOne: Bool) async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            let target = withinOne ? inbox : try await test.summary("Archive")
            _ = try await test.append(4, to: inbox.id)
            let live = try await test.store.open(inbox.id, of: TestStore.alice)
            _ = try await live.state()
            let used = try await test.store.usage(of: TestStore.alice)
            try await test.store.setQuota(TestStore.alice, octets: used.octets, messages: used.messages)
            let result = try await test.store.move(uids: uids(2, 3), from: inbox.id, to: target.id, of: TestStore.alice)
            #expect(result.source == uids(2, 3))
            #expect(result.destination == (withinOne ? uids(5, 6) : uids(1, 2)))
            #expect(try await live.state().uids == (withinOne ? [1, 4, 5, 6] : [1, 4]))
            #expect(try await test.store.usage(of: TestStore.alice).octets == used.octets)
            #expect(test.store.check() == [])
        }
    }

    @Test("expunge takes what is deleted: all of it, or among some")
    func expunge() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            _ = try await test.append(10, to: inbox.id)
            try await test.change(.add, [.deleted], uids(2, 4, 6, 8))
            let some = try await test.store.expunge(uids: uids(1, 2, 3), in: inbox.id, of: TestStore.alice)
            #expect(some == uids(2))
            let all = try await test.store.expunge(in: inbox.id, of: TestStore.alice)
            #expect(all == uids(4, 6, 8))
            #expect(try await test.store.expunge(in: inbox.id, of: TestStore.alice) == [])
            let live = try await test.store.open(inbox.id, of: TestStore.alice)
            #expect(try await live.state().uids == [1, 3, 5, 7, 9, 10])
            let history = try #require(try await live.changes(since: ModSeq(rawValue: 0)))
            #expect(history.expunged == uids(2, 4, 6, 8))
            try await test.settle()
            #expect(test.store.check() == [])
        }
    }

    @Test("expunge finds what was deleted after the list was read")
    func expungeAfterLoad() async throws {
        try await TestStore.with { test in
            let inbox = try await test.inbox()
            _ = try await test.append(5, to: inbox.id)
            let live = try await test.store.open(inbox.id, of: TestStore.alice)
            _ = try await live.state()
            try await test.change(.add, [.deleted], uids(1, 5))
            #expect(try await test.store.expunge(in: inbox.id, of: TestStore.alice) == uids(1, 5))
        }
    }

    @Test("another account's mailbox is no mailbox")
    func foreign() async throws {
        try await TestStore.with(shards: 1) { test in
            let inbox = try await test.inbox(TestStore.bob)
            await #expect(throws: MailStoreError.noSuchMailbox) { try await test.append(1, to: inbox.id) }
            await #expect(throws: MailStoreError.noSuchMailbox) {
                try await test.store.open(inbox.id, of: TestStore.alice)
            }
            await #expect(throws: MailStoreError.noSuchMailbox) {
                try await test.store.expunge(in: inbox.id, of: TestStore.alice)
            }
        }
    }
}

extension TestStore {
    func change(
        _ kind: FlagChange.Kind,
        _ flags: FlagSet,
        _ uids: [UID],
        keywords: [String] = []
    ) async throws {
        let inbox = try await self.inbox()
        _ = try await self.store.changeFlags(
            FlagChange(kind, flags: flags, keywords: keywords),
            of: uids,
            in: inbox.id,
            of: Self.alice
        )
    }
}
