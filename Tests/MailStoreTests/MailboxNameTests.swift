import MailStore
import Testing

@Suite("mailbox names")
struct MailboxNameTests {
    @Test(
        "lesson 24: odd names are names",
        arguments: [
            "%", "*", ".", "..", "a.b", "100%", "Entwürfe", "日本語/受信", "&", "~peter", "a b", "\"quoted\"", "back\\slash",
            String(repeating: "n", count: 1_000), "tab\u{A0}space", "🐦",
        ]
    )
    func odd(text: String) {
        #expect(MailboxName(text)?.text == text)
    }

    @Test(
        "what cannot be a name is refused",
        arguments: [
            "", "/", "/a", "a//b", "a\u{0}b", "a\nb", "\u{7F}", "a\u{85}", String(repeating: "n", count: 1_001),
        ]
    )
    func refused(text: String) {
        #expect(MailboxName(text) == nil)
    }

    @Test("INBOX is one name in any case, also as the first level")
    func inbox() {
        #expect(MailboxName("inBox") == .inbox)
        #expect(MailboxName("inbox/Sub")?.text == "INBOX/Sub")
        #expect(MailboxName("Inboxes")?.text == "Inboxes")
        #expect(MailboxName("a/inbox")?.text == "a/inbox")
    }

    @Test("a separator at the end says only that mailboxes will come below")
    func trailing() {
        #expect(MailboxName("a/b/")?.text == "a/b")
    }

    @Test(
        "lesson 24: two spellings of one letter are two names, as they are two rows",
        arguments: [("caf\u{E9}", "cafe\u{301}"), ("\u{C5}", "\u{212B}"), ("\u{1100}\u{1161}", "\u{AC00}")]
    )
    func spellings(one: String, other: String) {
        #expect(one == other, "Swift sees one text here")
        #expect(name(one) != name(other))
        #expect(Set([name(one), name(other), name(one)]).count == 2)
        #expect((name(one) < name(other)) != (name(other) < name(one)))
        #expect(!name("\(other)/a").isBelow(name(one)))
    }

    @Test("a separator is one whatever stands beside it, be it a mark that joins it to a letter")
    func joined() {
        #expect(name("a/\u{301}b").ancestors == [name("a")])
        #expect(name("\u{600}/b").ancestors == [name("\u{600}")])
        #expect(MailboxName("\u{600}/")?.text == "\u{600}")
        #expect(MailboxName("a/\u{301}b//c") == nil)
        #expect(MailboxName(Array(repeating: "\u{301}a", count: 65).joined(separator: "/")) == nil)
        #expect(MailboxName("inbox/\u{301}b")?.text.utf8.elementsEqual("INBOX/\u{301}b".utf8) == true)
    }

    @Test("levels, parents and below")
    func levels() {
        #expect(name("a/b/c").ancestors == [name("a/b"), name("a")])
        #expect(name("a").parent == nil)
        #expect(name("a/b").isBelow(name("a")))
        #expect(!name("ab").isBelow(name("a")))
        #expect(!name("a").isBelow(name("a")))
    }

    @Test("more levels than are allowed are refused")
    func depth() {
        #expect(MailboxName(Array(repeating: "a", count: 64).joined(separator: "/")) != nil)
        #expect(MailboxName(Array(repeating: "a", count: 65).joined(separator: "/")) == nil)
    }
}
