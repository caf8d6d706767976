import IMAPWire
import MailTypes
import NIOCore
import Testing

@Suite("SEARCH (RFC 9051 §6.4.4)")
struct SearchGrammarTests {
    @Test(
        "reads every key",
        arguments: [
            ("ALL", .all), ("answered", .hasFlags(.answered)), ("DELETED", .hasFlags(.deleted)),
            ("DRAFT", .hasFlags(.draft)), ("FLAGGED", .hasFlags(.flagged)), ("SEEN", .hasFlags(.seen)),
            ("UNANSWERED", .lacksFlags(.answered)), ("UNDELETED", .lacksFlags(.deleted)),
            ("UNDRAFT", .lacksFlags(.draft)), ("UNFLAGGED", .lacksFlags(.flagged)), ("UNSEEN", .lacksFlags(.seen)),
            ("RECENT", .recent), ("OLD", .old), ("NEW", .new), ("KEYWORD Work", .keyword("Work")),
            ("UNKEYWORD $Junk", .unkeyword("$Junk")), ("LARGER 50000", .larger(octets: 50_000)),
            ("SMALLER 9223372036854775807", .smaller(octets: UInt64(Int64.max))),
            ("OLDER 3600", .older(seconds: 3_600)),
            ("YOUNGER 1", .younger(seconds: 1)), ("FROM Smith", .from(SearchText("Smith"))),
            ("TO \"a b\"", .to(SearchText("a b"))), ("CC {2}\r\nxy", .cc(SearchText("xy"))),
            ("BCC x", .bcc(SearchText("x"))), ("SUBJECT \"\"", .subject(SearchText(""))),
            ("BODY NIL", .body(SearchText("NIL"))), ("TEXT {2+}\r\n\u{e9}", .text(SearchText("\u{e9}"))),
            ("HEADER Message-ID <a@b>", .header("Message-ID", SearchText("<a@b>"))),
            ("HEADER \"X-Y\" \"\"", .header("X-Y", SearchText(""))), ("UID 3:5", .uid(.numbers(.range(3, .number(5))))),
            ("UID $", .uid(.saved)), ("$", .messages(.saved)), ("7", .messages(.numbers(.numbers(7)))),
            ("2:*", .messages(.numbers(.range(2, .highest)))),
            ("MODSEQ 620162338", .modSeq(ModSeq(rawValue: 620_162_338))),
            ("MODSEQ \"/flags/\\\\draft\" all 0", .modSeq(ModSeq(rawValue: 0))),
            ("NOT SEEN", .not(.hasFlags(.seen))),
            ("OR 1 2", .or(.messages(.numbers(.numbers(1))), .messages(.numbers(.numbers(2))))),
            ("(ALL)", .all), ("((SEEN DRAFT))", .and([.hasFlags(.seen), .hasFlags(.draft)])),
            ("SEEN NOT (OLD NEW) ALL", .and([.hasFlags(.seen), .not(.and([.old, .new])), .all])),
            ("OR NOT OLD (NEW ALL)", .or(.not(.old), .and([.new, .all]))),
        ] as [(String, SearchKey)]
    )
    func keys(_ text: String, _ key: SearchKey) throws {
        #expect(try command("SEARCH " + text) == .search(SearchRequest(numbering: .sequence, key: key)))
        #expect(try command("UID SEARCH " + text) == .search(SearchRequest(numbering: .uid, key: key)))
    }

    @Test("date keys carry their day")
    func dates() throws {
        let day = try #require(CalendarDate(year: 1_994, month: 2, day: 1))
        let keys: [(String, SearchKey)] = [
            ("BEFORE", .before(day)), ("ON", .on(day)), ("SINCE", .since(day)), ("SENTBEFORE", .sentBefore(day)),
            ("SENTON", .sentOn(day)), ("sentsince", .sentSince(day)),
        ]
        for (name, key) in keys {
            #expect(try command("SEARCH \(name) 1-Feb-1994") == .search(SearchRequest(numbering: .sequence, key: key)))
            #expect(expectation("SEARCH \(name) 1994-02-01") == .date)
        }
    }

