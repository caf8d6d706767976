import Testing

@testable import SieveLanguage

@Suite("comparators and match types")
struct MatchingTests {
    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(
        "equal strings of a comparator fold to the same octets",
        arguments: [
            (SieveComparator.octet, "a", "A", false), (.asciiCasemap, "aBc", "AbC", true),
            (.asciiCasemap, "ä", "Ä", false),
            (.unicodeCasemap, "ä", "Ä", true), (.unicodeCasemap, "e\u{301}", "É", true),
            (.unicodeCasemap, "ǆ", "ǅ", true),
            (.unicodeCasemap, "\u{212B}", "å", true), (.unicodeCasemap, "각", "\u{1100}\u{1161}\u{11A8}", true),
            (.unicodeCasemap, "ß", "ss", false), (.unicodeCasemap, "ж", "Ж", true), (.asciiNumeric, "007", "7x", true),
            (.asciiNumeric, "", "abc", true), (.asciiNumeric, "0", "", false),
        ]
    )
    func equality(_ comparator: SieveComparator, _ left: String, _ right: String, _ expected: Bool) {
        #expect(comparator.isEqual(Self.bytes(left), toFolded: comparator.folded(Self.bytes(right))) == expected)
    }

    @Test(
        "numbers of any length are ordered, and what is none is above all",
        arguments: [
            ("10", "9", 1), ("9", "10", -1), ("0010", "10", 0),
            ("99999999999999999999999", "100000000000000000000000", -1),
            ("x", "5", 1), ("5", "", -1), ("-5", "6", 1),
        ]
    )
    func numericOrder(_ left: String, _ right: String, _ expected: Int) {
        #expect(SieveComparator.asciiNumeric.order(Self.bytes(left), Self.bytes(right)) == expected)
    }

    @Test("a long key is found as a short one is, at every place")
    func longKeys() {
        let key = Self.bytes(String(repeating: "ab", count: 30) + "c")
        for offset in 0..<50 {
            let text = Self.bytes(String(repeating: "AB", count: offset)) + key.map { $0 } + Self.bytes("x")
            #expect(SieveComparator.asciiCasemap.contains(text, folded: key))
        }
        #expect(!SieveComparator.octet.contains(Self.bytes(String(repeating: "ab", count: 500)), folded: key))
    }

    @Test(
        "each wildcard stands for as little as it can, from left to right",
        arguments: [
            ("*", "abc", ["abc"]), ("a*c", "abbc", ["bb"]), ("*,*", "a,b,c", ["a", "b,c"]),
            ("?*?", "abcd", ["a", "bc", "d"]),
            ("**", "ab", ["", "ab"]), ("*a", "aaa", ["aa"]), ("\\*?", "*x", ["x"]),
            ("[*] *", "[tag] text", ["tag", "text"]),
            ("?", "ü", ["ü"]), ("", "", []), ("*", "", [""]), ("a\\", "a\\", []),
        ]
    )
    func wildcards(_ pattern: String, _ value: String, _ expected: [String]) throws {
        for comparator in [SieveComparator.asciiCasemap, .unicodeCasemap] {
            var steps = 0
            let glob = GlobPattern(Self.bytes(pattern), comparator: comparator)
            let found = try #require(glob.match(Self.bytes(value), steps: &steps, stepsMax: 1_000))
            #expect(found.map { String(decoding: Self.bytes(value)[$0], as: UTF8.self) } == expected)
        }
    }

    @Test(
        "what does not match is not matched",
        arguments: [("a", "ab"), ("?", ""), ("a?", "a"), ("*x", "xy"), ("\\*", "x"), ("*a*b*c", "acb"), ("A\\?", "ab")]
    )
    func noMatch(_ pattern: String, _ value: String) {
        var steps = 0
        let glob = GlobPattern(Self.bytes(pattern), comparator: .octet)
        #expect(glob.match(Self.bytes(value), steps: &steps, stepsMax: 1_000) == nil)
    }

    @Test(
        "relations compare each value with each key, counts the number of values",
        arguments: [
            (":value \"gt\" :comparator \"i;ascii-numeric\" \"x-score\" \"5\"", true),
            (":value \"gt\" \"x-score\" \"5\"", false), (":value \"lt\" \"subject\" \"b\"", true),
            (":value \"ne\" \"subject\" \"apple\"", false),
            (":count \"eq\" :comparator \"i;ascii-numeric\" [\"x-score\", \"received\"] \"3\"", true),
            (":count \"ge\" :comparator \"i;ascii-numeric\" \"received\" [\"7\", \"2\"]", true),
            (":count \"eq\" :comparator \"i;ascii-numeric\" \"x-none\" \"0\"", true),
        ]
    )
    func relational(_ arguments: String, _ expected: Bool) throws {
        let message = "X-Score: 10\nSubject: apple\nReceived: a\nReceived: b\n\n"
        let capabilities = ["relational", "comparator-i;ascii-numeric"]
        #expect(try holds("header \(arguments)", require: capabilities, on: message) == expected)
    }

    @Test("a comparator that cannot look inside strings is refused where it would have to")
    func numericSubstrings() {
        let script =
            "require \"comparator-i;ascii-numeric\"; if header :contains :comparator \"i;ascii-numeric\" \"a\" \"1\" {}"
        #expect(compile(script).errors.count == 1)
    }
}
