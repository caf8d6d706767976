import MailQueue
import MailStore
import MailTesting
import MailTypes
import NIOCore
import Storage
import Testing

@testable import Filing

@Suite("Scripts on changes of a mailbox (RFC 6785)", .timeLimit(.minutes(10)))
struct EventScriptTests {
    @Test("the mailbox's script runs, without one the account's, and an empty name means none")
    func choice() async throws {
        try await TestMailroom.with { room in
            try await room.putScript("flag", "require \"imap4flags\"; addflag \"\\\\Flagged\";")
            try await room.putScript("seen", "require \"imap4flags\"; addflag \"\\\\Seen\";")
            #expect(!room.store.hasEventScripts(TestMailroom.alice))
            #expect(try await room.appended(to: "INBOX") == [])
            try await room.annotate("/shared/imapsieve/script", "seen", of: nil)
            #expect(room.store.hasEventScripts(TestMailroom.alice) && !room.store.hasEventScripts(TestMailroom.bob))
            #expect(try await room.appended(to: "INBOX") == ["\\Seen"])
            try await room.annotate("/shared/imapsieve/script", "flag", of: "INBOX")
            #expect(try await room.appended(to: "INBOX") == ["\\Flagged"])
            #expect(try await room.appended(to: "Archive") == ["\\Seen"])
            try await room.annotate("/shared/imapsieve/script", "", of: "INBOX")
            #expect(try await room.appended(to: "INBOX") == [])
            try await room.annotate("/shared/imapsieve/script", "no such script", of: "INBOX")
            #expect(try await room.appended(to: "INBOX") == [])
            try await room.annotate("/shared/imapsieve/script", nil, of: "INBOX")
            try await room.annotate("/shared/imapsieve/script", nil, of: nil)
            #expect(!room.store.hasEventScripts(TestMailroom.alice))
        }
    }

    @Test("a delivery is no change by a client, and the script at delivery does not run on one")
    func delivery() async throws {
        try await TestMailroom.with { room in
            try await room.putScript("flag", "require \"imap4flags\"; addflag \"\\\\Flagged\";")
            try await room.annotate("/shared/imapsieve/script", "flag", of: "INBOX")
            try await room.setScript("discard;")
            #expect(await room.deliver() == ["discarded"])
            #expect(try await room.appended(to: "INBOX") == ["\\Flagged"])
        }
    }

