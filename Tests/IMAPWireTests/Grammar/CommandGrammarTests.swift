import IMAPWire
import MailTypes
import NIOCore
import Testing

@Suite("commands (RFC 9051 §6)")
struct CommandGrammarTests {
    @Test(
        "reads commands without arguments in any case",
        arguments: [
            ("CAPABILITY", .capability), ("noop", .noop), ("LogOut", .logout), ("STARTTLS", .startTLS),
            ("NAMESPACE", .namespace), ("IDLE", .idle), ("CHECK", .check), ("CLOSE", .close), ("UNSELECT", .unselect),
            ("EXPUNGE", .expunge),
        ] as [(String, IMAPCommand)]
    )
    func plain(_ text: String, _ expected: IMAPCommand) throws {
        #expect(try command(text) == expected)
        #expect(expectation(text + " ") == .endOfCommand)
        #expect(expectation(text + " x") == .endOfCommand)
    }

    @Test(
        "reads commands with mailboxes",
        arguments: [
            ("SELECT inbox", .select(SelectRequest(mailbox: WireMailbox("INBOX")))),
            ("SELECT \"a b\" (CONDSTORE)", .select(SelectRequest(mailbox: WireMailbox("a b"), enablesCondstore: true))),
            ("EXAMINE a", .examine(SelectRequest(mailbox: WireMailbox("a")))),
            ("CREATE owatagusiam/", .create(CreateRequest(mailbox: WireMailbox("owatagusiam/")))),
            (
                "CREATE a (USE (\\Drafts \\sent \\Sent))",
                .create(CreateRequest(mailbox: WireMailbox("a"), uses: [.drafts, .sent]))
            ),
            (
                "CREATE a (USE (\\Important \\All))",
                .create(CreateRequest(mailbox: WireMailbox("a"), uses: [.all], namesUnknownUse: true))
            ),
            ("CREATE a (USE ())", .create(CreateRequest(mailbox: WireMailbox("a")))),
            ("DELETE foo", .delete(WireMailbox("foo"))),
            ("RENAME {1}\r\na \"b\"", .rename(from: WireMailbox("a"), to: WireMailbox("b"))),
            ("SUBSCRIBE #news.a", .subscribe(WireMailbox("#news.a"))),
            ("UNSUBSCRIBE a", .unsubscribe(WireMailbox("a"))),
        ] as [(String, IMAPCommand)]
    )
    func mailboxes(_ text: String, _ expected: IMAPCommand) throws {
        #expect(try command(text) == expected)
    }

    @Test("COPY and MOVE, by number and by UID; UID EXPUNGE (RFC 4315, RFC 6851)")
    func copies() throws {
        let request = CopyRequest(
            numbering: .sequence,
            messages: .numbers(.range(2, .number(4))),
            mailbox: WireMailbox("M")
        )
        var byUID = request
        byUID.numbering = .uid
        #expect(try command("COPY 2:4 M") == .copy(request))
        #expect(try command("UID COPY 2:4 M") == .copy(byUID))
        #expect(try command("MOVE 2:4 M") == .move(request))
        #expect(try command("uid move 2:4 M") == .move(byUID))
        #expect(try command("UID EXPUNGE 3000:3002") == .uidExpunge(.numbers(.range(3_000, .number(3_002)))))
    }

    @Test("LOGIN takes any bytes and hides the password")
    func login() throws {
        #expect(try command("LOGIN SMITH SESAME") == .login(user: "SMITH", password: Secret("SESAME")))
        let quoted = try command("LOGIN \"a@b\" {4+}\r\n\"\\ \u{7f}")
        #expect(quoted == .login(user: "a@b", password: Secret("\"\\ \u{7f}")))
        #expect(!String(reflecting: try command("LOGIN a topsecret")).contains("topsecret"))
    }

