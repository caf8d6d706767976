import Synchronization
import Testing

@testable import SenderAuth

@Suite("what was made of texts")
struct TextMemoTests {
    /// A memo that makes text of octets, and how often it has done so.
    private final class Counted: Sendable {
        private let made = Mutex(0)
        let countMax: Int
        let octetsMax: Int

        init(countMax: Int = 100, octetsMax: Int = 1 << 20) {
            self.countMax = countMax
            self.octetsMax = octetsMax
        }

        var count: Int { self.made.withLock { $0 } }

        func memo() -> TextMemo<String> {
            TextMemo(
                countMax: self.countMax,
                octetsMax: self.octetsMax,
                octets: { $0.utf8.count },
                make: { text in
                    self.made.withLock { $0 += 1 }
                    return String(decoding: text, as: UTF8.self)
                }
            )
        }
    }

    @Test("a text is made into a value once, and another text never gets its value")
    func once() {
        let made = Counted()
        let memo = made.memo()
        for _ in 1...3 {
            for text in ["", "a", "b", "ab", "A"] { #expect(memo.value(of: Array(text.utf8)) == text) }
        }
        #expect(made.count == 5)
    }

    @Test("there are never more than two generations of values")
    func count() {
        let made = Counted(countMax: 10)
        let memo = made.memo()
        for number in 1...1_000 {
            #expect(memo.value(of: Array("\(number)".utf8)) == "\(number)")
            #expect(memo.count <= 20)
        }
        #expect(memo.count > 10)
    }

    @Test("what is used again and again stays though others come and go")
    func frequent() {
        let made = Counted(countMax: 10)
        let memo = made.memo()
        for number in 1...1_000 {
            _ = memo.value(of: Array("\(number)".utf8))
            _ = memo.value(of: Array("often".utf8))
        }
        #expect(made.count == 1_001)
    }

    @Test("octets are bounded as well, and what alone would take much of the room is not kept")
    func octets() {
        let made = Counted(octetsMax: 16 << 10)
        let memo = made.memo()
        for number in 1...100 { _ = memo.value(of: Array("\(number) \(String(repeating: "x", count: 300))".utf8)) }
        #expect(memo.count <= 2 * (16 << 10) / (2 * 300 + 128))
        let large = [UInt8](repeating: 0x78, count: 600)
        let before = (memo.count, made.count)
        for _ in 1...2 { _ = memo.value(of: large) }
        #expect((memo.count, made.count) == (before.0, before.1 + 2))
    }
}
