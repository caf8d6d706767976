import IMAPWire
import Testing

@testable import IMAPServer

@Suite("search text")
struct SearchNeedleTests {
    @Test(
        "a text is found whatever its case",
        arguments: [
            ("needle", "a NEEDLE in hay", true), ("needle", "needl", false), ("", "anything", true),
            ("straße", "STRASSE und Straße", true), ("ÜBER", "darüber", true), ("aab", "aaab", true),
            ("aba", "abba aba", true), ("x", "", false), ("abc", "ababababc", true), ("æ", "ae", false),
        ]
    )
    func found(needle: String, text: String, isFound: Bool) {
        #expect(SearchNeedle(SearchText(needle)).isFound(in: text) == isFound)
    }

    @Test(
        "an accent is the same whether it is written apart from its letter or with it",
        arguments: [
            ("caf\u{E9}", "a Cafe\u{301} there", true), ("cafe\u{301}", "CAF\u{C9}", true),
            ("cafe\u{301}", "CAFE\u{301}", true), ("caf\u{E9}", "cafe\u{300}", false), ("cafe", "cafe\u{301}", true),
            ("\u{AC01}", "\u{1100}\u{1161}\u{11A8}", true), ("\u{1100}\u{1161}", "\u{AC00}", true),
            ("\u{43C}\u{439}", "\u{41C}\u{418}\u{306}", true), ("\u{212B}", "a\u{30A}", true),
            ("\u{304C}", "\u{304B}\u{3099}", true), ("a\u{323}\u{302}", "a\u{302}\u{323}", true),
        ]
    )
    func normalForm(needle: String, text: String, isFound: Bool) {
        #expect(SearchNeedle(SearchText(needle)).isFound(in: text) == isFound)
    }

    @Test("lesson 20: the search equals looking at every place")
    func bruteForce() {
        var random = Seeded(state: 7)
        let letters = Array("abAB")
        for _ in 0..<2_000 {
            let text = String(
                (0..<Int.random(in: 0...20, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" }
            )
            let needle = String(
                (0..<Int.random(in: 1...4, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" }
            )
            let expected = text.lowercased().contains(needle.lowercased())
            #expect(SearchNeedle(SearchText(needle)).isFound(in: text) == expected)
        }
    }

    @Test("a text that nearly holds a long needle everywhere is searched in steps as many as it has octets")
    func nearMisses() {
        let half = String(repeating: "a", count: 32_000)
        let needle = SearchNeedle(SearchText(half + "b" + half))
        // Compared place by place this would be some 10 to the power of 12 comparisons: hours.
        let text = String(repeating: "a", count: 40 << 20)
        #expect(!needle.isFound(in: text))
        #expect(needle.isFound(in: text + "b" + half))
        #expect(!needle.isFound(in: text + "b" + half.dropLast()))
    }

    @Test("lesson 20: near misses do not hide what is there")
    func bruteForceAmongNearMisses() {
        var random = Seeded(state: 11)
        for _ in 0..<500 {
            let text = String((0..<400).map { _ in Int.random(in: 0..<40, using: &random) == 0 ? "b" : "a" })
            let start = text.index(text.startIndex, offsetBy: Int.random(in: 0..<300, using: &random))
            var needle = String(text[start...].prefix(Int.random(in: 20...90, using: &random)))
            if Bool.random(using: &random) { needle += "ab" }
            #expect(SearchNeedle(SearchText(needle)).isFound(in: text) == text.contains(needle))
        }
    }
}
