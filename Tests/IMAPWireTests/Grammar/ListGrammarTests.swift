import IMAPWire
import MailTypes
import NIOCore
import Testing

@Suite("LIST, LSUB, STATUS (RFC 9051 §6.3, RFC 5258, RFC 5819)")
struct ListGrammarTests {
    @Test(
        "reads plain and extended lists",
        arguments: [
            ("\"\" \"\"", ListRequest(patterns: [MailboxPattern("")])),
            ("\"\" *", ListRequest(patterns: [MailboxPattern("*")])),
            ("foo/ %.Junk]", ListRequest(reference: "foo/", patterns: [MailboxPattern("%.Junk]")])),
            ("\"\" {3}\r\na/%", ListRequest(patterns: [MailboxPattern("a/%")])),
            ("\"&AOk-\" \"&AOk-*\"", ListRequest(reference: "\u{e9}", patterns: [MailboxPattern("\u{e9}*")])),
            ("() \"\" *", ListRequest(patterns: [MailboxPattern("*")], isExtended: true)),
            (
                "(SUBSCRIBED) \"\" *",
                ListRequest(selection: .subscribed, patterns: [MailboxPattern("*")], isExtended: true)
            ),
            (
                "(special-use REMOTE SUBSCRIBED RECURSIVEMATCH) \"\" (\"INBOX\" Drafts Sent/%)",
                ListRequest(
                    selection: [.specialUse, .remote, .subscribed, .recursiveMatch],
                    patterns: ["INBOX", "Drafts", "Sent/%"].map { MailboxPattern($0) },
                    isExtended: true
                )
            ),
            ("\"\" % RETURN ()", ListRequest(patterns: [MailboxPattern("%")], isExtended: true)),
            (
                "\"\" % RETURN (CHILDREN SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UNSEEN) STATUS (SIZE))",
                ListRequest(
                    patterns: [MailboxPattern("%")],
                    returns: [.children, .subscribed, .specialUse],
                    status: [.messages, .unseen, .size],
                    isExtended: true
                )
            ),
        ]
    )
    func lists(_ text: String, _ request: ListRequest) throws {
        #expect(try command("LIST " + text) == .list(request))
    }

    @Test(
        "refuses the rest",
        arguments: [
            ("LIST", .space), ("LIST \"\"", .space), ("LIST \"\" ", .mailboxPattern),
            ("LIST (FOO) \"\" *", .listSelection),
            ("LIST (RECURSIVEMATCH) \"\" *", .listSelection), ("LIST (REMOTE RECURSIVEMATCH) \"\" *", .listSelection),
            ("LIST (SUBSCRIBED \"\" *", .listSelection), ("LIST (SUBSCRIBED)\"\" *", .space),
            ("LIST \"\" ()", .mailboxPattern),
            ("LIST \"\" (a", .closeParenthesis), ("LIST \"\" * RETURN", .space),
            ("LIST \"\" * RETURN (FOO)", .listReturn),
            ("LIST \"\" * CHILDREN", .listReturn), ("LIST \"\" * RETURN (STATUS)", .space),
            ("LIST \"\" * RETURN (STATUS ())", .statusItem), ("LIST \"\" * RETURN (CHILDREN) x", .endOfCommand),
            ("LIST \"\" &", .mailboxPattern), ("LIST & *", .mailbox), ("LIST \"\" {1}\r\n\u{1}", .mailboxPattern),
            ("LSUB \"\"", .space), ("LSUB \"\" (a b)", .mailboxPattern), ("LSUB \"\" * RETURN ()", .endOfCommand),
        ] as [(String, WireSyntaxError.Expectation)]
    )
    func refuses(_ text: String, _ expected: WireSyntaxError.Expectation) {
        #expect(expectation(text) == expected)
    }

    @Test("LSUB has a reference and one pattern")
    func lsub() throws {
        #expect(
            try command("LSUB \"#news.\" \"comp.mail.*\"")
                == .lsub(reference: "#news.", pattern: MailboxPattern("comp.mail.*"))
        )
    }

    @Test("STATUS reads every item, each once")
    func status() throws {
        let items: StatusItems = [
            .messages, .recent, .uidNext, .uidValidity, .unseen, .deleted, .size, .highestModSeq, .appendLimit,
        ]
        let names = "MESSAGES RECENT UIDNEXT uidvalidity UNSEEN DELETED SIZE HIGHESTMODSEQ APPENDLIMIT SIZE"
        #expect(try command("STATUS inbox (\(names))") == .status(WireMailbox("INBOX"), items))
        for (text, expected) in [
            ("STATUS a", .space), ("STATUS a MESSAGES", .openParenthesis), ("STATUS a ()", .statusItem),
            ("STATUS a (FOO)", .statusItem), ("STATUS a (SIZE", .closeParenthesis), ("STATUS a (SIZE) ", .endOfCommand),
        ] as [(String, WireSyntaxError.Expectation)] {
            #expect(expectation(text) == expected)
        }
    }

    @Test("patterns and names have their limits")
    func limits() {
        let patterns = Array(repeating: "a", count: IMAPLimits.listPatternsMax).joined(separator: " ")
        #expect(throws: Never.self) { try command("LIST \"\" (\(patterns))") }
        #expect(expectation("LIST \"\" (\(patterns) a)") == .listPatternCount)
        let name = String(repeating: "n", count: IMAPLimits.mailboxOctetsMax)
        #expect(throws: Never.self) { try command("SELECT \(name)") }
        #expect(expectation("SELECT \(name)n") == .mailbox)
        #expect(throws: Never.self) { try command("LIST \"\" \(name)") }
        #expect(expectation("LIST \"\" \(name)n") == .mailboxPattern)
        #expect(expectation("LIST \"\" \"\(name)n\"") == .mailboxPattern)
        #expect(expectation("LIST \(name)n *") == .mailbox)
    }
}

