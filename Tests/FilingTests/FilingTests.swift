import MailQueue
import MailStore
import MailTesting
import MailTypes
import Storage
import Testing

@testable import Filing

@Suite("Delivery by scripts", .timeLimit(.minutes(10)))
struct FilingTests {
    @Test("without any script the message goes to INBOX as it came")
    func none() async throws {
        try await TestMailroom.with { room in
            let message = try Self.text(TestMailroom.message())
            #expect(await room.deliver() == ["stored INBOX"])
            #expect(try await room.texts() == [message])
        }
    }

    private static func text(_ content: MessageContent) throws -> String {
        try content.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }

    @Test("a user's script files, flags, makes mailboxes and edits, and another user's mail is left alone")
    func filing() async throws {
        try await TestMailroom.with { room in
            try await room.setScript(
                """
                require ["fileinto", "mailbox", "imap4flags", "editheader"];
                if header :contains "subject" "hello" {
                    addheader "X-Seen-By" "script";
                    fileinto :create :flags ["\\\\Seen", "$label1"] "lists/new";
                }
                """
            )
            #expect(
                await room.deliver(to: [TestMailroom.alice, TestMailroom.bob]) == ["stored lists/new", "stored INBOX"]
            )
            let filed = try #require(try await room.texts("lists/new").first)
            #expect(filed.hasPrefix("X-Seen-By: script\r\n"))
            #expect(try await room.texts(of: TestMailroom.bob) == [try Self.text(TestMailroom.message())])
            #expect(room.store.check() == [])
        }
    }

    @Test("the site's scripts run before and after the user's, who is heard only about what they leave")
    func order() async throws {
        let before = "require \"fileinto\"; if header :contains \"subject\" \"spam\" { fileinto \"Junk\"; stop; }"
        let after = "require \"fileinto\"; fileinto \"Archive\";"
        try await TestMailroom.with(before: [before], after: [after]) { room in
            try await room.setScript("if header :contains \"subject\" \"drop\" { discard; }")
            #expect(await room.deliver(TestMailroom.message("Subject: spam, drop\r\n")) == ["stored Junk"])
            #expect(await room.deliver(TestMailroom.message("Subject: drop\r\n")) == ["discarded"])
            #expect(await room.deliver(TestMailroom.message()) == ["stored Archive"])
            #expect(await room.deliver(to: [TestMailroom.bob]) == ["stored Archive"])
        }
    }

    @Test("the script that comes with Martlet files what a filter has marked, and nothing else")
    func standard() async throws {
        try await TestMailroom.with(before: [DefaultScript.text]) { room in
            #expect(await room.deliver(TestMailroom.message("X-Spam-Flag: YES\r\n")) == ["stored Junk"])
            #expect(await room.deliver(TestMailroom.message("Subject: ***SPAM*** buy\r\n")) == ["stored Junk"])
            #expect(await room.deliver(TestMailroom.message("X-Spam-Flag: NO\r\nSubject: hi\r\n")) == ["stored INBOX"])
            let hidden = TestMailroom.message("Subject: =?utf-8?q?=5BSPAM=5D_buy?=\r\n")
            #expect(await room.deliver(hidden) == ["stored Junk"])
            let large = TestMailroom.message("X-Spam-Flag: YES\r\n", body: String(repeating: "x\r\n", count: 100_000))
            #expect(await room.deliver(large) == ["stored Junk"])
            let junk = try await room.texts("Junk")
            #expect(junk.last?.hasSuffix(String(repeating: "x\r\n", count: 100_000)) == true)
            #expect(junk.allSatisfy { $0.contains("X-Sieve-Filed: marked as spam\r\n") })
            #expect(
                try await room.texts() == [try Self.text(TestMailroom.message("X-Spam-Flag: NO\r\nSubject: hi\r\n"))]
            )
        }
    }

    @Test(
        "of a subject only a filter's own tag at its beginning means spam",
        arguments: [
            ("***SPAM*** buy", true), ("*****SPAM***** buy", true), ("[SPAM] buy", true), ("***Spam***", true),
            ("Re: Minutes of our antispam meeting", false), ("spam", false), ("Re: ***SPAM*** buy", false),
            ("***UNCHECKED*** spam?", false), ("*SPAM* buy", false), ("****SPAM**** buy", false),
        ]
    )
    func tag(_ subject: String, _ isSpam: Bool) async throws {
        try await TestMailroom.with(before: [DefaultScript.text]) { room in
            let outcomes = await room.deliver(TestMailroom.message("Subject: \(subject)\r\n"))
            #expect(outcomes == [isSpam ? "stored Junk" : "stored INBOX"])
        }
    }

    @Test("lesson 1: a redirected message is queued once, marked, without its Return-Path, and never comes back")
    func redirect() async throws {
        try await TestMailroom.with { room in
            try await room.setScript("redirect \"carol@example.net\";")
            #expect(await room.deliver() == ["sent on"])
            #expect(try await room.queued() == ["carol@example.org → carol@example.net"])
            let octets = TestMailroom.message().octets - "Return-Path: <carol@example.org>\r\n".utf8.count
            let mark = "X-Sieve-Redirected-From: alice@martlet.test\r\n"
            #expect(try await room.queue.list().map(\.octets) == [octets + mark.utf8.count])
            #expect(try await room.texts() == [])
            let marked = TestMailroom.message("X-Sieve-Redirected-From: alice@martlet.test\r\n")
            #expect(await room.deliver(marked) == ["stored INBOX"])
            #expect(try await room.queue.ledger().isBalanced)
            #expect(room.store.check() == [])
        }
    }

    @Test(
        "a redirected message has the script's time for delivery, else what is left of its sender's",
        arguments: [
            ("redirect \"carol@example.net\";", nil, false, false),
            ("redirect \"carol@example.net\";", 600, true, false),
            ("redirect :bytimerelative 60 :bymode \"return\" :bytrace \"carol@example.net\";", nil, true, true),
            ("redirect :bytimerelative 600 :bytrace \"carol@example.net\";", 60, false, true),
        ]
    )
    func redirectDeadline(_ script: String, _ seconds: Int?, _ givesBack: Bool, _ isTraced: Bool) async throws {
        try await TestMailroom.with { room in
            try await room.setScript("require [\"redirect-deliverby\"]; \(script)")
            let deliverBy = seconds.map {
                DeliverBy(.init(seconds: $0, mode: .giveBack, isTraced: true), from: room.clock.now)
            }
            #expect(await room.deliver(deliverBy: deliverBy) == ["sent on"])
            _ = try await room.queued()
            let queued = try await room.queue.list().first?.deliverBy
            guard script.contains("bytime") || seconds != nil else {
                #expect(queued == nil)
                return
            }
            let expected = script.contains(":bytimerelative 60 ") ? 60 : 600
            #expect(queued?.deadline == room.clock.now + .seconds(expected))
            #expect(queued?.mode == (givesBack ? .giveBack : .notify))
            #expect(queued?.isTraced == isTraced)
            #expect(queued?.wasOverdue == false)
        }
    }

    @Test("a script sees the time that the sender set")
    func deadlineSeen() async throws {
        try await TestMailroom.with { room in
            try await room.setScript(
                """
                require ["envelope", "envelope-deliverby", "fileinto", "mailbox"];
                if envelope "bytimerelative" "90" { fileinto :create "Urgent"; }
                """
            )
            let deliverBy = DeliverBy(.init(seconds: 90, mode: .notify), from: room.clock.now)
            #expect(await room.deliver(deliverBy: deliverBy) == ["stored Urgent"])
            #expect(await room.deliver() == ["stored INBOX"])
        }
    }

    @Test("what scripts make of a message for several recipients is made and stored once")
    func shared() async throws {
        try await TestMailroom.with(before: [DefaultScript.text]) { room in
            let both = [TestMailroom.alice, TestMailroom.bob]
            for account in both { try await room.setScript("redirect \"carol@example.net\";", of: account) }
            let marked = TestMailroom.message("X-Spam-Flag: YES\r\n")
            #expect(await room.deliver(marked, to: both + both) == Array(repeating: "stored Junk", count: 4))
            for account in both {
                #expect(try await room.texts("Junk", of: account).count == 2)
                let rows = try room.store.shard(of: account).readNow { try $0.integer("SELECT count(*) FROM message") }
                #expect(rows == 1)
            }
            #expect(room.store.check() == [])
        }
    }

    @Test("recipients whose scripts make much of a message get it in rounds, each what is theirs")
    func rounds() async throws {
        try await TestMailroom.with { room in
            for (account, name) in [(TestMailroom.alice, "Alice"), (TestMailroom.bob, "Bob")] {
                try await room.setScript("require \"editheader\"; addheader \"X-For\" \"\(name)\";", of: account)
            }
            let large = TestMailroom.message("", body: String(repeating: "0123456789abcde\r\n", count: 1 << 20))
            let outcomes = await room.deliver(large, to: [TestMailroom.alice, TestMailroom.bob, TestMailroom.alice])
            #expect(outcomes == Array(repeating: "stored INBOX", count: 3))
            let (alice, bob) = (try await room.texts(), try await room.texts(of: TestMailroom.bob))
            #expect(alice.map { $0.hasPrefix("X-For: Alice\r\n") } == [true, true])
            #expect(bob.map { $0.hasPrefix("X-For: Bob\r\n") } == [true])
            #expect(room.store.check() == [])
        }
    }

    @Test("lesson 16: a sender is answered once a week, a machine or a list never")
    func vacation() async throws {
        try await TestMailroom.with { room in
            try await room.setScript("require \"vacation\"; vacation \"I am away.\";")
            #expect(await room.deliver() == ["stored INBOX"])
            #expect(await room.deliver() == ["stored INBOX"])
            #expect(try await room.queued() == [" → carol@example.org"])
            await room.deliver(from: nil)
            await room.deliver(TestMailroom.message("List-Id: <l.example.org>\r\n"), from: "dave@example.org")
            await room.deliver(TestMailroom.message("Auto-Submitted: auto-replied\r\n"), from: "eve@example.org")
            await room.deliver(from: "owner-list@example.org")
            #expect(try await room.queued().count == 1)
            room.clock.advance(by: .seconds(8 * 86_400))
            await room.deliver()
            #expect(try await room.queued().count == 2)
            #expect(try await room.texts().count == 7)
        }
    }

    @Test("a rejected message is stored nowhere, and the others get theirs")
    func reject() async throws {
        try await TestMailroom.with { room in
            try await room.setScript("require \"reject\"; reject \"Not here.\";")
            let outcomes = await room.deliver(to: [TestMailroom.alice, TestMailroom.bob])
            #expect(outcomes == ["rejected Not here.", "stored INBOX"])
            #expect(try await room.texts() == [])
        }
    }

    @Test("words that a reply cannot carry are told in a notice by reject, and lost to ereject alone (RFC 5429 §2.2)")
    func rejectInWords() async throws {
        try await TestMailroom.with { room in
            try await room.setScript("require \"reject\"; reject \"Nicht hier – übermorgen.\";")
            #expect(await room.deliver() == ["sent on"])
            #expect(try await room.queued() == [" → carol@example.org"])
            #expect(try await room.texts() == [])
            #expect(room.traced().contains { $0.contains("reject, told by ") })
            #expect(await room.deliver(from: nil) == ["rejected Nicht hier – übermorgen."])
            try await room.setScript("require \"ereject\"; ereject \"Nicht hier – übermorgen.\";")
            #expect(await room.deliver() == ["rejected Nicht hier – übermorgen."])
            #expect(try await room.queue.list().count == 1)
            #expect(room.store.check() == [])
        }
    }

    @Test("lesson 1: a script that fails keeps the message, undoes what it planned and tells its owner once a day")
    func failing() async throws {
        try await TestMailroom.with { room in
            try await room.setScript(
                """
                require ["fileinto", "variables"];
                redirect "x@example.net";
                set "name" "no address";
                redirect "${name}";
                """
            )
            for _ in 0..<2 { #expect(await room.deliver() == ["stored INBOX"]) }
            let texts = try await room.texts()
            #expect(texts.count { $0.contains("Subject: Your mail filter script failed") } == 1)
            #expect(texts.count { $0.contains("Subject: hello") } == 2)
            #expect(try await room.queued() == [])
            room.clock.advance(by: .seconds(86_401))
            #expect(await room.deliver() == ["stored INBOX"])
            #expect(try await room.texts().count == 5)
        }
    }

    @Test("why a script failed is told by name and line, without the message's words; another error is told anew")
    func failures() async throws {
        try await TestMailroom.with { room in
            let script = """
                require ["variables", "include"];
                if header :matches "subject" "*" { set "s" "${1}"; }
                """
            try await room.setScript("\(script)\nredirect \"${s}\";", name: "sending")
            for subject in ["secret one", "secret two"] {
                #expect(await room.deliver(TestMailroom.message("Subject: \(subject)\r\n")) == ["stored INBOX"])
            }
            let lines = room.traced().filter { $0.contains("filed") }
            #expect(lines.count == 2 && lines.allSatisfy { $0.contains("sending:3:1: ") }, "\(lines)")
            #expect(lines.allSatisfy { $0.contains("no address to redirect to") && !$0.contains("secret") }, "\(lines)")
            var notices = try await Self.notices(in: room)
            #expect(notices.count == 1)
            #expect(notices.first?.contains("sending:3:1: 'secret one' is no address") == true)
            for name in ["missing1", "missing2", "missing2"] {
                try await room.setScript("\(script)\ninclude :personal \"\(name)\";", name: "main")
                #expect(await room.deliver() == ["stored INBOX"])
            }
            notices = try await Self.notices(in: room)
            #expect(notices.count == 3)
            #expect(room.traced().contains { $0.contains("main:3:1: ") && $0.contains("'missing2' is missing") })
        }
    }

    private static func notices(in room: TestMailroom) async throws -> [String] {
        try await room.texts().filter { $0.contains("your Sieve script ended with an error") }
    }

    @Test("that a script of the site failed stands in the trace, and its recipients hear nothing")
    func siteFailure() async throws {
        let script = "require \"include\";\ninclude :global \"nowhere\";"
        try await TestMailroom.with(before: [script]) { room async throws in
            #expect(await room.deliver() == ["stored INBOX"])
            #expect(try await room.texts().count == 1)
            #expect(room.traced().contains { $0.contains("before 0:2:1: ") && $0.contains("'nowhere' is missing") })
        }
    }

    @Test("a message seen before is known by its identity, but not when its delivery failed")
    func duplicate() async throws {
        try await TestMailroom.with { room in
            try await room.setScript("require \"duplicate\"; if duplicate { discard; }")
            try await room.store.setQuota(TestMailroom.alice, octets: 1, messages: nil)
            #expect(await room.deliver() == ["over quota"])
            try await room.store.setQuota(TestMailroom.alice, octets: nil, messages: nil)
            #expect(await room.deliver() == ["stored INBOX"])
            #expect(await room.deliver() == ["discarded"])
        }
    }

    @Test(
        "what is written about a message is left out where there is no room for it besides, and the message is not",
        arguments: [
            ("require \"include\"; include :personal \"nowhere\";", "stored INBOX", 0),
            ("require [\"vacation\", \"fcc\"]; vacation :fcc \"Sent\" \"away\";", "stored INBOX", 1),
            ("require [\"vacation\", \"fcc\"]; vacation :fcc \"Sent\" \"away\"; discard;", "sent on", 1),
        ]
    )
    func writtenOverQuota(script: String, outcome: String, sent: Int) async throws {
        try await TestMailroom.with { room in
            try await room.setScript(script)
            let message = TestMailroom.message()
            try await room.store.setQuota(TestMailroom.alice, octets: message.octets + 10, messages: nil)
            #expect(await room.deliver(message) == [outcome])
            #expect(try await room.texts().count == (outcome == "stored INBOX" ? 1 : 0))
            #expect(try await room.texts("Sent").isEmpty)
            #expect(try await room.queued().count == sent)
            #expect(room.store.check() == [])
        }
    }

    @Test("what a script of the site includes of its owner is as it is now, though its owner has no active script")
    func includedBySite() async throws {
        let site = "require \"include\"; include :personal :optional \"own\";"
        try await TestMailroom.with(before: [site]) { room in
            #expect(await room.deliver() == ["stored INBOX"])
            try await room.store.putScript("own", text: Array("discard;".utf8), of: TestMailroom.alice)
            #expect(await room.deliver() == ["discarded"])
            try await room.store.putScript(
                "own",
                text: Array("redirect \"x@example.net\";".utf8),
                of: TestMailroom.alice
            )
            #expect(await room.deliver() == ["sent on"])
            try await room.store.removeScript("own", of: TestMailroom.alice)
            #expect(await room.deliver() == ["stored INBOX"])
        }
    }

    @Test("personal and global scripts are included, and a change of one is seen at once")
    func include() async throws {
        try await TestMailroom.with { room in
            try await room.store.putScript("part", text: Array("discard;".utf8), of: TestMailroom.alice)
            try await room.setScript("require \"include\"; include :personal \"part\";")
            #expect(await room.deliver() == ["discarded"])
            try await room.store.putScript("part", text: Array("keep;".utf8), of: TestMailroom.alice)
            #expect(await room.deliver() == ["stored INBOX"])
            try await room.setScript("require \"include\"; include :global \"shared\";")
            #expect(await room.deliver() == ["stored Archive"])
        }
    }

    @Test("questions about mailboxes, their use and the environment are answered from the owner's account")
    func world() async throws {
        try await TestMailroom.with { room in
            try await room.setScript(
                """
                require ["mailbox", "special-use", "environment", "fileinto"];
                if allof (mailboxexists "Archive", not mailboxexists "Nowhere", specialuse_exists "\\\\Junk",
                          environment "remote-ip" "192.0.2.1", environment "host" "mail.martlet.test") {
                    fileinto "Archive";
                }
                """
            )
            #expect(await room.deliver() == ["stored Archive"])
        }
    }

    @Test("a mailbox is found by its number whatever it is called, and by its name when there is no such number")
    func mailboxID() async throws {
        try await TestMailroom.with { room in
            let archive = try #require(MailboxName("Archive"))
            let id = try #require(try await room.store.mailbox(named: archive, of: TestMailroom.alice)).id
            let moved = try #require(MailboxName("Old/Mail"))
            try await room.store.rename(archive, to: moved, of: TestMailroom.alice)
            for (number, expected) in [(id.rawValue, "Old/Mail"), (id.rawValue + 1_000, "Junk")] {
                try await room.setScript(
                    "require [\"fileinto\", \"mailboxid\"]; fileinto :mailboxid \"\(number)\" \"Junk\";"
                )
                #expect(await room.deliver() == ["stored \(expected)"])
            }
        }
    }

    @Test(
        "the original recipient is asked for as the sender's host named it, decoded (RFC 6009 §2)",
        arguments: [
            ("\"orcpt\" \"rfc822;bob+x@example.org\"", true), (":user \"orcpt\" \"bob\"", true),
            (":domain \"orcpt\" \"example.org\"", true), ("\"orig_to\" \"bob+x@example.org\"", true),
            ("\"orcpt\" \"rfc822;bob+2Bx@example.org\"", false),
        ]
    )
    func originalRecipient(_ test: String, _ holds: Bool) async throws {
        try await TestMailroom.with { room in
            let extensions = "require [\"envelope\", \"envelope-dsn\", \"subaddress\"];"
            try await room.setScript("\(extensions) if envelope \(test) { discard; }")
            let outcomes = await room.deliver(originalRecipient: "rfc822;bob+2Bx@example.org")
            #expect(outcomes == [holds ? "discarded" : "stored INBOX"])
        }
    }

    @Test("an answer in another's name goes out in the owner's, and the trace says so")
    func authors() async throws {
        try await TestMailroom.with { room in
            try await room.setScript("require \"vacation\"; vacation :from \"Bob <bob@martlet.test>\" \"I quit\";")
            await room.deliver()
            #expect(try await room.queued() == [" → carol@example.org"])
            #expect(room.traced().contains { $0.contains("in the owner's name") })
        }
    }

    @Test("what is quarantined comes before the site's scripts, but not before the user's own")
    func quarantine() async throws {
        let script = "require [\"fileinto\", \"vacation\"]; vacation \"away\"; fileinto \"Archive\";"
        try await TestMailroom.with { room in
            try await room.setScript(script)
            #expect(await room.deliver(isQuarantined: true) == ["stored INBOX"])
            #expect(try await room.queued() == [])
            #expect(await room.deliver() == ["stored Archive"])
        }
        let before = "require \"editheader\"; addheader \"X-Site\" \"seen\";"
        try await TestMailroom.with(before: [before], after: ["discard;"]) { room in
            try await room.setScript(script)
            #expect(await room.deliver(isQuarantined: true) == ["discarded"])
            #expect(try await room.queued() == [])
        }
        try await TestMailroom.with(before: [before]) { room in
            try await room.setScript(script)
            #expect(await room.deliver(isQuarantined: true) == ["stored INBOX"])
            #expect(try await room.texts().first?.hasPrefix("X-Site: seen\r\n") == true)
        }
    }

    @Test("somebody is notified, and the trace names what scripts did")
    func notify() async throws {
        try await TestMailroom.with { room in
            try await room.setScript(
                "require \"enotify\"; notify :message \"new mail\" \"mailto:pager@example.net\"; keep;"
            )
            #expect(await room.deliver() == ["stored INBOX"])
            #expect(try await room.queued() == [" → pager@example.net"])
            let sent = try #require(try await room.queue.list().first)
            #expect(room.traced().contains { $0.contains("filed") && $0.contains("pager@example.net as \(sent.id)") })
        }
    }
}
