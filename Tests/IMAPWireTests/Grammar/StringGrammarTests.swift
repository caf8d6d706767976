import IMAPWire
import NIOCore
import Testing

@Suite("atoms, strings and numbers (RFC 9051 §9)")
struct StringGrammarTests {
    @Test("a tag is any astring character but `+`", arguments: ["a1", "A]", "1.2", "$", "x-y_z"])
    func tags(_ text: String) {
        expectTakes(text, text, before: ["", " ", "+"]) { cursor throws(WireSyntaxError) in try cursor.takeTag() }
    }

    @Test("what is no tag is refused", arguments: ["", "+", "*", " a", "(a", "\"a\"", "{3}", "\\a", "%", "\u{e9}"])
    func noTags(_ text: String) {
        expectRefuses(text, .tag, at: 0) { cursor throws(WireSyntaxError) in try cursor.takeTag() }
    }

    @Test("a tag ends at its limit")
    func tagLimit() {
        let longest = String(repeating: "a", count: IMAPLimits.tagOctetsMax)
        expectTakes(longest, longest, before: ["", " "]) { cursor throws(WireSyntaxError) in try cursor.takeTag() }
        expectRefuses(longest + "a", .tag) { cursor throws(WireSyntaxError) in try cursor.takeTag() }
    }

    @Test("an atom stops at every special", arguments: Array("(){ %*\"\\]\u{7f}\u{1}"))
    func atomSpecials(_ special: Character) {
        expectTakes("ab+c", "ab+c", before: ["\(special)"]) { cursor throws(WireSyntaxError) in try cursor.takeAtom() }
        expectRefuses("\(special)", .atom) { cursor throws(WireSyntaxError) in try cursor.takeAtom() }
    }

    @Test(
        "an astring is an atom, a quoted string or a literal",
        arguments: [
            ("INBOX", "INBOX"), ("a]b", "a]b"), ("\"\"", ""), ("\"a b\"", "a b"), ("\"a\\\"b\\\\\"", "a\"b\\"),
            ("{0}\r\n", ""), ("{3}\r\nabc", "abc"), ("{3+}\r\na\"(", "a\"("), ("{2}\nab", "ab"),
            ("{4}\r\n\r\n\r\n", "\r\n\r\n"), ("\"\u{e9}\"", "\u{e9}"), ("{2}\r\n\u{e9}", "\u{e9}"),
            ("NIL", "NIL"),
        ]
    )
    func astrings(_ text: String, _ value: String) {
        expectTakes(text, Array(value.utf8)) { cursor throws(WireSyntaxError) in try cursor.takeAString() }
    }

    @Test(
        "broken strings are refused",
        arguments: [
            "", "(", "\"", "\"a", "\"a\\", "\"a\\b\"", "\"a\rb\"", "\"a\nb\"", "\"\0\"", "{", "{}", "{}\r\n", "{3}",
            "{3}\r\nab", "{3}abc", "{-1}\r\n", "{3++}\r\nabc", "{99999999999999999999}\r\n",
            "{9223372036854775807}\r\na",
            "%", "*", "\u{e9}",
        ]
    )
    func brokenStrings(_ text: String) {
        expectRefuses(text) { cursor throws(WireSyntaxError) in try cursor.takeAString() }
    }

    @Test("an nstring is a string or NIL in any case, and no atom")
    func nstrings() {
        expectTakes("NIL", [UInt8]?.none) { cursor throws(WireSyntaxError) in try cursor.takeNString() }
        expectTakes("nil", [UInt8]?.none) { cursor throws(WireSyntaxError) in try cursor.takeNString() }
        expectTakes("\"NIL\"", Array("NIL".utf8)) { cursor throws(WireSyntaxError) in try cursor.takeNString() }
        expectRefuses("NILS", .nilOrString) { cursor throws(WireSyntaxError) in try cursor.takeNString() }
        expectRefuses("abc", .nilOrString) { cursor throws(WireSyntaxError) in try cursor.takeNString() }
        expectRefuses("abc", .string) { cursor throws(WireSyntaxError) in try cursor.takeString() }
    }

    @Test("numbers are read to their bounds and not beyond")
    func numbers() {
        expectTakes("4294967295", UInt32.max) { cursor throws(WireSyntaxError) in try cursor.takeNumber() }
        expectTakes("0", UInt32(0)) { cursor throws(WireSyntaxError) in try cursor.takeNumber() }
        expectTakes("007", UInt32(7)) { cursor throws(WireSyntaxError) in try cursor.takeNumber() }
        expectRefuses("4294967296", .number) { cursor throws(WireSyntaxError) in try cursor.takeNumber() }
        expectTakes("9223372036854775807", UInt64(Int64.max)) { cursor throws(WireSyntaxError) in
            try cursor.takeNumber64()
        }
        for text in ["9223372036854775808", "18446744073709551616", "00000000000000000001", "", "-1"] {
            expectRefuses(text, .number64) { cursor throws(WireSyntaxError) in try cursor.takeNumber64() }
        }
        for text in ["0", "01", "", "a"] {
            expectRefuses(text, .nonZeroNumber) { cursor throws(WireSyntaxError) in try cursor.takeNonZeroNumber() }
        }
    }
}