    @Test("what happened, where, to which flags and by whom")
    func environment() async throws {
        try await TestMailroom.with { room in
            let items = [
                "imap.cause", "imap.mailbox", "imap.user", "imap.email", "imap.changedflags", "location", "phase",
            ]
            var script = "require [\"imapsieve\", \"environment\", \"variables\", \"editheader\", \"fileinto\"];\n"
            for item in items {
                script += "if environment :matches \"\(item)\" \"*\" { addheader \"X-Item\" \"\(item)=${1}\"; }\n"
            }
            script += "fileinto \"Junk\"; keep;\n"
            try await room.putScript("tell", script)
            try await room.annotate("/shared/imapsieve/script", "tell", of: nil)
            let told = { (cause: MailboxEvent.Cause, uid: UID) async throws in
                try await room.run(cause, "Archive", [uid])
                // What a client has stored stays what it is; the edits are in the copy.
                #expect(try await room.texts("Archive").allSatisfy { !$0.contains("X-Item") })
                let lines = try await room.texts("Junk").last?.split(separator: "\r\n") ?? []
                return Set(lines.filter { $0.hasPrefix("X-Item: ") }.map { String($0.dropFirst(8)) })
            }
            let common: Set = [
                "imap.mailbox=Archive", "imap.user=alice@martlet.test", "imap.email=alice@martlet.test", "location=MS",
                "phase=post",
            ]
            #expect(
                try await told(.append, try await room.append("Archive"))
                    == common.union(["imap.cause=APPEND", "imap.changedflags="])
            )
            #expect(
                try await told(.copy, try await room.append("Archive"))
                    == common.union(["imap.cause=COPY", "imap.changedflags="])
            )
            let uid = try await room.append("Archive")
            let change = FlagChange(.replace, flags: [.seen, .flagged], keywords: ["$work"])
            let changes = try await room.change(change, uid, "Archive")
            #expect(
                try await told(.flags(changes), uid)
                    == common.union(["imap.cause=FLAG", "imap.changedflags=\\Seen \\Flagged $work"])
            )
        }
    }

    @Test("what changed is told by message: flags that were there already did not")
    func changes() async throws {
        try await TestMailroom.with { room in
            let uid = try await room.append("INBOX", flags: [.seen])
            let added = try await room.change(FlagChange(.add, flags: [.seen, .flagged]), uid, "INBOX")
            #expect(added.map(\.before) == [[.seen]] && added.map(\.after) == [[.seen, .flagged]])
            #expect(try await room.change(FlagChange(.add, flags: [.seen]), uid, "INBOX") == [])
        }
    }

    @Test(
        "keep leaves it, discard marks it, fileinto copies and marks, copy only copies",
        arguments: [
            ("keep;", [""], []), ("stop;", [""], []), ("discard;", ["\\Deleted"], []),
            ("require \"fileinto\"; fileinto \"Archive\";", ["\\Deleted"], [""]),
            ("require [\"fileinto\", \"copy\"]; fileinto :copy \"Archive\";", [""], [""]),
            ("require \"fileinto\"; fileinto \"Archive\"; keep;", [""], [""]),
            (
                "require [\"fileinto\", \"imap4flags\"]; fileinto :flags \"\\\\Seen\" \"Archive\";", ["\\Deleted"],
                ["\\Seen"]
            ),
            ("require \"fileinto\"; fileinto \"INBOX\";", ["\\Deleted", ""], []),
            ("require \"fileinto\"; fileinto \"No/Such\";", [""], []),
            ("require \"imap4flags\"; keep :flags \"\\\\Answered\";", ["\\Answered"], []),
        ]
    )
    func actions(script: String, inbox: [String], archive: [String]) async throws {
        try await TestMailroom.with { room in
            try await room.putScript("main", script)
            try await room.annotate("/shared/imapsieve/script", "main", of: "INBOX")
            _ = try await room.appended(to: "INBOX")
            #expect(try await room.flags("INBOX") == inbox)
            #expect(try await room.flags("Archive") == archive)
            #expect(room.store.check() == [])
        }
    }

    @Test("what it files starts no script of the other mailbox")
    func noLoop() async throws {
        try await TestMailroom.with { room in
            try await room.putScript("there", "require [\"fileinto\", \"copy\"]; fileinto :copy \"Archive\";")
            try await room.putScript("back", "require [\"fileinto\", \"copy\"]; fileinto :copy \"INBOX\";")
            try await room.annotate("/shared/imapsieve/script", "there", of: "INBOX")
            try await room.annotate("/shared/imapsieve/script", "back", of: "Archive")
            _ = try await room.appended(to: "INBOX")
            #expect(try await room.flags("INBOX") == [""])
            #expect(try await room.flags("Archive") == [""])
        }
    }

    @Test("a message that is sent on or told of goes into the queue once, and its store is sound")
    func sending() async throws {
        try await TestMailroom.with { room in
            try await room.putScript(
                "send",
                """
                require ["copy", "enotify"];
                redirect :copy "carol@example.net";
                notify :message "flagged" "mailto:dora@example.net";
                """
            )
            try await room.annotate("/shared/imapsieve/script", "send", of: "INBOX")
            _ = try await room.appended(to: "INBOX")
            #expect(room.store.check() == [])
            let queued = try await room.queued()
            #expect(queued.count == 2 && queued.contains("alice@martlet.test → carol@example.net"), "\(queued)")
            #expect(try await room.flags("INBOX") == [""])
            #expect(room.store.check() == [])
        }
    }

    @Test(
        "what was sent is filed for the owner too, even where the message itself is",
        arguments: ["INBOX", "No/Such"]
    )
    func carbonCopy(mailbox: String) async throws {
        try await TestMailroom.with { room in
            try await room.putScript(
                "tell",
                "require [\"enotify\", \"fcc\"]; notify :fcc \"\(mailbox)\" :message \"new\" \"mailto:d@example.net\";"
            )
            try await room.annotate("/shared/imapsieve/script", "tell", of: "INBOX")
            _ = try await room.appended(to: "INBOX")
            #expect(try await room.texts().count == 2)
            #expect(try await room.queued().count == 1)
            #expect(room.store.check() == [])
        }
    }

    @Test("a script that fails, or cannot be compiled, changes nothing, and its owner is told once a day")
    func failure() async throws {
        try await TestMailroom.with { room in
            try await room.putScript(
                "bad",
                "require [\"reject\", \"imap4flags\"]; addflag \"\\\\Seen\"; reject \"no\";"
            )
            try await room.annotate("/shared/imapsieve/script", "bad", of: "Archive")
            #expect(try await room.appended(to: "Archive") == [])
            #expect(try await room.appended(to: "Archive") == [])
            let notices = try await room.texts()
            #expect(notices.count == 1 && notices[0].contains("You changed a mailbox"), "\(notices)")
            room.clock.advance(by: .seconds(90_000))
            try await room.putScript("bad", "nonsense;")
            #expect(try await room.appended(to: "Archive") == [])
            #expect(try await room.texts().count == 2)
        }
    }

    @Test("it runs on each of many messages, and those that are gone meanwhile are passed over")
    func many() async throws {
        try await TestMailroom.with { room in
            try await room.putScript("flag", "require \"imap4flags\"; addflag \"\\\\Flagged\";")
            try await room.annotate("/shared/imapsieve/script", "flag", of: "INBOX")
            var uids: [UID] = []
            for _ in 0..<250 { uids.append(try await room.append("INBOX")) }
            try await room.run(.copy, "INBOX", uids + [UID(rawValue: 999)])
            #expect(try await room.flags("INBOX") == Array(repeating: "\\Flagged", count: 250))
        }
    }

    @Test("the trace tells what a script did with each message, and by which names to follow what it sent")
    func trace() async throws {
        try await TestMailroom.with { room in
            try await room.putScript(
                "file",
                """
                require ["imap4flags", "fileinto", "copy", "variables"];
                set "nobody" "no address";
                if hasflag "\\\\Draft" { redirect "${nobody}"; }
                elsif hasflag "\\\\Seen" { keep; }
                else { fileinto "Junk"; redirect :copy "bob@example.net"; }
                """
            )
            try await room.annotate("/shared/imapsieve/script", "file", of: nil)
            var uids: [UID] = []
            for flags: FlagSet in [[], .seen, .draft] { uids.append(try await room.append("Archive", flags: flags)) }
            try await room.run(.append, "Archive", uids)
            _ = try await room.queued()
            let sent = try #require(try await room.queue.list().first)
            let lines = room.traced().filter { $0.contains("\"event\":\"filed\"") }
            #expect(lines.count == 2, "\(lines)")
            for words in [
                "1@example.org", "\"mailbox\":\"Archive\"", "\"uid\":\"\(uids[0].rawValue)\"", "copy to \\\"Junk\\\"",
                "redirect bob@example.net as \(sent.id)",
            ] {
                #expect(lines.first?.contains(words) == true, "\(words): \(lines)")
            }
            #expect(lines.last?.contains("script failed") == true, "\(lines)")
        }
    }
}

