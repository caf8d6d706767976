internal import Synchronization

/// What the questions that one message causes may cost together, in number and in time.
///
/// Whoever sends a message chooses how much has to be asked because of it; with a budget it is never much.
package final class QueryBudget: Sendable {
    /// When its time is over.
    package let deadline: ContinuousClock.Instant
    private let left: Atomic<Int>

    /// - Parameters:
    ///   - questions: how many may be asked, answers from the cache included.
    ///   - time: counted from now.
    package init(questions: Int, time: Duration) {
        self.left = Atomic(questions)
        self.deadline = .now + time
    }

    package convenience init(_ limits: ResolverLimits = .init()) {
        self.init(questions: limits.messageQuestionsMax, time: limits.messageTime)
    }

    /// How many more may be asked.
    package var questionsLeft: Int { max(0, self.left.load(ordering: .relaxed)) }

    /// Takes one question from the budget; `false` when there is none left.
    func takeOne() -> Bool {
        self.left.wrappingSubtract(1, ordering: .relaxed).oldValue > 0
    }
}
