import IMAPWire
import NIOCore
import Testing

@Suite("examples of the standards")
struct ExampleTests {
    /// What clients say in RFC 3501 §6 and §8, RFC 9051 §8, and the extensions' own examples.
    static let commands = [
        "a001 login mrc secret", "a002 select inbox", "a003 fetch 12 full", "a004 fetch 12 body[header]",
        "a005 store 12 +flags \\deleted", "a006 logout", "abcd CAPABILITY", "efgh STARTTLS", "a047 NOOP",
        "A023 LOGOUT", "a001 AUTHENTICATE GSSAPI", "A142 SELECT INBOX", "A932 EXAMINE blurdybloop",
        "A003 CREATE owatagusiam/", "A683 DELETE blurdybloop", "A682 LIST \"\" *", "Z433 RENAME INBOX old-mail",
        "A002 SUBSCRIBE #news.comp.mail.mime", "A101 LIST \"\" \"\"", "A102 LIST #news.comp.mail.misc \"\"",
        "A103 LIST /usr/staff/jones \"\"", "A202 LIST ~/Mail/ %", "A002 LSUB \"#news.\" \"comp.mail.*\"",
        "A042 STATUS blurdybloop (UIDNEXT MESSAGES)", "FXXZ CHECK", "A341 CLOSE", "A202 EXPUNGE",
        "A282 SEARCH FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"", "A283 SEARCH TEXT \"string not in mailbox\"",
        "A284 SEARCH CHARSET UTF-8 TEXT {6}\r\n\u{43c}\u{430}\u{442}",
        "A654 FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])", "A003 STORE 2:4 +FLAGS (\\Deleted)",
        "A003 COPY 2:4 MEETING", "a999 UID FETCH 4827313:4828442 FLAGS", "A203 UNSELECT", "A001 ENABLE CONDSTORE",
        "a023 ID (\"name\" \"sodr\" \"version\" \"19.34\" \"vendor\" \"Pink Floyd Music Limited\")", "a042 ID NIL",
        "A282 SEARCH RETURN (MIN COUNT) FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"",
        "A301 SEARCH RETURN (SAVE) TEXT \"x\"", "A302 FETCH $ (UID INTERNALDATE FLAGS)", "F282 SEARCH OR $ 1,3000:3021",
        "a1 UID SEARCH RETURN (SAVE ALL) UNDELETED OLDER 259200", "a2 SEARCH YOUNGER 3600",
        "A003 UID EXPUNGE 3000:3002",
        "a LIST (SUBSCRIBED) \"\" \"*\"", "A02 LIST () \"\" \"%\" RETURN (CHILDREN)", "A1 MOVE $ Trash",
        "BB LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (\"INBOX\" \"Drafts\" \"Sent/%\") RETURN (CHILDREN SPECIAL-USE)",
        "A01 LIST \"\" % RETURN (STATUS (MESSAGES UNSEEN))", "t1 LIST (SPECIAL-USE) \"\" \"*\"",
        "t2 CREATE MySpecial (USE (\\Drafts \\Sent))", "t3 SELECT INBOX (CONDSTORE)", "a103 UID MOVE 42:69 foo",
        "s100 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345)",
        "d105 STORE 7,5,9 (UNCHANGEDSINCE 320162338) +FLAGS.SILENT (\\Deleted)",
        "a SEARCH MODSEQ \"/flags/\\\\draft\" all 620162338", "a UID SEARCH MODSEQ 620162338 UNSEEN",
        "A STATUS b (HIGHESTMODSEQ SIZE)",
        "A06 NAMESPACE", "A04 IDLE", "C01 AUTHENTICATE PLAIN dGVzdAB0ZXN0AHRlc3Q=",
    ]

    @Test("every command parses", arguments: Self.commands)
    func parses(_ text: String) throws {
        let request = try IMAPRequest.parse(ByteBuffer(string: text))
        #expect(text.hasPrefix(request.tag + " "))
    }

    @Test(
        "every command is refused when it is cut anywhere inside, or still whole in itself; never more",
        arguments: Self.commands
    )
    func cuts(_ text: String) {
        for length in 0..<text.utf8.count {
            let cut = ByteBuffer(bytes: text.utf8.prefix(length))
            do {
                _ = try IMAPRequest.parse(cut)
            } catch {
                if case .syntax(let error) = error.reason { #expect(error.offset <= length) }
            }
        }
    }

    @Test("every command frames in any pieces", arguments: Self.commands)
    func frames(_ text: String) {
        let whole = FramerDriver.log(text + "\r\n", pieces: [text.utf8.count + 2])
        #expect(whole.contains { $0.hasSuffix(text) })
        for size in [1, 2, 3, 5, 8, 13] { #expect(FramerDriver.log(text + "\r\n", pieces: [size]) == whole) }
    }

    @Test("APPEND as RFC 3501 §6.3.11 and RFC 3502 §6.3.11 show it")
    func append() {
        let body = String(repeating: "x", count: 310)
        let log = FramerDriver.log("A003 APPEND saved-messages (\\Seen) {310}\r\n\(body)\r\n", pieces: [50])
        #expect(log == ["append A003 saved-messages 310 1[]", "message \(body)", "appended"])
        let two = FramerDriver.log(
            "A003 APPEND saved-messages (\\Seen) {3+}\r\nabc (\\Seen) \" 7-Feb-1994 22:43:04 -0800\" {4+}\r\ndefg\r\n",
            pieces: [9]
        )
        #expect(
            two == [
                "append A003 saved-messages 3+ 1[]", "message abc", "next 4+ 1[] @760689784", "message defg",
                "appended",
            ]
        )
    }
}