extension TestMailroom {
    func putScript(_ name: String, _ text: String) async throws {
        try await self.store.putScript(name, text: Array(text.utf8), of: Self.alice)
    }

    func append(_ mailbox: String, flags: FlagSet = []) async throws -> UID {
        let message = NewMessage(content: Self.message(), flags: flags, internalDate: self.clock.now)
        let id = try await self.summary(mailbox).id
        return try await self.store.append([message], to: id, of: Self.alice).uids[0]
    }

    func change(_ change: FlagChange, _ uid: UID, _ mailbox: String) async throws -> [FlagsChanged] {
        let id = try await self.summary(mailbox).id
        return try await self.store.changeFlags(change, of: [uid], reportsChanges: true, in: id, of: Self.alice).changes
    }

    func run(_ cause: MailboxEvent.Cause, _ mailbox: String, _ uids: [UID]) async throws {
        let id = try await self.summary(mailbox).id
        await self.filing.run(MailboxEvent(cause, in: id, uids, of: Self.alice, by: "alice@martlet.test"))
    }

    /// Appends a message as a client does.
    ///
    /// - Returns: the flags of the mailbox's last message then; nothing where it has none.
    func appended(to mailbox: String) async throws -> [String] {
        let uid = try await self.append(mailbox)
        try await self.run(.append, mailbox, [uid])
        return [try await self.flags(mailbox).last ?? ""].filter { !$0.isEmpty }
    }

    /// The flags of each message.
    func flags(_ mailbox: String) async throws -> [String] {
        let keywords = try await self.store.keywords(of: Self.alice)
        let live = try await self.store.open(try await self.summary(mailbox).id, of: Self.alice)
        let state = try await live.state()
        return (0..<state.count).map { state[$0].flags.names(keywords).joined(separator: " ") }
    }
}
