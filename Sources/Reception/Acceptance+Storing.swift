internal import Directory
internal import Filing
internal import MailQueue
internal import MailStore
internal import MailTypes
internal import Storage

/// Storing copies and queueing the rest, in the order that leaves nothing twice.
extension Acceptance {
    func store(
        _ message: IncomingMessage,
        _ messageID: String?,
        judgement: SenderJudgement? = nil,
        _ completion: @escaping Completion
    ) {
        let plan = self.plan(message, queuesAll: false, judgement)
        let settled = Settled(message, messageID: messageID, plan)
        let direct = plan.locals.indices.filter { !settled.entrusted.contains($0) }
        guard !direct.isEmpty else {
            self.queueRest(settled, completion)
            return
        }
        self.deliver(settled, direct, .direct) { self.queueRest($0, completion) }
    }

    /// Stores the copies of some of the plan's locals, or does what their scripts want.
    private func deliver(
        _ settled: Settled,
        _ locals: [Int],
        _ custody: LocalDelivery.Custody,
        _ next: @escaping @Sendable (Settled) -> Void
    ) {
        let message = settled.message
        let delivery = LocalDelivery(
            content: message.content,
            internalDate: message.front.receivedAt,
            traceID: message.front.id,
            recipients: locals.map { settled.plan.locals[$0].target },
            custody: custody
        )
        let envelope = FilingEnvelope(
            sender: message.sender,
            recipients: locals.map { settled.plan.locals[$0].envelope },
            user: message.client.user?.login,
            peer: message.client.peer,
            verdicts: message.verdicts
        )
        self.reception.filing.deliver(delivery, envelope) { outcomes in
            var settled = settled
            for (local, outcome) in zip(locals, outcomes) { settled.outcomes[local] = outcome }
            next(settled)
        }
    }

    /// Queues what is for elsewhere and, unless the client keeps it itself, what could not be stored.
    func queueRest(_ settled: Settled, _ completion: @escaping Completion) {
        let message = settled.message
        if let refusal = self.refusalOfAll(settled) {
            self.refuse(message, refusal, completion)
            return
        }
        let keepsFailed = message.client.door == .lmtp
        let failed = keepsFailed ? [] : settled.unstored
        // The entrusted ones come first, so that their numbers are known.
        let locals = (settled.entrusted + failed).map { settled.plan.locals[$0] }
        let recipients = locals.map(\.queued) + settled.plan.queued
        guard !recipients.isEmpty else {
            self.finish(settled, queued: [], completion)
            return
        }
        let quarantined = Set(locals.indices.filter { locals[$0].envelope.isQuarantined })
        self.contentForQueue(settled) { result in
            switch result {
            case .success(let content):
                var new = self.queuedForm(settled, recipients, content)
                new.quarantined = quarantined
                let ended: @Sendable () -> Void = {
                    if case .file(let file) = content, file.path != message.spoolPath { content.discard() }
                }
                if settled.entrusted.isEmpty {
                    self.queue(settled, new, ended, completion)
                } else {
                    self.reserve(settled, new, ended, completion)
                }
            case .failure(let error):
                self.finish(settled, queued: recipients, failure: error, completion)
            }
        }
    }

    private func queuedForm(
        _ settled: Settled,
        _ recipients: [EnvelopeRecipient],
        _ content: MessageContent
    ) -> NewQueuedMessage {
        let message = settled.message
        return NewQueuedMessage(
            id: message.front.id,
            sender: message.sender,
            recipients: recipients,
            content: content,
            receivedAt: message.front.receivedAt,
            origin: MessageOrigin(
                authenticatedUser: message.client.user?.login,
                peer: message.client.peer,
                session: message.client.session
            ),
            firstOrdinal: settled.storedCount
        )
    }

    private func queue(
        _ settled: Settled,
        _ new: NewQueuedMessage,
        _ ended: @escaping @Sendable () -> Void,
        _ completion: @escaping Completion
    ) {
        self.reception.queue.accept(new) { result in
            ended()
            switch result {
            case .success: self.finish(settled, queued: new.recipients, completion)
            case .failure(let error): self.finish(settled, queued: new.recipients, failure: error, completion)
            }
        }
    }

    /// Has the queue answer for all copies before the first is stored. What cannot be stored stays there.
    private func reserve(
        _ settled: Settled,
        _ new: NewQueuedMessage,
        _ ended: @escaping @Sendable () -> Void,
        _ completion: @escaping Completion
    ) {
        self.reception.queue.reserve(new) { result in
            ended()
            let reservation: QueueReservation
            switch result {
            case .success(let taken): reservation = taken
            case .failure(let error):
                self.finish(settled, queued: new.recipients, failure: error, completion)
                return
            }
            let ordinals = settled.entrusted.indices.map { new.firstOrdinal + $0 }
            // The thread that told is the queue's, and reading what scripts look at may take its time.
            self.reception.onLane {
                self.deliver(settled, settled.entrusted, .fromQueue(ordinals: ordinals)) { settled in
                    self.release(reservation, settled, new, completion)
                }
            }
        }
    }

    private func release(
        _ reservation: QueueReservation,
        _ settled: Settled,
        _ new: NewQueuedMessage,
        _ completion: @escaping Completion
    ) {
        var outcomes: [(ordinal: Int, outcome: RecipientOutcome)] = []
        var left: [EnvelopeRecipient] = []
        for (index, recipient) in new.recipients.enumerated() {
            let local = index < settled.entrusted.count ? settled.entrusted[index] : nil
            if let outcome = local.flatMap({ settled.outcomes[$0]?.recorded }) {
                outcomes.append((new.firstOrdinal + index, outcome))
            } else {
                left.append(recipient)
            }
        }
        self.finish(settled, queued: left, completion)
        self.reception.queue.release(reservation, outcomes)
    }
}

extension DeliveryOutcome {
    /// What the queue records of it; `nil` when the queue is to try again, or to tell the sender.
    fileprivate var recorded: RecipientOutcome? {
        switch self {
        case .stored, .sentOn: .delivered
        case .discarded: .discarded
        case .rejected, .overQuota, .noSuchAccount, .failed: nil
        }
    }
}

extension IncomingMessage {
    fileprivate var spoolPath: String? {
        if case .file(let file) = self.content { file.path } else { nil }
    }
}
