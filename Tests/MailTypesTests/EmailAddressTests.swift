import MailTypes
import Testing

@Suite("e-mail address")
struct EmailAddressTests {
    @Test(
        "the local part is quoted where its characters ask for it",
        arguments: [
            ("alice", "alice@example.org"),
            ("a.b+c", "a.b+c@example.org"),
            ("a b", #""a b"@example.org"#),
            (".a", #"".a"@example.org"#),
            ("a..b", #""a..b"@example.org"#),
            ("", #"""@example.org"#),
            (#"a"b\c"#, #""a\"b\\c"@example.org"#),
            ("jürgen", "jürgen@example.org"),
            // A mark that joins the character before it hides neither a quote, a backslash nor a dot.
            ("a\"\u{301}> b", "\"a\\\"\u{301}> b\"@example.org"),
            ("\\\u{301}", "\"\\\\\u{301}\"@example.org"),
            ("a..\u{301}", "\"a..\u{301}\"@example.org"),
        ]
    )
    func quoting(_ localPart: String, _ text: String) {
        #expect(EmailAddress(localPart: localPart, domain: Domain("Example.ORG")).description == text)
    }

    @Test("domains compare without regard to case")
    func domainCase() {
        #expect(Domain("EXAMPLE.org") == Domain("example.ORG"))
        #expect(Domain("[192.0.2.1]").isAddressLiteral)
    }
}

@Suite("enhanced status")
struct EnhancedStatusTests {
    @Test("reads three numbers of the allowed classes and nothing else")
    func reads() {
        #expect(EnhancedStatus("5.1.1") == EnhancedStatus(5, 1, 1))
        #expect(EnhancedStatus("4.999.0")?.description == "4.999.0")
        let named: StaticString = "2.1.5"
        #expect(EnhancedStatus(named) == EnhancedStatus(2, 1, 5))
        for text in [
            "", "5", "5.1", "5.1.", ".1.1", "5..1", "3.1.1", "55.1.1", "5.1000.1", "5.1.1.1", "5.-1.1", "a.b.c",
        ] {
            #expect(EnhancedStatus(text) == nil, "\(text)")
        }
    }
}