    @Test("AUTHENTICATE, with and without initial response (RFC 4959)")
    func authenticate() throws {
        #expect(
            try command("AUTHENTICATE scram-sha-256") == .authenticate(AuthenticateRequest(mechanism: "SCRAM-SHA-256"))
        )
        let initial = AuthenticateRequest(mechanism: "PLAIN", initialResponse: Secret("AGEAYg=="))
        #expect(try command("AUTHENTICATE PLAIN AGEAYg==") == .authenticate(initial))
        let empty = AuthenticateRequest(mechanism: "EXTERNAL", initialResponse: Secret("="))
        #expect(try command("AUTHENTICATE EXTERNAL =") == .authenticate(empty))
    }

    @Test("ENABLE and ID")
    func enableAndID() throws {
        #expect(try command("ENABLE CONDSTORE X-GOOD-IDEA") == .enable(["CONDSTORE", "X-GOOD-IDEA"]))
        #expect(try command("ID NIL") == .id(nil))
        #expect(try command("ID ()") == .id([]))
        let fields = [IMAPIDField(name: "name", value: "sodr"), IMAPIDField(name: "os", value: nil)]
        #expect(try command("ID (\"name\" {4}\r\nsodr \"os\" NIL)") == .id(fields))
    }

    @Test("ENABLE and ID have their limits (RFC 2971 §3.3)")
    func limits() {
        let names = Array(repeating: "X", count: IMAPLimits.enableCountMax).joined(separator: " ")
        #expect(throws: Never.self) { try command("ENABLE " + names) }
        #expect(expectation("ENABLE \(names) X") == .capability)
        let pairs = Array(repeating: "\"a\" \"b\"", count: IMAPLimits.idFieldsMax).joined(separator: " ")
        #expect(throws: Never.self) { try command("ID (\(pairs))") }
        #expect(expectation("ID (\(pairs) \"a\" \"b\")") == .idFieldCount)
        let name = String(repeating: "n", count: IMAPLimits.idNameOctetsMax)
        let value = String(repeating: "v", count: IMAPLimits.idValueOctetsMax)
        #expect(throws: Never.self) { try command("ID (\"\(name)\" \"\(value)\")") }
        #expect(expectation("ID (\"\(name)n\" NIL)") == .idFieldCount)
        #expect(expectation("ID (\"a\" \"\(value)v\")") == .idFieldCount)
    }

    @Test(
        "refuses the rest",
        arguments: [
            ("SELECT", .space), ("SELECT ", .astring), ("SELECT a ()", .selectParameter),
            ("SELECT a (QRESYNC)", .selectParameter),
            ("SELECT a b", .openParenthesis), ("CREATE a (USE)", .space), ("CREATE a (FOO ())", .createParameter),
            ("CREATE a (USE (Sent))", .specialUse), ("CREATE a (USE (\\Sent)", .closeParenthesis), ("RENAME a", .space),
            ("COPY 1", .space), ("COPY a b", .sequenceSet), ("LOGIN a", .space), ("LOGIN a b c", .endOfCommand),
            ("AUTHENTICATE ", .mechanism), ("AUTHENTICATE PLAIN ", .base64), ("AUTHENTICATE PLAIN a!b", .endOfCommand),
            ("ENABLE", .space), ("ENABLE ", .capability), ("ID", .space), ("ID (\"a\")", .space),
            ("ID (a \"b\")", .string),
            ("ID (\"a\" b)", .nilOrString), ("ID x", .idList), ("UID", .space), ("UID EXPUNGE", .space),
            ("APPEND INBOX", .literal), ("", .command), (" NOOP", .command), ("(NOOP)", .command),
        ] as [(String, WireSyntaxError.Expectation)]
    )
    func refuses(_ text: String, _ expected: WireSyntaxError.Expectation) {
        #expect(expectation(text) == expected)
    }

    @Test("an unknown command is named as such, with its tag", arguments: ["XYZZY", "UID NOOP", "SETQUOTA a", "NOOPS"])
    func unknown(_ text: String) {
        #expect(refusal("t7 " + text) == IMAPRefusal(tag: "t7", reason: .unknownCommand))
    }

    @Test("a refusal carries the tag only when it can be read, and never the command's text")
    func tags() {
        #expect(refusal("+ LOGIN a secret")?.tag == nil)
        #expect(refusal("")?.tag == nil)
        #expect(refusal("a1")?.tag == "a1")
        #expect(refusal("a1 LOGIN a secret secret")?.tag == "a1")
        let told = written {
            $0.writeRefusal(refusal("a1 LOGIN a hushhush x") ?? IMAPRefusal(tag: nil, reason: .unknownCommand))
        }
        #expect(told == "a1 BAD Syntax error at octet 19: expected the end of the command\r\n")
    }
}
