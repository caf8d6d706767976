import MailTypes
import Testing

@testable import Resolver

@Suite("cache of decoded answers")
struct AnswerCacheTests {
    private let start = ContinuousClock.now

    @Test("an answer is served until its time to live is over, which counts down, and not a moment longer")
    func timeToLive() throws {
        var cache = AnswerCache(limits: .init())
        let question = Self.question("a.example")
        cache.store(.success(Self.text("one", timeToLive: 30)), for: question, seconds: 30, at: self.start)
        #expect(try cache.outcome(for: question, at: self.start)?.get().timeToLive == 30)
        #expect(try cache.outcome(for: question, at: self.start + .milliseconds(12_500))?.get().timeToLive == 17)
        #expect(try cache.outcome(for: question, at: self.start + .milliseconds(29_999))?.get().timeToLive == 0)
        #expect(cache.outcome(for: question, at: self.start + .seconds(30)) == nil)
        #expect(cache.count == 0)
        #expect(cache.octets == 0)
    }

    @Test("the kind of record is part of the question")
    func kinds() {
        var cache = AnswerCache(limits: .init())
        let name: DNSName = "a.example"
        cache.store(.success(Self.text("one")), for: DNSQuestion(name, .txt), seconds: 30, at: self.start)
        #expect(cache.outcome(for: DNSQuestion(name, .mx), at: self.start) == nil)
    }

    @Test("that there is no record is kept", arguments: [DNSFailure.nxdomain, .noData])
    func absence(_ failure: DNSFailure) {
        var cache = AnswerCache(limits: .init())
        cache.store(.failure(failure), for: Self.question("a.example"), seconds: 60, at: self.start)
        #expect(cache.outcome(for: Self.question("a.example"), at: self.start + .seconds(59)) == .failure(failure))
        #expect(cache.outcome(for: Self.question("a.example"), at: self.start + .seconds(60)) == nil)
    }

    @Test("what nobody could tell is not kept", arguments: [DNSFailure.temporary(reason: "x"), .bogus(reason: "x")])
    func failures(_ failure: DNSFailure) {
        var cache = AnswerCache(limits: .init())
        cache.store(.failure(failure), for: Self.question("a.example"), seconds: 60, at: self.start)
        #expect(cache.outcome(for: Self.question("a.example"), at: self.start) == nil)
    }

    @Test("a failure now ends what was known before")
    func failureReplaces() {
        var cache = AnswerCache(limits: .init())
        let question = Self.question("a.example")
        cache.store(.success(Self.text("one")), for: question, seconds: 60, at: self.start)
        cache.store(.failure(.bogus(reason: "x")), for: question, seconds: 60, at: self.start)
        #expect(cache.outcome(for: question, at: self.start) == nil)
        #expect(cache.octets == 0)
    }

    @Test("an answer that may not be kept is not kept")
    func zeroTimeToLive() {
        var cache = AnswerCache(limits: .init())
        cache.store(.success(Self.text("one")), for: Self.question("a.example"), seconds: 0, at: self.start)
        #expect(cache.outcome(for: Self.question("a.example"), at: self.start) == nil)
    }

    @Test("nothing is kept longer than the limits say, absence less long than records")
    func longest() {
        var limits = ResolverLimits()
        limits.keptSecondsMax = 100
        limits.absenceKeptSecondsMax = 10
        var cache = AnswerCache(limits: limits)
        let (present, absent) = (Self.question("present.example"), Self.question("absent.example"))
        cache.store(.success(Self.text("one")), for: present, seconds: .max, at: self.start)
        cache.store(.failure(.nxdomain), for: absent, seconds: .max, at: self.start)
        #expect(cache.outcome(for: present, at: self.start + .seconds(99)) != nil)
        #expect(cache.outcome(for: present, at: self.start + .seconds(100)) == nil)
        #expect(cache.outcome(for: absent, at: self.start + .seconds(9)) != nil)
        #expect(cache.outcome(for: absent, at: self.start + .seconds(10)) == nil)
    }

    @Test("a full cache lets go of what is not used, not of what is")
    func bounded() {
        var limits = ResolverLimits()
        limits.cachedAnswersMax = 100
        var cache = AnswerCache(limits: limits)
        let used = Self.question("used.example")
        cache.store(.success(Self.text("used")), for: used, seconds: 600, at: self.start)
        for number in 0..<1_000 {
            let question = Self.question(DNSName(stringLiteral: "n\(number).example"))
            cache.store(.success(Self.text("\(number)")), for: question, seconds: 600, at: self.start)
            #expect(cache.count <= 100)
            #expect(cache.outcome(for: used, at: self.start) != nil)
            #expect(cache.outcome(for: question, at: self.start) == .success(Self.text("\(number)", timeToLive: 600)))
        }
        #expect(cache.count == 100)
    }

    @Test("a cache full of octets lets go of answers, and none of them may take all the room")
    func boundedOctets() {
        var limits = ResolverLimits()
        limits.cachedOctetsMax = 100_000
        var cache = AnswerCache(limits: limits)
        for number in 0..<200 {
            let answer = Self.text(String(repeating: "x", count: 3_000))
            cache.store(
                .success(answer),
                for: Self.question(DNSName(stringLiteral: "n\(number).example")),
                seconds: 600,
                at: self.start
            )
            #expect(cache.octets <= 100_000)
        }
        #expect(cache.count > 25)
        let large = Self.text(String(repeating: "x", count: 50_000))
        cache.store(.success(large), for: Self.question("large.example"), seconds: 600, at: self.start)
        #expect(cache.outcome(for: Self.question("large.example"), at: self.start) == nil)
    }

    @Test("a cache of no answers keeps none")
    func off() {
        var limits = ResolverLimits()
        limits.cachedAnswersMax = 0
        var cache = AnswerCache(limits: limits)
        cache.store(.success(Self.text("one")), for: Self.question("a.example"), seconds: 60, at: self.start)
        #expect(cache.count == 0)
    }

    private static func question(_ name: DNSName) -> DNSQuestion { DNSQuestion(name, .txt) }

    private static func text(_ text: String, timeToLive: UInt32 = 60) -> DNSAnswer {
        DNSAnswer([.txt(Array(text.utf8))], timeToLive: timeToLive)
    }
}
