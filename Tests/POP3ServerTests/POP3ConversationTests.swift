import Directory
import MailStore
import MailTypes
import POP3Wire
import Testing

@testable import POP3Server

@Suite("POP3 conversations", .timeLimit(.minutes(10)))
struct POP3ConversationTests {
    static let first = "Subject: one\r\n\r\nHello\r\n.\r\n..dots\r\n"
    static let second = "Subject: two\r\n\r\nno line end"

    @Test("RFC 1939 §10: the standard's own session")
    func example() async throws {
        try await POP3Site.with { site in
            try await site.add([Self.first, Self.second])
            try await site.talk { client in
                try client.play(
                    """
                    S: +OK Martlet is ready
                    C: USER alice
                    S: +OK Send PASS
                    C: PASS secret
                    S: +OK 2 messages (63 octets)
                    C: STAT
                    S: +OK 2 63
                    C: LIST
                    S: +OK 2 messages
                    S: 1 34
                    S: 2 29
                    S: .
                    C: RETR 1
                    S: +OK 34 octets
                    S: Subject: one
                    S: 
                    S: Hello
                    S: ..
                    S: ...dots
                    S: .
                    C: DELE 1
                    S: +OK Marked as deleted
                    C: RETR 2
                    S: +OK 29 octets
                    S: Subject: two
                    S: 
                    S: no line end
                    S: .
                    C: DELE 2
                    S: +OK Marked as deleted
                    C: QUIT
                    S: +OK Bye
                    """
                )
                #expect(client.isClosedByServer())
            }
            #expect(try await site.inbox().messages == 0)
        }
    }

    @Test(
        "a message's size is that of what RETR sends, however its lines end",
        arguments: ["a: b\r\n\r\nno end", "a: b\r\n\r\nCR\r", "a: b\n\nbare\nLF", "\n.\n", "a: b\r\n\r\nx\r\n"]
    )
    func sizes(_ text: String) async throws {
        try await POP3Site.with { site in
            try await site.add(["a: b\r\n\r\n", text])
            try await site.talk { client in
                try client.logIn()
                let status = try client.command("RETR 2")
                let sent = try client.text().reduce(0) { $0 + $1.utf8.count + 2 }
                #expect(status == "+OK \(sent) octets")
                let (list, stat) = (try client.command("LIST 2"), try client.command("STAT"))
                #expect(list == "+OK 2 \(sent)")
                #expect(stat == "+OK 2 \(8 + sent)")
                let listing = try client.listing("LIST")
                #expect(listing == ["1 8", "2 \(sent)"])
                let deleted = try client.command("DELE 2")
                let rest = try client.command("STAT")
                #expect(deleted.hasPrefix("+OK") && rest == "+OK 1 8")
            }
            #expect(site.store.check() == [])
        }
    }

    @Test("the session of an account that is removed or suspended ends at its next command, and deletes nothing")
    func closedAccount() async throws {
        try await POP3Site.with { site in
            for (name, command) in [("alice", "STAT"), ("bob", "QUIT")] {
                try await site.add([Self.first], to: name)
                let client = try await site.talk { client in
                    try client.logIn(name)
                    #expect(try client.command("DELE 1").hasPrefix("+OK"))
                    return UncheckedClient(client: client)
                }
                let account = try site.account(name)
                if name == "alice" {
                    try await site.directory.removeAccount(account)
                    try await site.store.removeAccount(account)
                } else {
                    try await site.directory.setState(of: account, to: .suspended)
                }
                try await site.talk { _ in
                    let answer = try client.client.command(command)
                    #expect(answer == "-ERR [SYS/PERM] The account has been closed")
                    #expect(client.client.isClosedByServer())
                }
            }
            #expect(try await site.inbox("bob").messages == 1)
        }
    }

    @Test("everything may be pipelined, and is answered in order (RFC 2449 §6.6)")
    func pipelining() async throws {
        try await POP3Site.with { site in
            try await site.add([Self.first, Self.second])
            try await site.talk { client in
                try client.play(
                    """
                    C: USER alice
                    C: PASS secret
                    C: STAT
                    C: RETR 2
                    C: TOP 1 1
                    C: DELE 1
                    C: RETR 1
                    C: LIST 2
                    C: LIST
                    C: RSET
                    C: STAT
                    C: QUIT
                    S: +OK Martlet is ready
                    S: +OK Send PASS
                    S: +OK 2 messages (63 octets)
                    S: +OK 2 63
                    S: +OK 29 octets
                    S: Subject: two
                    S: 
                    S: no line end
                    S: .
                    S: +OK
                    S: Subject: one
                    S: 
                    S: Hello
                    S: .
                    S: +OK Marked as deleted
                    S: -ERR No such message
                    S: +OK 2 29
                    S: +OK 1 messages
                    S: 2 29
                    S: .
                    S: +OK 2 messages
                    S: +OK 2 63
                    S: +OK Bye
                    """
                )
            }
            #expect(try await site.inbox().messages == 2)
        }
    }

    @Test("unique-ids stay the same in every session, also when messages before them go")
    func uniqueIDs() async throws {
        try await POP3Site.with { site in
            try await site.add([Self.first, Self.second, Self.first])
            let ids = try await site.talk { client in
                try client.logIn()
                let ids = try client.listing("UIDL").map { $0.split(separator: " ")[1] }
                #expect(try client.command("UIDL 2") == "+OK 2 \(ids[1])")
                _ = try client.command("DELE 1")
                #expect(try client.command("UIDL 1").hasPrefix("-ERR"))
                _ = try client.command("QUIT")
                return ids
            }
            #expect(ids.allSatisfy { $0.utf8.count == 16 } && Set(ids).count == 3)
            try await site.talk { client in
                try client.logIn()
                #expect(try client.listing("UIDL") == ["1 \(ids[1])", "2 \(ids[2])"])
            }
        }
    }

