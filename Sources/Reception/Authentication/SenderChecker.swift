internal import Dispatch
internal import MailTypes
package import Resolver
package import SenderAuth
internal import Storage
internal import Synchronization
internal import Trace

/// Checks who a message is from: SPF, DKIM, ARC and DMARC, all that can be asked at once.
///
/// It blocks no thread: when all answers are in the resolver's cache, as they are for who writes often, it is done at
/// once; else as they come.
package final class SenderChecker: Sendable {
    private let resolver: Resolver
    private let knownRecords = KnownRecords()
    private let makeFinder: @Sendable () -> OrganizationFinder
    private let finder = Mutex<OrganizationFinder?>(nil)
    private let numbers = Atomic<UInt64>(0)
    private let lanes = (0..<2).map { DispatchQueue(label: "sender check \($0)") }

    /// - Parameter finder: asked for at the first message, as reading a list takes time and room.
    package init(resolver: Resolver, finder: @escaping @Sendable () -> OrganizationFinder) {
        self.resolver = resolver
        self.makeFinder = finder
    }

    private func organizations() -> OrganizationFinder {
        self.finder.withLock { known in
            let finder = known ?? self.makeFinder()
            known = finder
            return finder
        }
    }

    /// - Parameter completion: called once, on any thread; gets `nil` for a client without an address.
    /// - Throws: when the message cannot be read.
    func check(
        _ message: IncomingMessage,
        hostName: String,
        completion: @escaping @Sendable (SenderAuthenticationResult?) -> Void
    ) throws {
        guard let client = IPAddress(message.client.peer) else { return completion(nil) }
        let request = SenderAuthenticationRequest(
            client: client,
            helo: message.client.greetingName,
            mailFrom: message.sender.reversePath.address,
            receiver: hostName,
            now: message.front.receivedAt,
            finder: self.organizations()
        )
        try message.content.withBytes { bytes in
            self.check(bytes.extracting(message.front.octets...), request, completion: completion)
        }
    }

    /// - Parameters:
    ///   - message: from its first byte, without what we wrote before it.
    ///   - request: its sample is drawn here.
    ///   - completion: called once: before this returns when the resolver knows all answers, else on a lane of the
    ///     checker.
    package func check(
        _ message: Span<UInt8>,
        _ request: SenderAuthenticationRequest,
        completion: @escaping @Sendable (SenderAuthenticationResult) -> Void
    ) {
        // Any hundred messages in a row are the sample that pct= asks for. RFC 7489 §6.3.
        let number = self.numbers.add(1, ordering: .relaxed).newValue
        var request = request
        request.sample = Int(number % 100)
        request.knownRecords = self.knownRecords
        var check = SenderAuthentication(header: message, request)
        if check.wantsBody { check.bodyReceived(message.extracting(check.headerOctets...)) }
        let budget = QueryBudget(self.resolver.limits)
        var unknown: [DNSQuestion] = []
        var questions = check.begin()
        var place = 0
        while place < questions.count {
            let question = questions[place]
            place += 1
            // What the unknown ones need of the budget is left to them, as the first are those that matter most.
            if budget.questionsLeft > unknown.count, let outcome = self.resolver.known(question, budget: budget) {
                questions += check.answered(question, outcome)
            } else {
                unknown.append(question)
            }
        }
        guard !unknown.isEmpty else { return completion(check.result()) }
        let lane = self.lanes[Int(number % UInt64(self.lanes.count))]
        OpenCheck(check, self.resolver, budget, on: lane, completion).begin(unknown)
    }
}

/// One message's check between its first question that the cache has no answer to and its last answer.
///
/// It has a few questions open at a time, so that who has us ask dead name servers for a hundred names does not keep
/// the resolver from others. It ends on the checker's lane, as the resolver's thread has others to answer and a
/// signature takes its time.
private final class OpenCheck: Sendable {
    private struct State {
        var check: SenderAuthentication
        /// In the order in which they are asked.
        var waiting: [DNSQuestion] = []
        var openCount = 0
        /// Somebody asks as many as may be open; an answer that comes meanwhile leaves that to it.
        var isAsking = false

        mutating func next(_ openMax: Int) -> DNSQuestion? {
            self.isAsking = self.openCount < openMax && !self.waiting.isEmpty
            guard self.isAsking else { return nil }
            self.openCount += 1
            return self.waiting.removeFirst()
        }
    }

    private let state: Mutex<State>
    private let resolver: Resolver
    private let lane: DispatchQueue
    private let budget: QueryBudget
    private let completion: @Sendable (SenderAuthenticationResult) -> Void

    init(
        _ check: SenderAuthentication,
        _ resolver: Resolver,
        _ budget: QueryBudget,
        on lane: DispatchQueue,
        _ completion: @escaping @Sendable (SenderAuthenticationResult) -> Void
    ) {
        self.state = Mutex(State(check: check))
        self.resolver = resolver
        self.budget = budget
        self.lane = lane
        self.completion = completion
    }

    func begin(_ questions: [DNSQuestion]) {
        self.state.withLock { $0.waiting = questions }
        self.ask()
    }

    private func ask() {
        let isAlone = self.state.withLock { state in
            defer { state.isAsking = true }
            return !state.isAsking
        }
        guard isAlone else { return }
        let openMax = self.resolver.limits.messageOpenQuestionsMax
        while let question = self.state.withLock({ $0.next(openMax) }) {
            self.resolver.resolve(question, budget: self.budget) { self.answered(question, $0) }
        }
    }

    private func answered(_ question: DNSQuestion, _ outcome: DNSOutcome) {
        let isDone = self.state.withLock { state in
            state.openCount -= 1
            state.waiting += state.check.answered(question, outcome)
            return !state.check.isWaiting
        }
        if isDone { self.lane.async { self.finish() } } else { self.ask() }
    }

    private func finish() {
        self.completion(self.state.withLock { $0.check.result() })
    }
}
