package import MailTypes
internal import Synchronization

/// Asks the DNS: what is a domain's mail host, its key, its policy, and can the answer be trusted?
///
/// It caches, checks signatures itself with its own anchor (RFC 4033 §6), follows aliases, and asks equal questions
/// once. Forged answers and missing ones are failures for now, never "no record" (RFC 4035 §4.3). It never blocks the
/// caller's thread and never serves an answer beyond its time to live, which the library counts in whole seconds.
package final class Resolver: Sendable {
    package typealias Completion = @Sendable (DNSOutcome) -> Void

    private struct State {
        var cache: AnswerCache
        var open: OpenQuestions
        /// When the lane next looks for who has waited too long.
        var wakeTime: ContinuousClock.Instant?
        var isClosed = false
    }

    package let limits: ResolverLimits
    private let lane: UnboundLane
    private let state: Mutex<State>
    private let waiterNumbers = Atomic<UInt64>(0)

    /// Reads the trust anchors and starts the library; no question is asked yet. End with ``close()``.
    package static func open(_ options: ResolverOptions) throws(ResolverError) -> Resolver {
        let resolver = Resolver(limits: options.limits, lane: try UnboundLane(options))
        resolver.lane.start { answers in
            for answer in answers { resolver.settle(answer) }
        }
        return resolver
    }

    private init(limits: ResolverLimits, lane: UnboundLane) {
        self.limits = limits
        self.lane = lane
        self.state = Mutex(State(cache: AnswerCache(limits: limits), open: OpenQuestions(limits: limits)))
    }

    /// What can be said at once: what the cache holds, or that the message's budget has no question left. `nil` means
    /// that the question must be asked, and nothing is taken from the budget then.
    package func known(_ question: DNSQuestion, budget: QueryBudget? = nil) -> DNSOutcome? {
        if let budget, budget.questionsLeft == 0 { return Self.overspent }
        let known = self.state.withLock { state in
            state.isClosed ? Self.closed : state.cache.outcome(for: question, at: .now)
        }
        guard let known else { return nil }
        if let budget, !budget.takeOne() { return Self.overspent }
        return known
    }

    /// Asks, for callers on an event loop.
    ///
    /// - Parameters:
    ///   - budget: what the message that causes the question has left.
    ///   - completion: called exactly once: before this returns when the answer is in the cache, else on the
    ///     resolver's queue; must be short.
    package func resolve(_ question: DNSQuestion, budget: QueryBudget? = nil, completion: @escaping Completion) {
        let now = ContinuousClock.now
        if let outcome = self.immediateOutcome(question, budget, now) { return completion(outcome) }
        self.wait(
            for: question,
            .init(number: self.newNumber(), deadline: self.deadline(budget, now), completion: completion)
        )
    }

    /// Asks and waits; a cancelled task gets a temporary failure at once.
    package func resolve(_ question: DNSQuestion, budget: QueryBudget? = nil) async -> DNSOutcome {
        let now = ContinuousClock.now
        if let outcome = self.immediateOutcome(question, budget, now) { return outcome }
        return await self.answer(to: question, budget, now)
    }

    /// Asks several things at once and waits for all the answers, for evaluators that know what they need.
    package func resolve(
        _ questions: Set<DNSQuestion>,
        budget: QueryBudget? = nil
    ) async -> [DNSQuestion: DNSOutcome] {
        let now = ContinuousClock.now
        var outcomes: [DNSQuestion: DNSOutcome] = [:]
        for question in questions { outcomes[question] = self.immediateOutcome(question, budget, now) }
        guard outcomes.count < questions.count else { return outcomes }
        return await withTaskGroup(of: (DNSQuestion, DNSOutcome).self) { group in
            for question in questions where outcomes[question] == nil {
                group.addTask { (question, await self.answer(to: question, budget, now)) }
            }
            for await (question, outcome) in group { outcomes[question] = outcome }
            return outcomes
        }
    }

    private func answer(
        to question: DNSQuestion,
        _ budget: QueryBudget?,
        _ now: ContinuousClock.Instant
    ) async -> DNSOutcome {
        let number = self.newNumber()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiter = OpenQuestions.Waiter(number: number, deadline: self.deadline(budget, now)) { outcome in
                    continuation.resume(returning: outcome)
                }
                self.wait(for: question, waiter)
                // A cancellation that came before the waiter was there has found nobody to wake.
                if Task.isCancelled { self.withdraw(number, from: question) }
            }
        } onCancel: {
            self.withdraw(number, from: question)
        }
    }

    /// Answers whoever waits with a failure and ends the library. Returns at once. Later questions fail.
    package func close() {
        let waiting = self.state.withLock { state in
            guard !state.isClosed else { return nil as [OpenQuestions.Waiter]? }
            state.isClosed = true
            return state.open.closeAll()
        }
        guard let waiting else { return }
        self.lane.close()
        for waiter in waiting { waiter.completion(Self.closed) }
    }
}

