import MailTypes
import Testing

@testable import Resolver

@Suite("open questions")
struct OpenQuestionsTests {
    private let start = ContinuousClock.now
    private let first = DNSQuestion("a.example", .a)
    private let second = DNSQuestion("b.example", .a)

    @Test("equal questions are asked once and answered to each who waits")
    func singleFlight() {
        var open = OpenQuestions(limits: .init())
        #expect(open.admit(self.waiter(1), for: self.first) == .opened)
        #expect(open.admit(self.waiter(2), for: self.first) == .joined)
        #expect(open.admit(self.waiter(3), for: self.second) == .opened)
        #expect(open.close(self.first).map(\.number) == [1, 2])
        #expect(open.close(self.first).isEmpty)
        #expect(open.count == 1)
        #expect(open.waitersCount == 1)
        #expect(open.admit(self.waiter(4), for: self.first) == .opened)
    }

    @Test("a question nobody waits for stays open, so that the next who asks it joins")
    func withdrawal() {
        var open = OpenQuestions(limits: .init())
        _ = open.admit(self.waiter(1), for: self.first)
        #expect(open.withdraw(1, from: self.first)?.number == 1)
        #expect(open.withdraw(1, from: self.first) == nil)
        #expect(open.waitersCount == 0)
        #expect(open.admit(self.waiter(2), for: self.first) == .joined)
        #expect(open.close(self.first).map(\.number) == [2])
    }

    @Test("who has waited long enough is let go, the others wait on")
    func deadlines() {
        var open = OpenQuestions(limits: .init())
        _ = open.admit(self.waiter(1, seconds: 5), for: self.first)
        _ = open.admit(self.waiter(2, seconds: 9), for: self.first)
        _ = open.admit(self.waiter(3, seconds: 7), for: self.second)
        var (overdue, next) = open.takeOverdue(at: self.start + .seconds(4))
        #expect(overdue.isEmpty)
        #expect(next == self.start + .seconds(5))
        (overdue, next) = open.takeOverdue(at: self.start + .seconds(7))
        #expect(overdue.map(\.number).sorted() == [1, 3])
        #expect(next == self.start + .seconds(9))
        #expect(open.waitersCount == 1)
        #expect(open.close(self.first).map(\.number) == [2])
        #expect(open.takeOverdue(at: self.start + .seconds(99)).next == nil)
    }

    @Test("more questions than may be open are refused, joining an open one is not")
    func questionsMax() {
        var limits = ResolverLimits()
        limits.openQuestionsMax = 1
        var open = OpenQuestions(limits: limits)
        _ = open.admit(self.waiter(1), for: self.first)
        #expect(
            open.admit(self.waiter(2), for: self.second) == .refused(reason: "1 questions to the DNS are open already")
        )
        #expect(open.admit(self.waiter(3), for: self.first) == .joined)
        _ = open.close(self.first)
        #expect(open.admit(self.waiter(4), for: self.second) == .opened)
    }

    @Test("more callers than may wait are refused")
    func waitersMax() {
        var limits = ResolverLimits()
        limits.waitersMax = 2
        var open = OpenQuestions(limits: limits)
        _ = open.admit(self.waiter(1), for: self.first)
        _ = open.admit(self.waiter(2), for: self.first)
        #expect(open.admit(self.waiter(3), for: self.first) == .refused(reason: "2 callers wait for the DNS already"))
        _ = open.withdraw(2, from: self.first)
        #expect(open.admit(self.waiter(4), for: self.first) == .joined)
    }

    @Test("closing all hands over everybody")
    func closeAll() {
        var open = OpenQuestions(limits: .init())
        _ = open.admit(self.waiter(1), for: self.first)
        _ = open.admit(self.waiter(2), for: self.second)
        #expect(open.closeAll().map(\.number).sorted() == [1, 2])
        #expect(open.count == 0)
        #expect(open.waitersCount == 0)
    }

    private func waiter(_ number: UInt64, seconds: Int = 5) -> OpenQuestions.Waiter {
        .init(number: number, deadline: self.start + .seconds(seconds)) { _ in }
    }
}
