import Directory
import Foundation
import IMAPServer
import IMAPWire
import Listener
import MailStore
import MailTypes
import NIOCore
import Testing

@Suite("connections", .serialized, .timeLimit(.minutes(10)))
struct ConnectionTests {
    @Test("a command as large as its limits allow is read to its end")
    func largeCommand() async throws {
        try await withSite { site in
            let port = site.port
            try await onThread {
                let client = try TestClient(port: port, timeout: 20)
                try client.logIn()
                try client.command("SELECT INBOX")
                let limits = IMAPLimits()
                let text = String(repeating: "x", count: limits.literalsOctetsMax / 4)
                let keys = String(repeating: " SUBJECT {\(text.utf8.count)+}\r\n\(text)", count: 4)
                let last = String(repeating: "y", count: limits.lineOctetsMax - 200)
                // More than is read while a command runs: here none does.
                #expect(text.utf8.count * 4 + last.utf8.count > IMAPSessionLimits().bufferedOctetsMax)
                // In pieces, as a network brings it, so that the server is asked again and again whether it reads on.
                var rest = Substring("t SEARCH\(keys) SUBJECT \(last)\r\n")
                while !rest.isEmpty {
                    try client.send(String(rest.prefix(8_192)))
                    rest = rest.dropFirst(8_192)
                    usleep(1_000)
                }
                #expect(try client.answer("t").last == "t OK SEARCH completed")
            }
        }
    }

