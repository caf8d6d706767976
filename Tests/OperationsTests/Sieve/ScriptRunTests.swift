import Directory
import Filing
import MailStore
import MailTypes
import NIOCore
import Storage
import Testing

@testable import Operations

/// Alice's account with mail in her INBOX, and a script to run on it.
private struct Room {
    let system: AdministeredSystem
    let account: AccountID
    let inbox: MailboxID

    static func with(_ subjects: [String], _ body: (Room) async throws -> Void) async throws {
        try await withSystem { system in
            let call = AccountAdd(
                address: "alice@example.org",
                password: "secret",
                passwordHash: nil,
                isAdmin: false,
                quotaOctets: nil,
                quotaMessages: nil
            )
            _ = try await call.perform(on: system)
            let account = try #require(system.directory.account(named: "alice@example.org")).id
            let inbox = try #require(try await system.store.mailbox(named: .inbox, of: account)).id
            let room = Room(system: system, account: account, inbox: inbox)
            for subject in subjects { _ = try await room.append(subject) }
            try await body(room)
            #expect(system.store.check() == [])
        }
    }

    @discardableResult
    func append(_ subject: String, flags: FlagSet = [], header: String = "") async throws -> UID {
        let text =
            "Return-Path: <bob@example.net>\r\n\(header)From: bob@example.net\r\nSubject: \(subject)\r\n\r\nHi.\r\n"
        let message = NewMessage(
            content: .inline(ByteBuffer(string: text)),
            flags: flags,
            internalDate: Instant(secondsSince1970: 1_000_000_000)
        )
        return try await self.system.store.append([message], to: self.inbox, of: self.account).uids[0]
    }

    /// Runs it to its end, page by page.
    @discardableResult
    func run(
        _ script: String,
        in mailbox: String = "INBOX",
        _ change: (inout ScriptRun) -> Void = { _ in }
    ) async throws -> [RefiledMessage] {
        var call = ScriptRun(
            address: "alice@example.org",
            mailbox: mailbox,
            script: "main",
            text: script,
            discarding: .keep,
            isRehearsal: false
        )
        change(&call)
        var messages: [RefiledMessage] = []
        repeat {
            let page = try await call.perform(on: self.system)
            messages += page.messages
            (call.range, call.mailboxID) = (page.next, page.mailboxID)
        } while call.range != nil
        return messages
    }

    /// `UID subject flags` of each message.
    func list(_ mailbox: String) async throws -> [String] {
        let name = try #require(MailboxName(mailbox))
        guard let id = try await self.system.store.mailbox(named: name, of: self.account)?.id else { return ["none"] }
        let account = self.account
        return try await self.system.store.read(of: account) { reader in
            let keywords = try reader.keywords(of: account)
            let all = try reader.placements(
                in: id,
                after: UID(rawValue: 0),
                through: UID(rawValue: .max),
                limit: 1_000
            )
            return try all.map { entry in
                let text = try reader.withBody(entry.message) { bytes in
                    String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
                }
                let lines = (text ?? "").split(separator: "\r\n")
                let subject = lines.first { $0.hasPrefix("Subject: ") }?.dropFirst(9) ?? ""
                let flags = entry.flags.contains(.seen) ? ["seen"] : []
                let words = ["\(entry.uid.rawValue)", "\(subject)"] + flags + keywords.names(of: entry.flags)
                return words.joined(separator: " ")
            }
        }
    }
}

