import IMAPWire
import MailTypes
import NIOCore
import Testing

@Suite("FETCH (RFC 9051 §6.4.5)")
struct FetchGrammarTests {
    @Test(
        "reads every item",
        arguments: [
            ("UID", .uid), ("flags", .flags), ("INTERNALDATE", .internalDate), ("ENVELOPE", .envelope),
            ("BODYSTRUCTURE", .bodyStructure), ("BODY", .body), ("RFC822.SIZE", .rfc822Size), ("MODSEQ", .modSeq),
            ("RFC822", .rfc822), ("RFC822.HEADER", .rfc822Header), ("RFC822.TEXT", .rfc822Text),
            ("BODY[]", .section(BodySection(text: .all), partial: nil, isPeek: false)),
            ("body.peek[]", .section(BodySection(text: .all), partial: nil, isPeek: true)),
            ("BODY[HEADER]", .section(BodySection(text: .header), partial: nil, isPeek: false)),
            (
                "BODY[TEXT]<0.2048>",
                .section(BodySection(text: .text), partial: FetchPartial(origin: 0, octets: 2_048), isPeek: false)
            ),
            ("BODY.PEEK[1.2.MIME]", .section(BodySection(part: [1, 2], text: .mime), partial: nil, isPeek: true)),
            (
                "BODY[3]<4294967295.1>",
                .section(
                    BodySection(part: [3], text: .all),
                    partial: FetchPartial(origin: .max, octets: 1),
                    isPeek: false
                )
            ),
            ("BODY[4.2.HEADER]", .section(BodySection(part: [4, 2], text: .header), partial: nil, isPeek: false)),
            (
                "BODY[HEADER.FIELDS (DATE FROM)]",
                .section(BodySection(text: .headerFields(["DATE", "FROM"])), partial: nil, isPeek: false)
            ),
            (
                "BODY.PEEK[1.HEADER.FIELDS.NOT (\"Received\" {2}\r\nTo)]",
                .section(
                    BodySection(part: [1], text: .headerFieldsNot(["Received", "To"])),
                    partial: nil,
                    isPeek: true
                )
            ),
        ] as [(String, FetchItem)]
    )
    func items(_ text: String, _ item: FetchItem) {
        expectTakes(text, item, before: ["", " ", ")"]) { cursor throws(WireSyntaxError) in try cursor.takeFetchItem() }
    }

    @Test(
        "refuses what is no item",
        arguments: [
            "", "FOO", "RFC822.PEEK", "BODY.PEEK", "BODY.", "BODYSTRUCTURES", "BODY[", "BODY[1", "BODY[1.]", "BODY[.1]",
            "BODY[0]", "BODY[01]", "BODY[1..2]", "BODY[MIME]", "BODY[FOO]", "BODY[HEADER.FIELDS]", "BODY[1.FIELDS (a)]",
            "BODY[HEADER.FIELDS ()]", "BODY[HEADER.FIELDS (a:b)]", "BODY[HEADER.FIELDS (\"\")]",
            "BODY[HEADER.FIELDS ({3}\r\na\r\n)]", "BODY[HEADER.FIELDS (a]", "BODY[HEADER.FIELDS(a)]", "BODY[]<",
            "BODY[]<0>", "BODY[]<0.0>", "BODY[]<0.1", "BODY[]<-1.1>", "BODY[]<4294967296.1>", "BODY[TEXT.MIME]",
            "BINARY[]", "FLAG",
        ]
    )
    func noItems(_ text: String) {
        expectRefuses(text) { cursor throws(WireSyntaxError) in try cursor.takeFetchItem() }
    }

    @Test("macros are spelled out, and stand alone")
    func macros() throws {
        let set = MessageSet.numbers(.range(1, .highest))
        let all: [FetchItem] = [.flags, .internalDate, .rfc822Size, .envelope]
        for (text, items) in [("ALL", all), ("FAST", Array(all.prefix(3))), ("full", all + [.body])] {
            let request = FetchRequest(numbering: .sequence, messages: set, items: items)
            #expect(try command("FETCH 1:* \(text)") == .fetch(request))
        }
        #expect(expectation("FETCH 1:* (ALL)") == .fetchItem)
        #expect(expectation("FETCH 1:* ALLES") == .fetchItem)
    }

