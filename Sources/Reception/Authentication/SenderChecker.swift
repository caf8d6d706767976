internal import Dispatch
internal import MIME
internal import MailTypes
package import Resolver
package import SenderAuth
internal import Storage
internal import Synchronization
internal import Trace

/// Checks who a message is from: SPF, DKIM, ARC and DMARC, all that can be asked at once.
///
/// It blocks no thread: answers that are in the resolver's cache come at once, others later.
package final class SenderChecker: Sendable {
    private let resolver: Resolver
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
        var request = SenderAuthenticationRequest(
            client: client,
            helo: message.client.greetingName,
            mailFrom: message.sender.reversePath.address,
            receiver: hostName,
            now: message.front.receivedAt,
            finder: self.organizations()
        )
        // Any hundred messages in a row are the sample that pct= asks for. RFC 7489 §6.3.
        let number = self.numbers.add(1, ordering: .relaxed).newValue
        request.sample = Int(number % 100)
        let check = try message.content.withBytes { bytes in
            let own = bytes.extracting(message.front.octets...)
            var check = SenderAuthentication(header: own, request)
            if check.wantsBody {
                let start = min(HeaderScanner.headerOctets(of: own), own.count)
                check.bodyReceived(own.extracting(start...))
            }
            return check
        }
        let lane = self.lanes[Int(number % UInt64(self.lanes.count))]
        OpenCheck(check, self.resolver, on: lane, completion).begin()
    }
}

/// One message's check between its first question and its last answer.
///
/// When all answers were in the cache it ends on the caller's thread; else on the checker's lane, as the resolver's
/// thread has others to answer and a signature takes its time.
private final class OpenCheck: Sendable {
    private struct State {
        var check: SenderAuthentication
        /// The caller still asks the first questions, and looks afterwards whether that was all.
        var isBeginning = true
    }

    private let state: Mutex<State>
    private let resolver: Resolver
    private let lane: DispatchQueue
    private let budget = QueryBudget()
    private let completion: @Sendable (SenderAuthenticationResult?) -> Void

    init(
        _ check: SenderAuthentication,
        _ resolver: Resolver,
        on lane: DispatchQueue,
        _ completion: @escaping @Sendable (SenderAuthenticationResult?) -> Void
    ) {
        self.state = Mutex(State(check: check))
        self.resolver = resolver
        self.lane = lane
        self.completion = completion
    }

    func begin() {
        self.ask(self.state.withLock { $0.check.begin() })
        let isDone = self.state.withLock { state in
            state.isBeginning = false
            return !state.check.isWaiting
        }
        if isDone { self.finish() }
    }

    private func ask(_ questions: [DNSQuestion]) {
        for question in questions {
            self.resolver.resolve(question, budget: self.budget) { self.answered(question, $0) }
        }
    }

    private func answered(_ question: DNSQuestion, _ outcome: DNSOutcome) {
        let (questions, isDone) = self.state.withLock { state in
            let questions = state.check.answered(question, outcome)
            return (questions, !state.check.isWaiting && !state.isBeginning)
        }
        if isDone { self.lane.async { self.finish() } }
        self.ask(questions)
    }

    private func finish() {
        self.completion(self.state.withLock { $0.check.result() })
    }
}
