import MIME
import Testing

/// What Dovecot 2.3.19 makes of the same fields; `_` stands for NIL.
@Suite("addresses")
struct AddressListTests {
    private static func show(_ text: String) -> String {
        let bytes = message(text)
        return AddressList.parse(0..<bytes.count, in: bytes.span).map { address in
            [address.name, address.route, address.mailbox, address.domain]
                .map { $0.map(latin) ?? "_" }.joined(separator: "|")
        }.joined(separator: " ; ")
    }

    @Test(
        "of the ordinary forms",
        arguments: [
            ("a@b", "_|_|a|b"), ("<a@b>", "_|_|a|b"), ("X <a@b>", "X|_|a|b"), ("\"X, Y\" <a@b>", "X, Y|_|a|b"),
            ("X Y. Z <a@b>", "X Y. Z|_|a|b"), ("a@b, c@d", "_|_|a|b ; _|_|c|d"), ("", ""), ("  ", ""),
            ("a@b (X)", "X|_|a|b"), ("(c) a@b", "_|_|a|b"), ("(X) <a@b> (Y)", "_|_|a|b"),
            ("a@[1.2.3.4]", "_|_|a|[1.2.3.4]"),
            ("\"a b\"@c", "_|_|a b|c"), ("\"a\\\"b\" <x@y>", "a\"b|_|x|y"), ("X\n Y <a@b>", "X Y|_|a|b"),
            ("\"X\n Y\" <a@b>", "X Y|_|a|b"), ("caf\u{E9}@b", "_|_|caf\u{E9}|b"), ("X\u{E9} <a@b>", "X\u{E9}|_|a|b"),
            ("a.b @ c . d", "_|_|a.b|c.d"), ("=?utf-8?q?X?= <a@b>", "=?utf-8?q?X?=|_|a|b"),
        ]
    )
    func ordinary(text: String, expected: String) {
        #expect(Self.show(text) == expected)
    }

    @Test(
        "all that any reader may find, also behind what breaks the grammar",
        arguments: [
            ("a@b", "a@b"), ("X <a@b>, c@d", "a@b c@d"), ("a@b <c@d>", "a@b c@d"), ("<a@b> <c@d>", "a@b c@d"),
            ("a@b; c@d", "a@b c@d"), ("a@b (x) c@d", "a@b c@d"), ("a@b c@d", "a@b c@d"), ("a@b\0c@d", "a@b c@d"),
            ("a@b]c@d", "a@b c@d"), ("a@b : c@d", "a@b c@d"),
            ("a@b > , c@d", "a@b MISSING_MAILBOX@MISSING_DOMAIN c@d"),
            ("a@b\\, c@d", "a@b MISSING_MAILBOX@MISSING_DOMAIN c@d"),
            ("", ""), ("(x)", ""), ("(x c@d", "nil"), ("\"c@d\" <a@b>", "a@b"),
            (String(repeating: "(x)", count: 50_000) + "c@d", "nil"), (String(repeating: "a@b;", count: 100), "nil"),
            (String(repeating: "a@b,", count: 11_000) + "c@d", "nil"),
        ]
    )
    func everything(text: String, expected: String) {
        let bytes = message(text)
        let all = AddressList.parseEverything(0..<bytes.count, in: bytes.span)
        let shown = all.map { list in
            list.map { "\($0.mailbox.map(latin) ?? "_")@\($0.domain.map(latin) ?? "_")" }.joined(separator: " ")
        }
        #expect(shown ?? "nil" == expected)
    }

    @Test(
        "of groups",
        arguments: [
            ("G: a@b, c@d;", "_|_|G|_ ; _|_|a|b ; _|_|c|d ; _|_|_|_"), ("G:;", "_|_|G|_ ; _|_|_|_"),
            ("G: ;, x@y", "_|_|G|_ ; _|_|_|_ ; _|_|x|y"), ("G: a@b", "_|_|G|_ ; _|_|a|b ; _|_|_|_"),
            ("undisclosed-recipients:;", "_|_|undisclosed-recipients|_ ; _|_|_|_"),
            ("\"G H\": a@b;", "_|_|G H|_ ; _|_|a|b ; _|_|_|_"),
        ]
    )
    func groups(text: String, expected: String) {
        #expect(Self.show(text) == expected)
    }

    @Test(
        "of obsolete and broken forms",
        arguments: [
            ("<@r1,@r2:a@b>", "_|@r1,@r2|a|b"), ("<@r1 a@b>", "_|INVALID_ROUTE|a|b"), ("a", "_|_|a|MISSING_DOMAIN"),
            ("a b", "a b|_|MISSING_MAILBOX|MISSING_DOMAIN"), ("<>", "_|_|MISSING_MAILBOX|MISSING_DOMAIN"),
            ("X <a>", "X|_|a|MISSING_DOMAIN"), ("X <a@b", "X|_|a|SYNTAX_ERROR"), ("a@b.", "_|_|a|MISSING_DOMAIN"),
            ("a..b@c", "_|_|a..b|c"), (".a@b", "_|_|.a|b"), ("a.@b", "_|_|a.|b"), ("a@b; c@d", "_|_|a|b"),
            ("a . b @ c . d", "a.  b|_|MISSING_MAILBOX|MISSING_DOMAIN"), ("a@", "_|_|a|MISSING_DOMAIN"),
            ("\"open <a@b>", "_|_|MISSING_MAILBOX|MISSING_DOMAIN"),
        ]
    )
    func broken(text: String, expected: String) {
        #expect(Self.show(text) == expected)
    }

    @Test("cut short at every byte they never trap")
    func everySplit() {
        let bytes = message("G (x): \"A\\\"B\" <@r:a.b@[1]>, c (d (e)) @ f.g; , h@i\n j <k@l>")
        for end in 0...bytes.count {
            for start in 0...end {
                let part = Array(bytes[start..<end])
                _ = AddressList.parse(0..<part.count, in: part.span)
            }
        }
    }

    @Test("beyond the limit are not listed")
    func limit() {
        let bytes = message(String(repeating: "a,", count: MIMELimits.addressesMax + 5))
        #expect(AddressList.parse(0..<bytes.count, in: bytes.span).count == MIMELimits.addressesMax)
    }

    @Test("lesson 9: comments in comments cost no stack and no time")
    func comments() {
        let bytes = message(String(repeating: "(", count: 60_000) + String(repeating: ")", count: 60_000) + "a@b")
        #expect(AddressList.parse(0..<bytes.count, in: bytes.span).last?.domain == Array("b".utf8))
        let open = message(String(repeating: "(", count: 1_000_000))
        #expect(AddressList.parse(0..<open.count, in: open.span).isEmpty)
    }
}
