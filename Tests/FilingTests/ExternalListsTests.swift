import Foundation
import MailStore
import MailTesting
import MailTypes
import SieveLanguage
import Testing

@testable import Filing

@Suite("External lists (RFC 6134)", .timeLimit(.minutes(5)))
struct ExternalListsTests {
    private static let friends = "tag:martlet.test,2026:friends"

    private static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    private static func with(
        _ text: String,
        _ body: (TestMailroom) async throws -> Void
    ) async throws {
        try await TemporaryFolder.with { folder in
            try Self.write(text, to: folder.path("friends"))
            let lists = try ExternalLists(files: [Self.friends: folder.path("friends")])
            try await TestMailroom.with(lists: lists, body)
        }
    }

    @Test("a file has a string a line; blanks around it, empty lines and comments are none")
    func file() throws {
        try TemporaryFolder.with { folder in
            let path = folder.path("list")
            try Self.write("# friends\r\n carol@example.org \r\n\n\t\nÄrger mit X\nno newline", to: path)
            let lists = try ExternalLists(files: ["urn:x:y": path])
            #expect(lists.list("urn:x:y")?.members == ["carol@example.org", "Ärger mit X", "no newline"])
            #expect(lists.list("urn:x:z") == nil)
            #expect(lists.list(":addrbook:default") == nil)
            #expect(lists.list("urn:ietf:params:sieve:addrbook:default") == nil)
        }
    }

    @Test("a file that changes is read again, and one that cannot be read leaves the list as it was")
    func changes() throws {
        try TemporaryFolder.with { folder in
            let (path, clock) = (folder.path("list"), ManualClock())
            try Self.write("a", to: path)
            let lists = try ExternalLists(files: ["urn:x:y": path], clock: clock)
            try Self.write("b, which is longer", to: path)
            #expect(lists.list("urn:x:y")?.members == ["a"])
            clock.advance(by: .seconds(2))
            #expect(lists.list("urn:x:y")?.members == ["b, which is longer"])
            try FileManager.default.removeItem(atPath: path)
            clock.advance(by: .seconds(2))
            #expect(lists.list("urn:x:y")?.members == ["b, which is longer"])
            try Self.write(String(repeating: "x\n", count: ExternalLists.membersMax + 1), to: path)
            clock.advance(by: .seconds(2))
            #expect(lists.list("urn:x:y")?.members == ["b, which is longer"])
            try Self.write("c", to: path)
            clock.advance(by: .seconds(2))
            #expect(lists.list("urn:x:y")?.members == ["c"])
        }
    }

    @Test("every file that cannot be used is named at the start")
    func problems() throws {
        try TemporaryFolder.with { folder in
            try Data([0x61, 0xFF]).write(to: URL(filePath: folder.path("bytes")))
            try Data(count: ExternalLists.fileOctetsMax + 1).write(to: URL(filePath: folder.path("large")))
            let files = ["urn:x:a": "none", "urn:x:b": "bytes", "urn:x:c": "large"].mapValues { folder.path($0) }
            let error = #expect(throws: ExternalListsError.self) { try ExternalLists(files: files) }
            #expect(error?.problems.count == 3)
        }
    }

    @Test(
        "members are found as the comparator compares",
        arguments: [
            ("ÄRGER", SieveComparator.octet, false), ("Ärger", .octet, true), ("ärger", .asciiCasemap, false),
            ("ÄRGER", .asciiCasemap, true), ("ärger", .unicodeCasemap, true), ("0042 x", .asciiNumeric, true),
            ("43", .asciiNumeric, false),
        ]
    )
    func comparators(_ value: String, _ comparator: SieveComparator, _ isMember: Bool) {
        #expect(SieveList(["Ärger", "42"]).contains(value, by: comparator) == isMember)
    }

    @Test("a script asks a list, and whether there is one, at delivery")
    func delivery() async throws {
        try await Self.with("CAROL@example.org\n") { room in
            try await room.setScript(
                """
                require ["envelope", "extlists", "fileinto", "mailbox"];
                if not valid_ext_list "\(Self.friends)" { fileinto :create "Wrong"; }
                if valid_ext_list ":addrbook:default" { fileinto :create "Wrong"; }
                if envelope :list "from" "\(Self.friends)" { fileinto :create "Friends"; }
                """
            )
            #expect(await room.deliver() == ["stored Friends"])
            #expect(await room.deliver(from: "eve@example.org") == ["stored INBOX"])
        }
    }

    @Test("a list that is not there fails the script, which keeps the message")
    func unknown() async throws {
        try await Self.with("a@example.net\n") { room in
            try await room.setScript("require \"extlists\"; redirect :list \"urn:x:none\";")
            #expect(await room.deliver() == ["stored INBOX"])
            #expect(try await room.queued() == [])
        }
    }

    @Test(
        "redirect :list sends to each member that is another's address, to no more than may be, and else keeps",
        arguments: [
            ("a@example.net\nb@example.net\n", ["a@example.net", "b@example.net"], "sent on"),
            ("a@example.net\nALICE@martlet.test\nwords\n", ["a@example.net"], "sent on"),
            ("alice@martlet.test\nwords\n", [], "stored INBOX"), ("", [], "stored INBOX"),
            ("a@x.test\nb@x.test\nc@x.test\nd@x.test\n", [], "stored INBOX"),
        ]
    )
    func redirect(_ text: String, _ members: [String], _ outcome: String) async throws {
        try await Self.with(text) { room in
            try await room.setScript("require \"extlists\"; redirect :list \"\(Self.friends)\";")
            #expect(await room.deliver() == [outcome])
            #expect(try await room.queued() == members.map { "carol@example.org → \($0)" })
            #expect(room.store.check() == [])
        }
    }

    @Test(
        "a script on a change of a mailbox redirects to a list as one at delivery does, and loses nothing to one",
        arguments: [
            ("a@example.net\nalice@martlet.test\n", ["a@example.net"], "\\Deleted", 0),
            ("alice@martlet.test\nwords\n", [], "", 0), ("a@x.test\nb@x.test\nc@x.test\nd@x.test\n", [], "", 1),
        ]
    )
    func redirectOnChange(_ text: String, _ members: [String], _ flags: String, _ notices: Int) async throws {
        try await Self.with(text) { room in
            try await room.putScript("send", "require \"extlists\"; redirect :list \"\(Self.friends)\";")
            try await room.annotate("/shared/imapsieve/script", "send", of: "Archive")
            _ = try await room.appended(to: "Archive")
            #expect(try await room.flags("Archive") == [flags])
            #expect(try await room.queued() == members.map { "alice@martlet.test → \($0)" })
            #expect(try await room.texts().count == notices)
            #expect(room.store.check() == [])
        }
    }

    @Test("where the site has no lists, scripts cannot ask for them")
    func none() {
        #expect(SieveSettings.atDelivery.withheld.contains(.extlists))
    }
}
