import IMAPWire
import MailStore
import MailTypes
import Testing

@testable import IMAPServer

@Suite("one search", .serialized, .timeLimit(.minutes(10)))
struct SearchJobTests {
    @Test("however often $ stands in a search, its messages are looked up once and shared")
    func savedOnce() async throws {
        let bench = try await MailboxViewTests.Bench(messages: 9)
        defer { bench.close() }
        let view = MailboxView(try await bench.live.state())
        var compiler = Self.compiler(view, saved: [1...2, 4...4, 7...9])
        let key = SearchKey.and([.messages(.saved), .not(.uid(.saved)), .or(.uid(.saved), .not(.messages(.saved)))])
        let found = Self.ranges(in: try compiler.compile(key))
        #expect(found.count == 4)
        #expect(found.allSatisfy { $0 == [0..<2, 3..<4, 6..<9] })
        #expect(Set(found.map(Self.address(of:))).count == 1)
    }

    @Test("$ and numbers beside each other keep their meaning")
    func savedAmongNumbers() async throws {
        let bench = try await MailboxViewTests.Bench(messages: 5)
        defer { bench.close() }
        let view = MailboxView(try await bench.live.state())
        var compiler = Self.compiler(view, saved: [2...3])
        let set = MessageSet.numbers(SequenceSet(ranges: [SequenceSet.Range(.number(3), .highest)]))
        let key = SearchKey.and([.messages(.saved), .messages(set), .uid(.saved), .uid(set)])
        let found = Self.ranges(in: try compiler.compile(key))
        #expect(found == [[1..<3], [2..<5], [1..<3], [2..<5]])
    }

    @Test("the more keys look into each message, the fewer messages one visit reads")
    func visits() async throws {
        try await withSite { site in
            let text = "a: b\r\n\r\n" + String(repeating: "x", count: 99_992)
            try await site.add(Array(repeating: text, count: 50))
            let account = try site.account("alice")
            let inbox = try #require(try await site.store.mailbox(named: .inbox, of: account))
            let view = MailboxView(try await site.store.open(inbox.id, of: account).state())
            for (keys, count) in [(1, 42), (7, 42), (80, 4)] {
                let absent = (0..<keys).map { SearchKey.not(.header("a", SearchText("word \($0)"))) }
                var compiler = Self.compiler(view, saved: [])
                let job = SearchJob(
                    condition: try compiler.compile(.and(absent)),
                    view: view,
                    recentStart: UID(rawValue: 1)
                )
                let step = try await site.store.read(of: account) { try job.read(Array(0..<50), from: 0, $0) }
                #expect(step.count == count, "\(keys) keys")
                #expect(step.found == Array(0..<count))
            }
        }
    }

    private static func compiler(_ view: MailboxView, saved: [ClosedRange<UInt32>]) -> SearchCompiler {
        SearchCompiler(view: view, saved: saved, keywords: KeywordTable(), now: Instant(secondsSince1970: 0))
    }

    /// All sets of messages in a condition, in its order.
    private static func ranges(in condition: SearchCondition) -> [[Range<Int>]] {
        switch condition {
        case .indices(let ranges): [ranges]
        case .not(let condition): Self.ranges(in: condition)
        case .and(let conditions), .or(let conditions): conditions.flatMap { Self.ranges(in: $0) }
        default: []
        }
    }

    /// Where an array's elements are: the same for arrays that share them.
    private static func address(of ranges: [Range<Int>]) -> Int {
        unsafe ranges.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
    }
}
