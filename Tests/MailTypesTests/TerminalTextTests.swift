import MailTypes
import Testing

@Suite("text for terminals")
struct TerminalTextTests {
    @Test(
        "what a terminal would obey, or show in another order, is written as an escape",
        arguments: [
            ("Grüße, 世界 🙂 a\u{301}", "Grüße, 世界 🙂 a\u{301}"), ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("a\u{9b}31mb", "a\\u{9b}31mb"), ("\u{7}\u{7f}\t\r", "\\u{7}\\u{7f}\t\\u{d}"),
            ("a\u{202e}gpj.exe", "a\\u{202e}gpj.exe"), ("a\u{2028}b\u{2066}", "a\\u{2028}b\\u{2066}"), ("a\nb", "a\nb"),
            ("a\r\nb", "a\\u{d}\nb"),
        ]
    )
    func printable(_ text: String, _ expected: String) {
        #expect(TerminalText.printable(text) == expected)
    }

    @Test("within a line a line feed is an escape as well")
    func line() {
        #expect(TerminalText.printableLine("a\nb\u{9b}\n") == "a\\nb\\u{9b}\\n")
    }

    @Test("JSON stays the same JSON")
    func json() {
        let json = "{\n  \"a\" : \"x\u{9b}\u{202e}\u{e0001}é\"\n}"
        #expect(TerminalText.printableJSON(json) == "{\n  \"a\" : \"x\\u009b\\u202e\\udb40\\udc01é\"\n}")
    }
}
