import IMAPWire
import NIOCore
import Testing

@Suite("annotations on the wire (RFC 5464)")
struct MetadataGrammarTests {
    private static let inbox = WireMailbox("INBOX")

    private static func takeGet(_ cursor: inout WireCursor) throws(WireSyntaxError) -> GetMetadataRequest {
        try cursor.takeGetMetadata()
    }

    private static func takeSet(_ cursor: inout WireCursor) throws(WireSyntaxError) -> SetMetadataRequest {
        try cursor.takeSetMetadata()
    }

    @Test(
        "GETMETADATA with its options before or behind the mailbox",
        arguments: [
            ("\"\" /shared/comment", GetMetadataRequest(mailbox: WireMailbox(""), entries: ["/shared/comment"])),
            (
                "inbox (/Shared/Comment \"/private/a b\")",
                nil
            ),
            (
                "inbox (/Shared/Comment /private/a)",
                GetMetadataRequest(mailbox: Self.inbox, entries: ["/shared/comment", "/private/a"])
            ),
            (
                "(MAXSIZE 1024) INBOX ({17}\r\n/private/comment1)",
                GetMetadataRequest(mailbox: Self.inbox, entries: ["/private/comment1"], octetsMax: 1_024)
            ),
            (
                "(depth 1) INBOX (/private/filters/values)",
                GetMetadataRequest(mailbox: Self.inbox, entries: ["/private/filters/values"], depth: .one)
            ),
            (
                "\"INBOX\" (DEPTH infinity MAXSIZE 0) (/private /shared)",
                GetMetadataRequest(
                    mailbox: Self.inbox,
                    entries: ["/private", "/shared"],
                    depth: .infinity,
                    octetsMax: 0
                )
            ),
            ("(DEPTH 0) a /shared/x", GetMetadataRequest(mailbox: WireMailbox("a"), entries: ["/shared/x"])),
        ] as [(String, GetMetadataRequest?)]
    )
    func get(_ text: String, _ expected: GetMetadataRequest?) throws {
        guard let expected else {
            expectRefuses(text, .metadataEntry, Self.takeGet)
            return
        }
        #expect(try command("GETMETADATA " + text) == .getMetadata(expected))
        expectTakes(text, expected, before: ["", "\r\n"], Self.takeGet)
    }

    @Test(
        "SETMETADATA with strings, literals of both kinds and NIL",
        arguments: [
            (
                "INBOX (/private/comment {3}\r\nM\u{fc} /shared/comment NIL)",
                [("/private/comment", Array("M\u{fc}".utf8)), ("/shared/comment", nil)]
            ),
            ("inbox (/PRIVATE/a ~{4+}\r\n\0\r\n\u{1})", [("/private/a", [0, 13, 10, 1])]),
            ("INBOX (\"/shared/a\" \"\")", [("/shared/a", [])]),
            ("INBOX (/shared/a \"\\\"\\\\\")", [("/shared/a", Array("\"\\".utf8))]),
        ] as [(String, [(String, [UInt8]?)])]
    )
    func set(_ text: String, _ entries: [(String, [UInt8]?)]) throws {
        let expected = SetMetadataRequest(
            mailbox: Self.inbox,
            entries: entries.map { MetadataEntry(name: $0.0, value: $0.1) }
        )
        #expect(try command("SETMETADATA " + text) == .setMetadata(expected))
        expectTakes(text, expected, Self.takeSet)
    }

    @Test(
        "names that cannot be",
        arguments: [
            "/comment", "private/a", "/private/", "/private//a", "/private/a/", "\"/private/a*\"", "\"/private/a%\"",
            "\"/private/\u{e4}\"", "\"/private/a\u{1}\"", "/sharedx/a", "/", "\"\"",
            "/private/" + String(repeating: "a", count: 504),
        ]
    )
    func names(_ name: String) {
        #expect(expectation("GETMETADATA INBOX \(name)") == .metadataEntry)
        #expect(expectation("SETMETADATA INBOX (\(name) NIL)") == .metadataEntry)
    }

    @Test(
        "what is refused",
        arguments: [
            ("GETMETADATA INBOX", .space), ("GETMETADATA (SIZE 1) INBOX /private/a", .metadataOption),
            ("GETMETADATA (DEPTH 2) INBOX /private/a", .metadataDepth),
            ("GETMETADATA (MAXSIZE) INBOX /private/a", .space),
            ("GETMETADATA () INBOX /private/a", .metadataOption), ("GETMETADATA INBOX ()", .astring),
            ("GETMETADATA (MAXSIZE -1) INBOX /private/a", .number), ("SETMETADATA INBOX ()", .astring),
            ("SETMETADATA INBOX (/private NIL)", .metadataEntry), ("SETMETADATA INBOX (/private/a)", .space),
            ("SETMETADATA INBOX (/private/a x)", .nilOrString), ("SETMETADATA INBOX /private/a NIL", .openParenthesis),
            ("SETMETADATA INBOX (/private/a ~\"x\")", .literal),
        ] as [(String, WireSyntaxError.Expectation)]
    )
    func refusals(_ text: String, _ expected: WireSyntaxError.Expectation) {
        #expect(expectation(text) == expected)
    }

    @Test("no more entries than the limit in one command")
    func counts() {
        let most = Array(repeating: "/private/a", count: IMAPLimits.metadataEntriesMax)
        #expect(expectation("GETMETADATA INBOX (\(most.joined(separator: " ")))") == nil)
        #expect(
            expectation("GETMETADATA INBOX (\((most + ["/private/b"]).joined(separator: " ")))") == .metadataEntryCount
        )
        let values = most.map { $0 + " NIL" }
        #expect(expectation("SETMETADATA INBOX (\(values.joined(separator: " ")))") == nil)
        #expect(
            expectation("SETMETADATA INBOX (\((values + ["/a NIL"]).joined(separator: " ")))") == .metadataEntryCount
        )
    }

    @Test("the response has a string, a literal or a literal8, as the value needs it")
    func response() {
        let entries = [
            MetadataEntry(name: "/shared/comment", value: Array("Ours".utf8)),
            MetadataEntry(name: "/private/a", value: nil),
            MetadataEntry(name: "/private/b", value: Array("a\r\nb".utf8)),
            MetadataEntry(name: "/private/c", value: [0]),
        ]
        let text = "(/shared/comment \"Ours\" /private/a NIL /private/b {4}\r\na\r\nb /private/c ~{1}\r\n\0)\r\n"
        #expect(written { $0.writeMetadata("INBOX", entries) } == "* METADATA INBOX " + text)
        #expect(written { $0.writeMetadata("", entries) } == "* METADATA \"\" " + text)
        #expect(written { $0.writeMetadata("INBOX", []) } == "")
    }
}
