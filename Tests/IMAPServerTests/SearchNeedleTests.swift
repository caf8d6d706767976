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
}
