internal import MailStore
internal import MailTypes
internal import SieveLanguage
internal import Storage
internal import Synchronization
internal import Telemetry
internal import Trace

/// Takes one message through the scripts of its recipients, one after the other, and delivers to them.
///
/// Usually all are judged and delivered to in one round. What scripts make of a message is held in memory until it is
/// stored, so a round ends early when that is much.
final class FilingRounds: Sendable {
    /// Octets of changed and written messages at which a round ends. It is passed by the last recipient's only.
    private static let octetsMax = 32 << 20

    private struct Round {
        var judgements: [(recipient: Int, judgement: FilingRun.Judgement)] = []
        var octets = 0
        var contents: Set<FiledContent> = []

        mutating func add(_ recipient: Int, _ judgement: FilingRun.Judgement) {
            self.judgements.append((recipient, judgement))
            guard case .planned(let filing) = judgement else { return }
            for content in filing.contents where self.contents.insert(content).inserted {
                self.octets += content.octets
            }
        }
    }

    private struct State {
        var round = Round()
        var outcomes: [DeliveryOutcome?]
    }

    private let run: FilingRun
    private let completion: @Sendable ([DeliveryOutcome]) -> Void
    private let state: Mutex<State>

    init(_ run: FilingRun, _ completion: @escaping @Sendable ([DeliveryOutcome]) -> Void) {
        self.run = run
        self.completion = completion
        self.state = Mutex(State(outcomes: Array(repeating: nil, count: run.delivery.recipients.count)))
    }

    func begin() { self.judge(self.judgeAtOnce()) }

    /// Judges the first recipients as long as that is quickly done.
    ///
    /// - Returns: the first one that is left.
    private func judgeAtOnce() -> Int {
        var stepsLeft = FilingRun.stepsAtOnceMax
        let message = SieveMessage(self.run.message)
        for index in self.run.delivery.recipients.indices {
            let edition = self.run.edition(of: index)
            guard stepsLeft > 0,
                let judgement = self.run.judgementAtOnce(of: index, edition: edition, message, stepsLeft: &stepsLeft)
            else { return index }
            let isFull = self.state.withLock { state in
                state.round.add(index, judgement)
                return state.round.octets >= Self.octetsMax
            }
            if isFull { return index + 1 }
        }
        return self.run.delivery.recipients.count
    }

    private func judge(_ recipient: Int) {
        guard recipient < self.run.delivery.recipients.count else {
            self.deliver { self.completion(self.state.withLock { $0.outcomes.compactMap(\.self) }) }
            return
        }
        let account = self.run.delivery.recipients[recipient].account
        let edition = self.run.edition(of: recipient)
        self.run.filing.store.read(of: account) { reader in
            try self.run.judgement(of: recipient, edition: edition, reader)
        } completion: { result in
            let isFull = self.state.withLock { state in
                switch result {
                case .success(let judgement): state.round.add(recipient, judgement)
                case .failure(let error): state.round.add(recipient, .failed(error))
                }
                return state.round.octets >= Self.octetsMax
            }
            if isFull { self.deliver { self.judge(recipient + 1) } } else { self.judge(recipient + 1) }
        }
    }

    /// Ends a round: one delivery to all it is about.
    private func deliver(then next: @escaping @Sendable () -> Void) {
        let round = self.state.withLock { state in
            defer { state.round = Round() }
            return state.round
        }
        var delivery = self.run.delivery
        delivery.recipients = []
        var wanted: [Int] = []
        var numbers: [FiledContent: Int] = [:]
        var summaries: [(recipient: Int, summary: String)] = []
        for (recipient, judgement) in round.judgements {
            switch judgement {
            case .rejected(let reason): self.settle(recipient, .rejected(reason))
            case .failed(let error): self.settle(recipient, .failed(error))
            case .kept: wanted.append(recipient)
            case .planned(let filing):
                let own = filing.contents.map { content in
                    if let number = numbers[content] { return number }
                    delivery.editions.append(self.run.make(content))
                    numbers[content] = delivery.editions.count
                    return delivery.editions.count
                }
                delivery.filings[wanted.count] = own.isEmpty ? filing.plan : filing.plan.renumbered(own)
                summaries.append((recipient, filing.summary))
                wanted.append(recipient)
            }
        }
        guard !wanted.isEmpty else { return next() }
        delivery.recipients = wanted.map { self.run.delivery.recipients[$0] }
        if case .fromQueue(let ordinals) = delivery.custody {
            delivery.custody = .fromQueue(ordinals: wanted.map { ordinals[$0] })
        }
        let (stored, planned) = (wanted, summaries)
        self.run.filing.store.deliver(delivery) { results in
            for (recipient, result) in zip(stored, results) { self.settle(recipient, result) }
            for (recipient, summary) in planned { self.note(recipient, summary) }
            next()
        }
    }

    private func settle(_ recipient: Int, _ outcome: DeliveryOutcome) {
        self.state.withLock { $0.outcomes[recipient] = outcome }
    }

    /// What scripts did stands in the trace by the names of the actions; mailboxes and addresses are no message text.
    private func note(_ recipient: Int, _ summary: String) {
        guard self.state.withLock({ $0.outcomes[recipient]?.isDone == true }) else { return }
        self.run.filing.journal.record(
            self.run.delivery.traceID,
            .filed,
            (.recipient, self.run.envelope.recipients[recipient].name),
            (.reason, summary)
        )
    }
}