    @Test("a maildrop in use is refused with [IN-USE], and is free again after QUIT or a lost connection")
    func lock() async throws {
        try await POP3Site.with { site in
            try await site.add([Self.first])
            let port = site.port
            try await site.talk { first in
                try first.logIn()
                let second = try POP3Client(port: port)
                #expect(try second.logIn().hasPrefix("-ERR [IN-USE] "))
                #expect(try second.command("STAT").hasPrefix("-ERR"))
                let other = try POP3Client(port: port)
                #expect(try other.logIn("bob").hasPrefix("+OK"))
                _ = try first.command("QUIT")
                _ = try second.command("USER alice")
                #expect(try second.command("PASS secret").hasPrefix("+OK"))
                _ = try second.command("DELE 1")
                second.hangUp()
                // The server learns of it a moment later.
                var answer = ""
                for _ in 0..<200 where !answer.hasPrefix("+OK") {
                    let third = try POP3Client(port: port)
                    answer = try third.logIn()
                    if answer.hasPrefix("+OK") { #expect(try third.command("STAT").hasPrefix("+OK 1 ")) }
                }
                #expect(answer.hasPrefix("+OK"))
            }
            #expect(try await site.inbox().messages == 1)
        }
    }

    @Test("nothing is deleted without QUIT (RFC 1939 §6)")
    func noQuit() async throws {
        try await POP3Site.with { site in
            try await site.add([Self.first])
            try await site.talk { client in
                try client.logIn()
                _ = try client.command("DELE 1")
                client.hangUp()
            }
            #expect(try await site.inbox().messages == 1)
        }
    }

    @Test("a wrong name and a wrong password are refused alike, and too many of them close")
    func wrongPassword() async throws {
        try await POP3Site.with {
            $0.session.failedLoginsMax = 3
        } _: { site in
            try await site.talk { client in
                _ = try client.line()
                _ = try client.command("USER nobody")
                let nobody = try client.command("PASS secret")
                _ = try client.command("USER alice")
                #expect(try client.command("PASS wrong") == nobody)
                #expect(nobody.hasPrefix("-ERR [AUTH] "))
                _ = try client.command("USER alice")
                _ = try client.command("PASS wrong")
                #expect(client.isClosedByServer())
            }
        }
    }

    @Test("AUTH takes PLAIN with and without its answer, is cancelled by *, and refuses what is no base64")
    func authentication() async throws {
        try await POP3Site.with { site in
            try await site.add([Self.first])
            let port = site.port
            try await site.talk { client in
                try client.play(
                    """
                    S: +OK Martlet is ready
                    C: AUTH PLAIN
                    S: + 
                    C: *
                    S: -ERR <*>
                    C: AUTH PLAIN !
                    S: -ERR [AUTH] <*>
                    C: AUTH NTLM
                    S: -ERR <*>
                    C: AUTH PLAIN AGFsaWNlAHNlY3JldA==
                    C: STAT
                    S: +OK 1 messages (34 octets)
                    S: +OK 1 34
                    C: QUIT
                    S: +OK Bye
                    """
                )
                let second = try POP3Client(port: port)
                try second.play(
                    """
                    S: +OK Martlet is ready
                    C: AUTH PLAIN
                    S: + 
                    C: AGFsaWNlAHNlY3JldA==
                    S: +OK 1 messages (34 octets)
                    C: QUIT
                    S: +OK Bye
                    """
                )
                let third = try POP3Client(port: port)
                _ = try third.line()
                #expect(try third.listing("AUTH").contains("PLAIN"))
            }
        }
    }

    @Test("CAPA says what is to be had, and passwords in the clear are not where they are not allowed")
    func capabilities() async throws {
        try await POP3Site.with {
            $0.allowsPlaintextLogin = { _ in false }
        } _: { site in
            try await site.talk { client in
                _ = try client.line()
                let lines = try client.listing("CAPA")
                #expect(lines.contains("PIPELINING") && lines.contains("RESP-CODES") && lines.contains("UIDL"))
                #expect(!lines.contains("USER") && !lines.contains { $0.contains("PLAIN") })
                #expect(try client.command("USER alice").hasPrefix("-ERR"))
                #expect(try client.command("AUTH PLAIN").hasPrefix("-ERR"))
                #expect(try client.command("STLS").hasPrefix("-ERR"))
            }
        }
    }

    @Test("messages that were fetched are seen after QUIT, and those only looked into are not")
    func seen() async throws {
        try await POP3Site.with { site in
            try await site.add([Self.first, Self.second])
            try await site.talk { client in
                try client.logIn()
                _ = try client.listing("RETR 1")
                _ = try client.listing("TOP 2 0")
                _ = try client.command("QUIT")
            }
            #expect(try await site.inbox().unseen == 1)
        }
    }

    @Test("a session's messages stay its own while others change the mailbox")
    func changesBeside() async throws {
        try await POP3Site.with { site in
            try await site.add([Self.first, Self.second])
            let account = try site.account()
            let inbox = try await site.inbox()
            let state = try await site.store.open(inbox.id, of: account).state()
            let uids = (0..<2).map { state[$0].uid }
            let port = site.port
            try await site.talk { client in
                try client.logIn()
                _ = try client.command("NOOP")
                _ = port
                #expect(try client.listing("LIST").count == 2)
            }
            _ = try await site.store.remove(uids: [uids[0]], in: inbox.id, of: account)
            try await site.talk { client in
                try client.logIn()
                #expect(try client.listing("LIST").count == 1)
            }
        }
    }
}

/// A client that one thread after the other uses.
private struct UncheckedClient: @unchecked Sendable {
    let client: POP3Client
}