@Suite("mailbox names and patterns")
struct MailboxNameTests {
    @Test(
        "INBOX is folded, alone and as a first level, and nothing else is",
        arguments: [
            ("inbox", "INBOX"), ("InBox/Sub", "INBOX/Sub"), ("inboxes", "inboxes"), ("a/inbox", "a/inbox"),
            ("INBO", "INBO"), ("", ""), ("inbox/", "INBOX/"),
        ]
    )
    func inbox(_ text: String, _ name: String) {
        #expect(WireMailbox(text).name == name)
    }

    @Test(
        "a name is read in its one spelling",
        arguments: [
            ("INBOX", "INBOX"), ("\"a b\"", "a b"), ("Entw&APw-rfe", "Entw\u{fc}rfe"), ("{3}\r\na&-", "a&"),
            ("\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\"", "~peter/mail/\u{53f0}\u{5317}/\u{65e5}\u{672c}\u{8a9e}"),
        ]
    )
    func names(_ text: String, _ name: String) {
        expectTakes(text, name, before: ["", " "]) { cursor throws(WireSyntaxError) in try cursor.takeMailbox().name }
    }

    @Test("other spellings are refused", arguments: ["&", "\"\u{e9}\"", "&AGE-", "&AOk", "{1}\r\n\0", "{2}\r\n\r\n"])
    func noNames(_ text: String) {
        expectRefuses(text, .mailbox, at: 0) { cursor throws(WireSyntaxError) in try cursor.takeMailbox() }
    }

    @Test(
        "patterns match as RFC 9051 §6.3.9 says",
        arguments: [
            ("*", "a/b/c", true), ("%", "a", true), ("%", "a/b", false), ("%/%", "a/b", true), ("a*", "a", true),
            ("a/%", "a", false), ("a/%", "a/", true), ("*b", "a/b", true), ("%b", "a/b", false), ("", "", true),
            ("", "a", false), ("inbox", "INBOX", true), ("inbox/%", "INBOX/a", true), ("iNb*", "INBOX", true),
            ("%b%x", "INBOX", true), ("in%/x", "INBOX/x", true), ("in%/X", "INBOX/x", false),
            ("inb*", "INBOXES", false), ("*box", "a/INBOX", false),
            ("INBOX*", "INBOX/a", true), ("inbox%", "INBOX", true), ("Sent", "sent", false), ("**%%*", "a/b", true),
            ("a%c", "abbc", true), ("a%c", "ab/c", false), ("*a*b*c", "xaxbxc", true), ("*a*b*c", "xaxcxb", false),
            ("\u{e9}%", "\u{e9}t\u{e9}", true),
        ]
    )
    func patterns(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(MailboxPattern(pattern).matches(name) == matches)
    }

    @Test("the reference goes before the pattern, and literal patterns know themselves")
    func reference() {
        #expect(MailboxPattern("%").matches("a/b", reference: "a/"))
        #expect(!MailboxPattern("%").matches("b", reference: "a/"))
        #expect(MailboxPattern("a/b").isLiteral && !MailboxPattern("a*").isLiteral && !MailboxPattern("%").isLiteral)
    }

    @Test("lesson 9: wildcards never multiply, whatever their number and that of the names")
    func wildcards() {
        let pattern = String(repeating: "*a", count: 500) + "b"
        #expect(!MailboxPattern(pattern).matches(String(repeating: "a", count: 1_000)))
        let name = String(repeating: "a", count: 990)
        for pattern in [String(repeating: "*%", count: 2_000) + "b", String(repeating: "*a", count: 990) + "b"] {
            let matcher = MailboxMatcher(MailboxPattern(pattern))
            #expect(!(0..<2_000).contains { matcher.matches("\(name)\($0)") })
        }
    }

    @Test("a pattern matches as if every way to read it had been tried")
    func bruteForce() {
        var state: UInt64 = 9_051
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return Int(state >> 33) % bound
        }
        func matches(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
            guard let first = pattern.first else { return name.isEmpty }
            if first == UInt8(ascii: "*") || first == UInt8(ascii: "%") {
                if matches(name, pattern.dropFirst()) { return true }
                guard let octet = name.first else { return false }
                if first == UInt8(ascii: "%"), octet == UInt8(ascii: "/") { return false }
                return matches(name.dropFirst(), pattern)
            }
            return name.first == first && matches(name.dropFirst(), pattern.dropFirst())
        }
        for round in 0..<4_000 {
            // Long ones too, whose places are more than a word holds.
            let filler = String(repeating: "x", count: round % 3 == 0 ? 62 : 0)
            let pattern = filler + String((0..<random(9)).map { _ in Array("ab/*%*%")[random(7)] })
            let name = filler + String((0..<random(9)).map { _ in Array("aab/")[random(4)] })
            let expected = matches(Array(name.utf8)[...], Array(pattern.utf8)[...])
            #expect(MailboxPattern(pattern).matches(name) == expected, "\(pattern) and \(name)")
        }
    }

    @Test("patterns that are long together are refused, the reference counted with each")
    func manyLongPatterns() {
        let reference = String(repeating: "r", count: 1_000)
        let patterns = Array(repeating: "*", count: 9).joined(separator: " ")
        expectRefuses("\(reference) (\(patterns))", .listPatternCount, at: 1_001) {
            cursor throws(WireSyntaxError) in try cursor.takeList()
        }
        let few = Array(repeating: "*", count: 8).joined(separator: " ")
        var cursor = WireCursor(ByteBuffer(string: "\(reference) (\(few))"))
        #expect((try? cursor.takeList())?.patterns.count == 8)
    }
}