    @Test("a list, the numbering and CHANGEDSINCE")
    func requests() throws {
        let items: [FetchItem] = [.uid, .flags, .section(BodySection(text: .header), partial: nil, isPeek: true)]
        var request = FetchRequest(numbering: .uid, messages: .saved, items: items)
        #expect(try command("UID FETCH $ (UID FLAGS BODY.PEEK[HEADER])") == .fetch(request))
        request.changedSince = ModSeq(rawValue: 12_345)
        #expect(try command("UID FETCH $ (UID FLAGS BODY.PEEK[HEADER]) (CHANGEDSINCE 12345)") == .fetch(request))
    }

    @Test(
        "refuses the rest and says where",
        arguments: [
            ("FETCH", .space, 8), ("FETCH 1", .space, 10), ("FETCH 1 ", .fetchItem, 11), ("FETCH 1 ()", .fetchItem, 12),
            ("FETCH 1 (UID", .closeParenthesis, 15), ("FETCH 1 (UID  FLAGS)", .fetchItem, 16),
            ("FETCH 1 UID FLAGS", .openParenthesis, 15), ("FETCH 1 UID (VANISHED)", .fetchModifier, 16),
            ("FETCH 1 UID (CHANGEDSINCE x)", .modSeq, 29),
            ("FETCH 1 UID (CHANGEDSINCE 9223372036854775808)", .modSeq, 29),
            ("FETCH 1 (UID))", .endOfCommand, 16), ("FETCH 0 UID", .nonZeroNumber, 9),
        ] as [(String, WireSyntaxError.Expectation, Int)]
    )
    func refuses(_ text: String, _ expected: WireSyntaxError.Expectation, _ offset: Int) {
        let error = WireSyntaxError(expected: expected, offset: offset)
        #expect(refusal("a1 " + text) == IMAPRefusal(tag: "a1", reason: .syntax(error)))
    }

    @Test("items, header names and part numbers have their limits")
    func limits() throws {
        let items = Array(repeating: "UID", count: IMAPLimits.fetchItemsMax).joined(separator: " ")
        #expect(throws: Never.self) { try command("FETCH 1 (\(items))") }
        #expect(expectation("FETCH 1 (\(items) UID)") == .fetchItemCount)
        let names = Array(repeating: "a", count: IMAPLimits.headerFieldsMax).joined(separator: " ")
        #expect(throws: Never.self) { try command("FETCH 1 BODY[HEADER.FIELDS (\(names))]") }
        #expect(expectation("FETCH 1 BODY[HEADER.FIELDS (\(names) a)]") == .headerFieldCount)
        let part = Array(repeating: "1", count: IMAPLimits.partDepthMax).joined(separator: ".")
        #expect(throws: Never.self) { try command("FETCH 1 BODY[\(part)]") }
        #expect(expectation("FETCH 1 BODY[\(part).1]") == .sectionPartDepth)
    }

    @Test("only what shows a body marks it as read")
    func seen() {
        #expect(FetchItem.rfc822.setsSeen && FetchItem.rfc822Text.setsSeen)
        #expect(!FetchItem.rfc822Header.setsSeen && !FetchItem.body.setsSeen && !FetchItem.envelope.setsSeen)
        #expect(FetchItem.section(BodySection(text: .all), partial: nil, isPeek: false).setsSeen)
        #expect(!FetchItem.section(BodySection(text: .all), partial: nil, isPeek: true).setsSeen)
    }

    @Test("a partial range is cut to what there is")
    func partialRanges() {
        #expect(FetchPartial(origin: 0, octets: 5).range(in: 3) == 0..<3)
        #expect(FetchPartial(origin: 2, octets: 5).range(in: 10) == 2..<7)
        #expect(FetchPartial(origin: 10, octets: 5).range(in: 10).isEmpty)
        #expect(FetchPartial(origin: .max, octets: .max).range(in: 10).isEmpty)
    }
}