    @Test("a large message comes back as it went in, whole and in parts")
    func largeMessage() async throws {
        try await withSite { site in
            let port = site.port
            try await onThread {
                let client = try TestClient(port: port)
                try client.logIn()
                let body = (0..<60_000).map { "line \($0) of a large message\r\n" }.joined()
                let message = "Subject: large\r\n\r\n" + body
                try client.send("a APPEND INBOX {\(message.utf8.count)}\r\n")
                #expect(try client.line() == "+ OK")
                try client.send(message + "\r\n")
                #expect(try client.answer("a").last?.contains("APPENDUID") ?? false)
                try client.command("SELECT INBOX")
                try client.send("b FETCH 1 (BODY.PEEK[] BODY.PEEK[HEADER] RFC822.SIZE)\r\n")
                #expect(
                    try client.line() == "* 1 FETCH (RFC822.SIZE \(message.utf8.count) BODY[] {\(message.utf8.count)}"
                )
                #expect(try client.bytes(message.utf8.count) == Array(message.utf8))
                #expect(try client.line() == " BODY[HEADER] {18}")
                #expect(try client.bytes(18) == Array("Subject: large\r\n\r\n".utf8))
                #expect(try client.line() == ")")
                #expect(try client.line() == "b OK FETCH completed")
                try client.send("b FETCH 1 (RFC822.TEXT BODY.PEEK[]<5.600000> BODY.PEEK[1] BODY FLAGS)\r\n")
                let head = try client.line()
                #expect(head.hasPrefix("* 1 FETCH (FLAGS ("))
                #expect(head.uppercased().contains(" BODY (\"TEXT\" \"PLAIN\" "))
                #expect(head.hasSuffix(" RFC822.TEXT {\(body.utf8.count)}"))
                #expect(try client.bytes(body.utf8.count) == Array(body.utf8))
                #expect(try client.line() == " BODY[]<5> {600000}")
                #expect(try client.bytes(600_000) == Array(message.utf8.dropFirst(5).prefix(600_000)))
                #expect(try client.line() == " BODY[1] {\(body.utf8.count)}")
                #expect(try client.bytes(body.utf8.count) == Array(body.utf8))
                #expect(try client.answer("b") == [")", "b OK FETCH completed"])
                try client.send("c FETCH 1 BODY.PEEK[TEXT]<1000.700000>\r\n")
                #expect(try client.line() == "* 1 FETCH (BODY[TEXT]<1000> {700000}")
                #expect(try client.bytes(700_000) == Array(body.utf8.dropFirst(1_000).prefix(700_000)))
                #expect(try client.answer("c") == [")", "c OK FETCH completed"])
            }
        }
    }

    @Test("many excerpts of a large header come one after the other, whole")
    func largeHeader() async throws {
        try await withSite { site in
            let header = "A: first\r\n" + (0..<12_000).map { "X: line \($0) of it\r\n" }.joined() + "\r\n"
            try await site.add([header + "body\r\n"])
            let port = site.port
            try await onThread {
                let client = try TestClient(port: port)
                try client.logIn()
                try client.command("SELECT INBOX")
                let names = (0..<7).map { "N\($0)" }
                let items = names.map { "BODY.PEEK[HEADER.FIELDS.NOT (\($0))]" } + ["BODY.PEEK[TEXT]"]
                try client.send("a FETCH 1 (\(items.joined(separator: " ")))\r\n")
                for (number, name) in names.enumerated() {
                    let start = number == 0 ? "* 1 FETCH (" : " "
                    let label = "BODY[HEADER.FIELDS.NOT (\(name))] {\(header.utf8.count)}"
                    #expect(try client.line() == start + label)
                    #expect(try client.bytes(header.utf8.count) == Array(header.utf8))
                }
                #expect(try client.line() == " BODY[TEXT] {6}")
                #expect(try client.bytes(6) == Array("body\r\n".utf8))
                #expect(try client.answer("a") == [")", "a OK FETCH completed"])
            }
        }
    }

    @Test("sessions of an account that is removed or suspended end at their next command")
    func closedAccount() async throws {
        try await withSite { site in
            let port = site.port
            let clients = try await onThread {
                let names = ["alice", "alice", "alice", "alice", "bob"]
                let clients = try names.map { name in
                    let client = try TestClient(port: port, timeout: 20)
                    try client.logIn(name)
                    return client
                }
                try clients[1].command("SELECT INBOX")
                return UncheckedBox(clients)
            }
            let (alice, bob) = (try site.account("alice"), try site.account("bob"))
            try await site.directory.removeAccount(alice)
            try await site.store.removeAccount(alice)
            try await site.directory.setState(of: bob, to: .suspended)
            try await onThread {
                let commands = ["LIST \"\" *", "NOOP", "APPEND INBOX {10}", "CREATE Mine", "SELECT INBOX"]
                for (client, command) in zip(clients.value, commands) {
                    try client.send("t \(command)\r\n")
                    #expect(try client.line() == "* BYE The account has been closed", "\(command)")
                    #expect(client.isClosedByServer())
                }
            }
        }
    }

    @Test("a client that reads slowly gets everything, and another is served meanwhile")
    func slowReader() async throws {
        try await withSite { site in
            let text = "a: b\r\n\r\n" + String(repeating: "0123456789abcdef", count: 4_000)
            try await site.add(Array(repeating: text, count: 300))
            let port = site.port
            try await onThread {
                let (slow, other) = (try TestClient(port: port), try TestClient(port: port))
                try slow.logIn()
                try slow.command("SELECT INBOX")
                try slow.send("a FETCH 1:* BODY.PEEK[]\r\nb NOOP\r\n")
                try other.logIn()
                #expect(try other.command("NOOP") == ["t OK NOOP completed"])
                Thread.sleep(forTimeInterval: 0.2)
                for number in 1...300 {
                    #expect(try slow.line() == "* \(number) FETCH (BODY[] {\(text.utf8.count)}")
                    #expect(try slow.bytes(text.utf8.count).count == text.utf8.count)
                    #expect(try slow.line() == ")")
                }
                #expect(try slow.answer("b") == ["a OK FETCH completed", "b OK NOOP completed"])
            }
        }
    }

    @Test("everything asked before LOGOUT is answered before the connection ends")
    func logoutAfterMuch() async throws {
        try await withSite { site in
            let text = "a: b\r\n\r\n" + String(repeating: "x", count: 100_000)
            try await site.add(Array(repeating: text, count: 60))
            let port = site.port
            try await onThread {
                let client = try TestClient(port: port)
                try client.logIn()
                try client.send("s SELECT INBOX\r\na FETCH 1:* BODY.PEEK[]\r\nb LOGOUT\r\n")
                Thread.sleep(forTimeInterval: 0.3)
                #expect(try client.answer("b").last == "b OK LOGOUT completed")
                #expect(client.isClosedByServer())
            }
        }
    }

    @Test("many flags come in slices, in order")
    func manyFlags() async throws {
        try await withSite { site in
            try await site.add(Array(repeating: "a: b\r\n\r\n", count: 1_200))
            let port = site.port
            try await onThread {
                let client = try TestClient(port: port)
                try client.logIn()
                try client.command("SELECT INBOX")
                let lines = try client.command("FETCH 1:* (UID FLAGS)")
                #expect(lines.count == 1_201)
                for number in 1...1_200 {
                    #expect(lines[number - 1].hasPrefix("* \(number) FETCH (UID \(number) FLAGS"))
                }
            }
        }
    }

    @Test("SELECT names the first unread message of a mailbox that nobody has read from since the start")
    func firstUnread() async throws {
        let first = try await TestSite(folder: nil)
        let uids = try await first.add((1...5).map { "a: \($0)\r\n\r\n" })
        let account = try first.account("alice")
        let inbox = try #require(try await first.store.mailbox(named: .inbox, of: account))
        _ = try await first.store.changeFlags(
            .init(.add, flags: .seen),
            of: [uids[0], uids[1], uids[3]],
            in: inbox.id,
            of: account
        )
        let path = first.folder
        try await first.close(keepingFiles: true)
        let second = try await TestSite(folder: path)
        let port = second.port
        try await onThread {
            let client = try TestClient(port: port)
            try client.logIn()
            #expect(try client.command("EXAMINE INBOX").contains { $0.hasPrefix("* OK [UNSEEN 3]") })
        }
        let live = try await second.store.open(inbox.id, of: account)
        #expect(live.loadedState == nil)
        try await second.close()
    }

    @Test("a restarted server selects from counters and then knows the messages")
    func restart() async throws {
        let folder = TestSite.makeFolder()
        let first = try await TestSite(folder: nil)
        try await first.add((1...5).map { "a: \($0)\r\n\r\n" })
        let account = try first.account("alice")
        let path = first.folder
        try await first.close(keepingFiles: true)
        _ = folder
        let second = try await TestSite(folder: path)
        let port = second.port
        let inbox = try #require(try await second.store.mailbox(named: .inbox, of: account))
        let client = try await onThread { () -> UncheckedBox<TestClient> in
            let client = try TestClient(port: port)
            try client.logIn()
            #expect(try client.command("SELECT INBOX").contains("* 5 EXISTS"))
            return UncheckedBox(client)
        }
        let live = try await second.store.open(inbox.id, of: account)
        #expect(live.loadedState == nil)
        _ = try await second.store.changeFlags(
            .init(.add, flags: .deleted),
            of: [UID(rawValue: 2)],
            in: inbox.id,
            of: account
        )
        _ = try await second.store.expunge(uids: [UID(rawValue: 2)], in: inbox.id, of: account)
        try await second.add(["a: 6\r\n\r\n"])
        try await onThread {
            let lines = try client.value.command("FETCH 3 (UID)")
            #expect(lines == ["* 6 EXISTS", "* 6 RECENT", "* 3 FETCH (UID 3)", "t OK FETCH completed"])
            #expect(try client.value.command("NOOP") == ["* 2 EXPUNGE", "t OK NOOP completed"])
        }
        try await second.close()
    }

    @Test("silence before login and after it ends the session with a word")
    func autologout() async throws {
        var session = TestSite.impatient
        session.loginTimeout = .seconds(1)
        session.autologout = .seconds(2)
        try await withSite(session: session) { site in
            let port = site.port
            try await onThread {
                let (silent, idle) = (try TestClient(port: port), try TestClient(port: port))
                try idle.logIn()
                _ = try silent.line()
                #expect(try silent.line() == "* BYE Autologout after long silence")
                #expect(silent.isClosedByServer())
                try idle.send("i IDLE\r\n")
                #expect(try idle.line() == "+ idling")
                #expect(try idle.line() == "* BYE Autologout after long silence")
            }
        }
    }

    @Test("a stranger may send what a login needs; a user may send more")
    func limitsBeforeLogin() async throws {
        try await withSite { site in
            let port = site.port
            try await onThread {
                let client = try TestClient(port: port)
                _ = try client.line()
                let literal = String(repeating: "x", count: 20_000)
                try client.send("a SEARCH TEXT {20000+}\r\n\(literal)\r\n")
                #expect(try client.line().hasPrefix("a BAD [TOOBIG]"))
                try client.command("LOGIN alice \(TestSite.password)")
                try client.command("SELECT INBOX")
                try client.send("d SEARCH TEXT {20000+}\r\n\(literal)\r\n")
                #expect(try client.line() == "* SEARCH")
            }
        }
    }

    @Test("small messages of one APPEND that are many together wait in the spool, and all come in")
    func manySmallMessages() async throws {
        try await withSite { site in
            let port = site.port
            let spool = "\(site.folder)/spool"
            let count = 40
            let text = "Subject: x\r\n\r\n" + String(repeating: "x", count: 100_000)
            try await onThread {
                let client = try TestClient(port: port)
                try client.logIn()
                try client.send("a APPEND INBOX")
                for _ in 0..<count { try client.send(" {\(text.utf8.count)+}\r\n\(text)") }
                // What is read after them is read after them.
                var waiting = 0
                for _ in 0..<600 where waiting < count / 3 {
                    usleep(50_000)
                    waiting = try FileManager.default.subpathsOfDirectory(atPath: spool).count
                }
                #expect(waiting >= count / 3)
                try client.send("\r\n")
                var line = try client.line()
                while !line.hasPrefix("a ") { line = try client.line() }
                #expect(line.hasPrefix("a OK [APPENDUID ") && line.contains(" 1:40]"))
                try client.command("SELECT INBOX")
                let sizes = try client.command("FETCH 1:* (RFC822.SIZE)")
                #expect(sizes.count { $0.contains("RFC822.SIZE \(text.utf8.count))") } == count)
                #expect(try FileManager.default.subpathsOfDirectory(atPath: spool).isEmpty)
            }
        }
    }

    @Test("who does not log in is sent away, however much it says", arguments: ["a NOOP\r\n", "a"])
    func endlessStranger(_ words: String) async throws {
        var session = TestSite.impatient
        session.loginTimeout = .seconds(1)
        try await withSite(session: session) { site in
            let port = site.port
            let stranger = try await onThread { () -> UncheckedBox<TestClient> in
                let client = try TestClient(port: port)
                _ = try client.line()
                return UncheckedBox(client)
            }
            let channel = try #require(site.connections.first)
            for _ in 0..<300 where channel.isActive {
                try await Task.sleep(for: .milliseconds(100))
                _ = stranger.value.sendWithoutWaiting(words, times: 1)
            }
            #expect(!channel.isActive)
            withExtendedLifetime(stranger) {}
        }
    }

    @Test("what was sent in the clear behind STARTTLS is not carried out")
    func startTLSInjection() async throws {
        let folder = TestSite.makeFolder()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let files = TLSFiles(certificate: "\(folder)/cert.pem", key: "\(folder)/key.pem")
        _ = try SelfSignedCertificate.ensure(files, hosts: ["localhost"])
        try await withSite(allowsPlaintextLogin: false, tlsContexts: try TLSContexts(files)) { site in
            let port = site.port
            try await onThread {
                let client = try TestClient(port: port, timeout: 2)
                #expect(try client.line().contains("STARTTLS LOGINDISABLED"))
                try client.send("a STARTTLS\r\nb NOOP\r\n")
                #expect(try client.line() == "a OK Begin TLS negotiation now")
                #expect(throws: (any Error).self) { try client.line() }
            }
        }
    }

    @Test("a client that asks without ever reading cannot make the server hold its answers")
    func neverReads() async throws {
        try await withSite { site in
            let port = site.port
            try await onThread {
                let (deaf, other) = (try TestClient(port: port), try TestClient(port: port))
                try deaf.logIn()
                let asked = deaf.sendWithoutWaiting(String(repeating: "a CAPABILITY\r\n", count: 1_000), times: 1_000)
                #expect(asked < 1_000, "the server stops reading what nobody wants the answers of")
                try other.logIn()
                #expect(try other.command("NOOP") == ["t OK NOOP completed"])
            }
        }
    }

    @Test("when the service stops an idling client is told, and a running command is finished first")
    func shutDown() async throws {
        try await withSite { site in
            let text = "a: b\r\n\r\n" + String(repeating: "x", count: 100_000)
            try await site.add(Array(repeating: text, count: 60))
            let port = site.port
            try await onThread {
                let (idle, busy) = (try TestClient(port: port), try TestClient(port: port))
                try idle.logIn()
                try idle.command("SELECT INBOX")
                try idle.send("i IDLE\r\n")
                #expect(try idle.line() == "+ idling")
                try busy.logIn()
                try busy.command("SELECT INBOX")
                try busy.send("f FETCH 1:* BODY.PEEK[]\r\ng NOOP\r\n")
                #expect(try busy.line().hasPrefix("* 1 FETCH"))
                site.announceStop()
                #expect(try idle.line() == "* BYE Martlet is shutting down")
                #expect(idle.isClosedByServer())
                #expect(try busy.answer("f").last == "f OK FETCH completed")
                #expect(try busy.line() == "* BYE Martlet is shutting down")
                #expect(busy.isClosedByServer())
            }
        }
    }
}