extension Resolver {
    private static let overspent = DNSOutcome.failure(
        .temporary(reason: "the message has caused too many questions to the DNS")
    )
    /// At least so long between two looks at all who wait: where thousands do, each has a time of its own.
    private static let overduePause = Duration.milliseconds(20)
    private static let closed = DNSOutcome.failure(.temporary(reason: "the resolver is closed"))

    private func newNumber() -> UInt64 {
        self.waiterNumbers.wrappingAdd(1, ordering: .relaxed).newValue
    }

    private func deadline(_ budget: QueryBudget?, _ now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        let own = now + self.limits.questionTime
        return budget.map { min($0.deadline, own) } ?? own
    }

    /// What can be said without waiting: what the cache holds, or that nothing more may be asked.
    private func immediateOutcome(
        _ question: DNSQuestion,
        _ budget: QueryBudget?,
        _ now: ContinuousClock.Instant
    ) -> DNSOutcome? {
        if let known = self.known(question, budget: budget) { return known }
        guard let budget else { return nil }
        guard budget.takeOne() else { return Self.overspent }
        guard budget.deadline <= now else { return nil }
        return .failure(.temporary(reason: "the message's questions to the DNS have taken too long"))
    }

    private func wait(for question: DNSQuestion, _ waiter: OpenQuestions.Waiter) {
        let (outcome, admission) = self.state.withLock { state -> (DNSOutcome?, OpenQuestions.Admission?) in
            if state.isClosed { return (Self.closed, nil) }
            // The answer may have come since the cache was looked into.
            if let known = state.cache.outcome(for: question, at: .now) { return (known, nil) }
            let admission = state.open.admit(waiter, for: question)
            if case .refused(let reason) = admission { return (.failure(.temporary(reason: reason)), nil) }
            if state.wakeTime.map({ waiter.deadline < $0 }) ?? true { self.wake(at: waiter.deadline, &state) }
            return (nil, admission)
        }
        if let outcome { waiter.completion(outcome) }
        if admission == .opened { self.lane.ask(question) { self.settle($0) } }
    }

    private func withdraw(_ number: UInt64, from question: DNSQuestion) {
        let waiter = self.state.withLock { $0.open.withdraw(number, from: question) }
        waiter?.completion(.failure(.temporary(reason: "the question was withdrawn")))
    }

    /// On the lane: an answer is kept and given to all who wait for it.
    private func settle(_ answer: LibraryAnswer) {
        let waiting = self.state.withLock { state in
            state.cache.store(answer.outcome, for: answer.question, seconds: answer.seconds, at: .now)
            return state.open.close(answer.question)
        }
        for waiter in waiting { waiter.completion(answer.outcome) }
    }

    private func wake(at time: ContinuousClock.Instant, _ state: inout State) {
        state.wakeTime = time
        self.lane.run(after: ContinuousClock.now.duration(to: time)) { self.answerOverdue(at: time) }
    }

    /// On the lane: who has waited too long is told so. The question itself goes on.
    private func answerOverdue(at time: ContinuousClock.Instant) {
        let overdue = self.state.withLock { state -> [OpenQuestions.Waiter] in
            // Set for an earlier time since, or woken for that one already.
            guard state.wakeTime == time else { return [] }
            state.wakeTime = nil
            let now = ContinuousClock.now
            let (overdue, next) = state.open.takeOverdue(at: now)
            if let next { self.wake(at: max(next, now + Self.overduePause), &state) }
            return overdue
        }
        for waiter in overdue {
            waiter.completion(.failure(.temporary(reason: "the DNS gave no answer in time")))
        }
    }
}