@Suite("a script run on mail that is stored already", .timeLimit(.minutes(10)))
struct ScriptRunTests {
    @Test("what is kept stays under its UID, what is filed is moved with its flags, and :copy leaves one here")
    func moves() async throws {
        try await Room.with(["plain"]) { room async throws in
            try await room.append("list", flags: .seen)
            try await room.append("both")
            let script = #"""
                require ["fileinto", "copy", "mailbox"];
                if header "subject" "list" { fileinto :create "Lists"; }
                elsif header "subject" "both" { fileinto :copy "Archive"; }
                """#
            let reports = try await room.run(script)
            #expect(reports.map(\.state) == [.left, .done, .done])
            #expect(
                reports.flatMap(\.steps).map(\.text) == ["move to \"Lists\" with flags \\Seen", "copy to \"Archive\""]
            )
            #expect(try await room.list("INBOX") == ["1 plain", "3 both"])
            #expect(try await room.list("Lists") == ["1 list seen"])
            #expect(try await room.list("Archive") == ["1 both"])
        }
    }

    @Test("flags that the script sets are changed in place; a script that says nothing leaves them")
    func flags() async throws {
        try await Room.with([]) { room async throws in
            try await room.append("a", flags: .seen)
            try await room.append("b", flags: .seen)
            let script = #"require "imap4flags"; if header "subject" "a" { addflag "work"; }"#
            let reports = try await room.run(script)
            #expect(reports.map(\.state) == [.done, .left])
            #expect(try await room.list("INBOX") == ["1 a seen work", "2 b seen"])
            #expect(try await room.run(script).map(\.state) == [.left, .left])
        }
    }

    @Test("an edited message takes the place of the old one, keeps its date, and is not looked at again")
    func edits() async throws {
        try await Room.with(["a", "b"]) { room async throws in
            let script = #"require "editheader"; if header "subject" "a" { addheader :last "X-Seen" "yes"; }"#
            let reports = try await room.run(script)
            #expect(reports.flatMap(\.steps).map(\.kind) == [.edit])
            #expect(try await room.list("INBOX") == ["2 b", "3 a"])
            let account = room.account
            let inbox = room.inbox
            let date = try await room.system.store.read(of: account) { reader in
                let entry = try reader.placements(
                    in: inbox,
                    after: UID(rawValue: 2),
                    through: UID(rawValue: 3),
                    limit: 1
                )
                return try reader.withMessage(entry[0].message) { $0.internalDate }
            }
            #expect(date == Instant(secondsSince1970: 1_000_000_000))
        }
    }

    @Test("nothing is removed unless it was asked for: discarded mail stays, goes to Trash, or is expunged")
    func discards() async throws {
        try await Room.with(["a", "b"]) { room async throws in
            let script = #"if header "subject" "a" { discard; }"#
            let reports = try await room.run(script)
            #expect(reports[0].state == .left && reports[0].notes == ["discarded by the script; it stays"])
            #expect(try await room.list("INBOX").count == 2)
            try await room.run(script) { $0.discarding = .trash }
            #expect(try await room.list("INBOX") == ["2 b"])
            #expect(try await room.list("Trash") == ["1 a"])
            try await room.run("discard;") { $0.discarding = .expunge }
            #expect(try await room.list("INBOX") == [])
            try await room.run("discard;", in: "Trash") { $0.discarding = .trash }
            #expect(try await room.list("Trash") == ["1 a"])
        }
    }

    @Test("nothing is sent: it is reported, and what was only to be sent stays")
    func sendsNothing() async throws {
        try await Room.with(["redirect", "reject", "away"]) { room async throws in
            let script = #"""
                require ["reject", "vacation"];
                if header "subject" "redirect" { redirect "carol@example.net"; }
                elsif header "subject" "reject" { reject "No."; }
                else { vacation :addresses "alice@example.org" "Away."; }
                """#
            let reports = try await room.run(script) { $0.discarding = .expunge }
            #expect(reports.map(\.state) == [.left, .left, .left])
            #expect(reports.allSatisfy { $0.notes.contains { $0.hasPrefix("not sent: ") } })
            #expect(try await room.list("INBOX").count == 3)
            #expect(try await room.system.store.outgoing(limit: 10).isEmpty)
        }
    }

    @Test("a mailbox that is not there takes nothing, and a script that fails changes nothing")
    func failures() async throws {
        try await Room.with(["a", "b"]) { room async throws in
            let script = #"""
                require ["fileinto", "variables"];
                if header "subject" "a" { fileinto "Nowhere"; }
                else { set "name" ""; fileinto "${name}"; }
                """#
            let reports = try await room.run(script)
            #expect(reports.map(\.state) == [.left, .failed])
            #expect(reports[0].notes == ["there is no mailbox \"Nowhere\"; the message stays"])
            #expect(try await room.list("INBOX") == ["1 a", "2 b"])
            await #expect(throws: OperationError.self) { () async throws in try await room.run("kep;") }
            await #expect(throws: OperationError.self) { () async throws in try await room.run("keep;", in: "Nowhere") }
        }
    }

    @Test("a rehearsal tells the same and does nothing; deleted messages are passed over")
    func rehearsal() async throws {
        try await Room.with(["a"]) { room async throws in
            try await room.append("gone", flags: .deleted)
            let script = #"require ["fileinto", "mailbox"]; fileinto :create "New";"#
            let planned = try await room.run(script) { $0.isRehearsal = true }
            #expect(try await room.list("New") == ["none"])
            let done = try await room.run(script)
            #expect(planned.map(\.state) == [.done, .deleted] && done.map(\.state) == planned.map(\.state))
            #expect(done.map(\.steps) == planned.map(\.steps))
            #expect(try await room.list("INBOX") == ["2 gone"])
            #expect(try await room.list("New") == ["1 a"])
        }
    }

    @Test("a mailbox of many pages is gone through once, and only as far as it was asked to")
    func pages() async throws {
        try await Room.with((1...450).map { "\($0)" }) { room async throws in
            let script =
                #"require ["fileinto", "mailbox"]; if not header :matches "subject" "*5" { fileinto :create "Rest"; }"#
            #expect(try await room.run(script) { $0.range = .init(after: 400, through: 420) }.count == 20)
            #expect(try await room.list("Rest").count == 18)
            #expect(try await room.run(script).count == 432)
            #expect(try await room.list("INBOX").count == 45)
            #expect(try await room.list("Rest").count == 405)
        }
    }

    @Test("envelope and environment are as the stored message tells them, with the recipient's detail")
    func envelope() async throws {
        try await Room.with([]) { room async throws in
            let received = "Received: from x by y with ESMTP id 1\r\n\tfor <alice+lists@example.org>; \r\n"
            try await room.append("a", header: received)
            try await room.append("b", header: "Received: from x by y\r\n\tfor <mallory+lists@example.org>;\r\n")
            let script = #"""
                require ["envelope", "subaddress", "environment", "imap4flags", "duplicate"];
                if allof(envelope "from" "bob@example.net", envelope :detail "to" "lists", not duplicate,
                    environment "location" "MS", environment "phase" "post") { addflag "seen-as-list"; }
                """#
            for _ in 1...2 { try await room.run(script) }
            #expect(try await room.list("INBOX") == ["1 a seen-as-list", "2 b"])
        }
    }

    @Test("sessions that have the mailboxes open are told")
    func tellsSessions() async throws {
        try await Room.with(["a", "b"]) { room async throws in
            let store = room.system.store
            let inbox = try await store.open(room.inbox, of: room.account)
            let name = try #require(MailboxName("Junk"))
            let junk = try #require(try await store.open(name, of: room.account))
            _ = try await (inbox.state(), junk.state())
            try await room.run(#"require "fileinto"; if header "subject" "a" { fileinto "Junk"; }"#)
            #expect(try await inbox.state().count == 1)
            #expect(try await junk.state().count == 1)
            #expect(inbox.summary.messages == 1 && junk.summary.messages == 1)
            let history = try #require(try await inbox.changes(since: ModSeq(rawValue: 0)))
            #expect(history.expunged == [UID(rawValue: 1)])
        }
    }

    @Test("without room nothing is copied, while a move needs none")
    func quota() async throws {
        try await Room.with(["a", "b"]) { room async throws in
            _ = try await AccountQuota(address: "alice@example.org", octets: nil, messages: 2).perform(on: room.system)
            let copies = try await room.run(#"require ["fileinto", "copy"]; fileinto :copy "Archive";"#)
            #expect(copies.map(\.state) == [.overQuota, .overQuota])
            #expect(try await room.list("Archive") == [])
            let moves = try await room.run(#"require ["fileinto", "copy"]; fileinto "Archive";"#)
            #expect(moves.map(\.state) == [.done, .done])
            #expect(try await room.list("Archive") == ["1 a", "2 b"])
        }
    }
}
