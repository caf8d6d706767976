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