    @Test(
        "RETURN and CHARSET come before the keys, in this order",
        arguments: [
            ("RETURN () ALL", .all, nil),
            ("RETURN (MIN MAX ALL COUNT SAVE) ALL", [.minimum, .maximum, .all, .count, .save], nil),
            ("return (save) charset utf-8 ALL", .save, .utf8),
            ("CHARSET US-ASCII ALL", nil, .usASCII), ("CHARSET \"ISO-8859-1\" ALL", nil, .other("ISO-8859-1")),
        ] as [(String, SearchRequest.Returns?, SearchCharset?)]
    )
    func options(_ text: String, _ returns: SearchRequest.Returns?, _ charset: SearchCharset?) throws {
        let request = SearchRequest(numbering: .sequence, returns: returns, charset: charset, key: .all)
        #expect(try command("SEARCH " + text) == .search(request))
    }

    @Test(
        "refuses the rest",
        arguments: [
            ("SEARCH", .space), ("SEARCH ", .searchKey), ("SEARCH FOO", .searchKey), ("SEARCH ALL FOO", .searchKey),
            ("SEARCH ALL  SEEN", .searchKey), ("SEARCH ()", .searchKey), ("SEARCH (ALL", .closeParenthesis),
            ("SEARCH ALL)", .endOfCommand), ("SEARCH NOT", .space), ("SEARCH OR ALL", .space), ("SEARCH FROM", .space),
            ("SEARCH FROM (", .astring), ("SEARCH LARGER x", .number64), ("SEARCH OLDER 0", .nonZeroNumber),
            ("SEARCH KEYWORD \\Seen", .keyword), ("SEARCH HEADER a", .space),
            ("SEARCH HEADER \"a b\" c", .headerFieldName),
            ("SEARCH RETURN (FOO) ALL", .searchReturn), ("SEARCH RETURN ALL", .openParenthesis),
            ("SEARCH RETURN ()", .space), ("SEARCH CHARSET \"\" ALL", .charset), ("SEARCH CHARSET UTF-8", .space),
            ("SEARCH MODSEQ x", .modSeq), ("SEARCH MODSEQ \"/flags/a\" 3", .modSeq), ("SEARCH 0", .nonZeroNumber),
            ("SEARCH UID SEEN", .sequenceSet), ("SEARCH \"ALL\"", .searchKey),
        ] as [(String, WireSyntaxError.Expectation)]
    )
    func refuses(_ text: String, _ expected: WireSyntaxError.Expectation) {
        #expect(expectation(text) == expected)
    }

    @Test("lesson 9: nesting of groups, NOT and OR ends at its limit, however deep the client goes on")
    func depth() throws {
        let most = IMAPLimits.searchDepthMax - 1
        for (open, close) in [("(", ")"), ("NOT ", ""), ("OR ALL ", "")] {
            let deepest = String(repeating: open, count: most) + "ALL" + String(repeating: close, count: most)
            #expect(throws: Never.self) { try command("SEARCH " + deepest) }
            #expect(expectation("SEARCH " + open + deepest + close) == .searchDepth)
            #expect(expectation("SEARCH " + String(repeating: open, count: 8_000)) == .searchDepth)
        }
    }

    @Test("the number of keys ends at its limit")
    func keyCount() {
        let most = Array(repeating: "ALL", count: IMAPLimits.searchKeysMax).joined(separator: " ")
        #expect(throws: Never.self) { try command("SEARCH " + most) }
        #expect(expectation("SEARCH " + most + " ALL") == .searchKeyCount)
    }

    @Test("texts to look for in whole messages are counted, for each goes through all of them")
    func textCount() {
        let keys = Array(repeating: "NOT BODY x NOT TEXT y", count: IMAPLimits.searchTextsMax / 2)
        let most = keys.joined(separator: " ")
        #expect(throws: Never.self) { try command("SEARCH SUBJECT z " + most) }
        #expect(expectation("SEARCH " + most + " BODY x") == .searchTextCount)
    }

    @Test("a tree tells whether it mentions modseqs and saved results")
    func mentions() {
        let modSeq = SearchKey.modSeq(ModSeq(rawValue: 1))
        #expect(SearchKey.and([.all, .not(.or(.old, modSeq))]).mentionsModSeq)
        #expect(!SearchKey.and([.all, .not(.old)]).mentionsModSeq)
        #expect(SearchKey.or(.all, .uid(.saved)).mentionsSaved && SearchKey.messages(.saved).mentionsSaved)
        #expect(!SearchKey.uid(.numbers(.numbers(1))).mentionsSaved)
    }
}
