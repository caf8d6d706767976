internal import MailTypes

/// Which questions are being asked and who waits for each: equal questions are asked once.
///
/// A question stays open until the library answers it, even when nobody waits any more: its answer serves the next.
struct OpenQuestions {
    typealias Instant = ContinuousClock.Instant
    typealias Completion = @Sendable (DNSOutcome) -> Void

    struct Waiter {
        let number: UInt64
        let deadline: Instant
        let completion: Completion
    }

    /// What is to be done for a new waiter.
    enum Admission: Equatable {
        /// The library must be asked.
        case opened
        /// The question is already on its way.
        case joined
        case refused(reason: String)
    }

    private let limits: ResolverLimits
    private var waiters: [DNSQuestion: [Waiter]] = [:]
    private(set) var waitersCount = 0

    init(limits: ResolverLimits) {
        self.limits = limits
    }

    var count: Int { self.waiters.count }

    mutating func admit(_ waiter: Waiter, for question: DNSQuestion) -> Admission {
        guard self.waitersCount < self.limits.waitersMax else {
            return .refused(reason: "\(self.limits.waitersMax) callers wait for the DNS already")
        }
        if self.waiters[question] != nil {
            self.waiters[question]?.append(waiter)
            self.waitersCount += 1
            return .joined
        }
        guard self.waiters.count < self.limits.openQuestionsMax else {
            return .refused(reason: "\(self.limits.openQuestionsMax) questions to the DNS are open already")
        }
        self.waiters[question] = [waiter]
        self.waitersCount += 1
        return .opened
    }

    /// Closes the question and hands over who waited for it.
    mutating func close(_ question: DNSQuestion) -> [Waiter] {
        let waiting = self.waiters.removeValue(forKey: question) ?? []
        self.waitersCount -= waiting.count
        return waiting
    }

    /// Closes all questions.
    mutating func closeAll() -> [Waiter] {
        let waiting = self.waiters.values.flatMap { $0 }
        self.waiters = [:]
        self.waitersCount = 0
        return waiting
    }

    /// The waiter no longer wants an answer; `nil` when it has one.
    mutating func withdraw(_ number: UInt64, from question: DNSQuestion) -> Waiter? {
        guard let place = self.waiters[question]?.firstIndex(where: { $0.number == number }) else { return nil }
        self.waitersCount -= 1
        return self.waiters[question]?.remove(at: place)
    }

    /// Hands over who has waited long enough, and says when the next one will have.
    mutating func takeOverdue(at now: Instant) -> (overdue: [Waiter], next: Instant?) {
        var overdue: [Waiter] = []
        var next: Instant?
        for (question, waiting) in self.waiters {
            if waiting.contains(where: { $0.deadline <= now }) {
                overdue += waiting.filter { $0.deadline <= now }
                self.waiters[question] = waiting.filter { $0.deadline > now }
            }
            for waiter in waiting where waiter.deadline > now { next = min(next ?? waiter.deadline, waiter.deadline) }
        }
        self.waitersCount -= overdue.count
        return (overdue, next)
    }
}
