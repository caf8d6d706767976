import IMAPWire
import MailTypes
import NIOCore
import Testing

@Suite("flags (RFC 9051 §2.3.2)")
struct FlagGrammarTests {
    @Test(
        "reads lists of flags and keywords",
        arguments: [
            ("()", FlagSelection()),
            ("(\\Seen)", FlagSelection(system: .seen)),
            ("(\\seen \\ANSWERED \\Flagged \\Deleted \\Draft)", FlagSelection(system: .systemFlags)),
            ("($Forwarded Work)", FlagSelection(keywords: ["$Forwarded", "Work"])),
            ("(work WORK Work \\Seen \\Seen)", FlagSelection(system: .seen, keywords: ["work"])),
            ("(\\Recent \\Seen)", FlagSelection(system: .seen)),
        ]
    )
    func lists(_ text: String, _ flags: FlagSelection) {
        expectTakes(text, flags) { cursor throws(WireSyntaxError) in try cursor.takeFlagList() }
    }

    @Test(
        "refuses what is no list of flags",
        arguments: [
            "", "\\Seen", "(", "(\\Seen", "( \\Seen)", "(\\Seen )", "(\\Seen  \\Draft)", "(\\)", "(\\Foo)", "(\\*)",
            "(\\Seenx)", "(a(b))", "(\"quoted\")", "(a]b)", "(\u{e9})",
        ]
    )
    func noLists(_ text: String) {
        expectRefuses(text) { cursor throws(WireSyntaxError) in try cursor.takeFlagList() }
    }

    @Test("lists and keywords have their limits")
    func limits() {
        let full = (0..<IMAPLimits.flagsMax).map { "k\($0)" }
        expectTakes("(" + full.joined(separator: " ") + ")", FlagSelection(keywords: full), before: [""]) {
            cursor throws(WireSyntaxError) in
            try cursor.takeFlagList()
        }
        expectRefuses("(" + full.joined(separator: " ") + " x)", .flagList) { cursor throws(WireSyntaxError) in
            try cursor.takeFlagList()
        }
        let longest = String(repeating: "k", count: IMAPLimits.keywordOctetsMax)
        #expect(throws: Never.self) { try command("STORE 1 +FLAGS (\(longest))") }
        #expect(expectation("STORE 1 +FLAGS (\(longest)k)") == .flag)
    }

    @Test(
        "STORE: add, remove, replace, silently or not, with or without parentheses",
        arguments: [
            ("STORE 1 FLAGS ()", .replace, false, FlagSelection(), nil),
            ("STORE 1 +FLAGS (\\Deleted)", .add, false, FlagSelection(system: .deleted), nil),
            ("STORE 1 -flags.silent \\Seen work", .remove, true, FlagSelection(system: .seen, keywords: ["work"]), nil),
            (
                "STORE 1 (UNCHANGEDSINCE 320162338) +FLAGS.SILENT (\\Deleted)", .add, true,
                FlagSelection(system: .deleted),
                320_162_338
            ),
            ("STORE 1 (unchangedsince 0) FLAGS \\Draft", .replace, false, FlagSelection(system: .draft), 0),
        ] as [(String, StoreRequest.Operation, Bool, FlagSelection, Int64?)]
    )
    func store(
        _ text: String,
        _ operation: StoreRequest.Operation,
        _ silent: Bool,
        _ flags: FlagSelection,
        _ since: Int64?
    )
        throws
    {
        var expected = StoreRequest(
            numbering: .sequence,
            messages: .numbers(.numbers(1)),
            operation: operation,
            isSilent: silent,
            flags: flags,
            unchangedSince: since.map(ModSeq.init)
        )
        #expect(try command(text) == .store(expected))
        expected.numbering = .uid
        #expect(try command("UID " + text) == .store(expected))
    }

    @Test(
        "STORE refuses the rest",
        arguments: [
            ("STORE", .space), ("STORE 1", .space), ("STORE 1 ", .storeItem), ("STORE 1 FLAGS", .space),
            ("STORE 1 FLAGS ", .flag), ("STORE 1 ++FLAGS (a)", .storeItem), ("STORE 1 FLAG (a)", .storeItem),
            ("STORE 1 FLAGS.LOUD (a)", .storeItem), ("STORE 1 (CHANGEDSINCE 1) FLAGS (a)", .storeModifier),
            ("STORE 1 () FLAGS (a)", .storeModifier), ("STORE 1 (UNCHANGEDSINCE) FLAGS (a)", .space),
            ("STORE 1 (UNCHANGEDSINCE -1) FLAGS (a)", .modSeq), ("STORE 1 FLAGS (a) b", .endOfCommand),
            ("STORE x FLAGS (a)", .sequenceSet), ("STORE 1 FLAGS (a", .closeParenthesis),
        ] as [(String, WireSyntaxError.Expectation)]
    )
    func storeRefuses(_ text: String, _ expected: WireSyntaxError.Expectation) {
        #expect(expectation(text) == expected)
    }
}
