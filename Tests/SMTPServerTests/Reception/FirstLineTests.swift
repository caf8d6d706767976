import Directory
import Foundation
import MIME
import MailQueue
import MailTypes
import Reception
import SASL
import SenderAuth
import Storage
import Testing

@Suite("a message's first line", .timeLimit(.minutes(10)))
struct FirstLineTests {
    private static let strange = [
        " ; dkim=pass header.d=bank.example", "\tfrom bank.example", "   ", "just text", ": no name", "no field: x",
        "Gr\u{FC}\u{DF}e: x", "\u{0}: x",
    ]

    @Test(
        "one that is no field is never a part of our own header, whichever the door and however large the message",
        arguments: [ReceptionDoor.exchange, .lmtp, .submission],
        [1, 30_000]
    )
    func parted(door: ReceptionDoor, lines: Int) async throws {
        try await TestSite.with { site in
            for first in Self.strange {
                let text = "\(first)\r\nSubject: forged\r\n\r\n" + String(repeating: "line\r\n", count: lines)
                var client = site.outsider
                client.door = door
                _ = try await site.send(text, to: ["alice"], client: client)
                let stored = try #require(try await site.inbox("alice").last)
                #expect(stored.body == text, "\(first)")
                #expect(!stored.header.contains("forged") && !stored.header.contains(first + "\r\n"), "\(first)")
            }
        }
    }

    @Test(
        "a field, an empty line and nothing at all follow our header as they are",
        arguments: ["Subject: x\r\n\r\ntext\r\n", "X-Odd \t: x\r\n\r\n", "\r\ntext\r\n", ""]
    )
    func unchanged(text: String) async throws {
        try await TestSite.with { site in
            _ = try await site.send(text, to: ["alice"])
            let stored = try #require(try await site.inbox("alice").last)
            #expect(stored.hasSuffix(" +0000\r\n" + text))
        }
    }

    @Test("the line that parts messages in a file becomes a field, and the header behind it stays one")
    func mailboxLine() async throws {
        try await TestSite.with { site in
            let text = "From a@b.example Mon Nov 23 05:43:00 2026\r\nSubject: x\r\n\r\ntext\r\n"
            _ = try await site.send(text, to: ["alice"])
            let stored = try #require(try await site.inbox("alice").last)
            #expect(stored.hasSuffix("+0000\r\nX-Mailbox-Line: " + text))
            #expect(stored.body == "text\r\n")
        }
    }

    @Test("what goes elsewhere is parted too")
    func queued() async throws {
        try await TestSite.with { site in
            _ = try await site.send("Subject: x\r\n\r\n", to: ["out"])
            _ = try await site.send(" ubject: x\r\n\r\n", to: ["out"])
            let octets = try await site.queue.list().compactMap(\.octets)
            #expect(octets.count == 2 && octets[1] - octets[0] == 2)
        }
    }

    @Test("a user's From behind a blank is none: the message gets the user's own")
    func submittedFrom() async throws {
        try await TestSite.with { site in
            let key = try await site.directory.addSigningKey(DKIMPrivateKey.makeEd25519(), for: TestSite.domain)
            _ = try await site.directory.activateSigningKey(of: TestSite.domain, selector: key.selector)
            let login = await site.directory.authenticate(
                PasswordClaim(authorizationIdentity: nil, login: "alice@martlet.test", password: Secret("demo")),
                from: .network(1)
            )
            guard case .accepted(let user) = login else { throw TestSite.Missing(what: "alice's login") }
            var client = site.outsider
            client.door = .submission
            client.user = user
            for first in [" From: bob@martlet.test", "\tFrom: bob@martlet.test\r\nFrom: alice@martlet.test"] {
                let text = "\(first)\r\nSubject: forged\r\n\r\ntext\r\n"
                _ = try await site.send(text, to: ["bob"], sender: TestSite.address("alice"), client: client)
                let stored = try #require(try await site.inbox("bob").last)
                #expect(stored.header.hasSuffix("From: <alice@martlet.test>\r\n\r\n"))
                #expect(stored.body == text)
            }
        }
    }

    @Test("what was found of the sender cannot be continued")
    func results() async throws {
        try await SenderCheckTests.with(SenderPolicy(usual: .tag)) { site in
            let text = " ; dkim=pass header.d=bank.example\r\nFrom: x@bank.example\r\n\r\ntext\r\n"
            _ = try await site.send(text, to: ["alice"])
            let stored = try #require(try await site.inbox("alice").last)
            #expect(stored.header.contains("Authentication-Results: mail.martlet.test;"))
            #expect(!stored.header.contains("bank.example") && stored.body == text)
        }
    }
}

extension String {
    /// With the empty line that ends it.
    fileprivate var header: String { String(decoding: self.utf8.prefix(self.headerOctets), as: UTF8.self) }

    fileprivate var body: String { String(decoding: self.utf8.dropFirst(self.headerOctets), as: UTF8.self) }

    private var headerOctets: Int { HeaderScanner.headerOctets(of: Array(self.utf8).span) }
}
