internal import Dispatch
internal import Logging
internal import MailQueue
internal import MailTypes
internal import SMTPWire
internal import Telemetry
internal import Trace

/// Decides what follows from an attempt, recipient by recipient, and has the queue record it, notices included.
///
/// - Taken by another host or a mailbox: done. The sender is told if it asked for that (`NOTIFY=SUCCESS`).
/// - Refused for good, or too old: the sender is told unless it asked not to be. Mail without a sender ends here, so
///   that no notice is ever about a notice (lesson 16).
/// - Anything else: tried again later. The sender is told once when that has gone on for hours.
final class OutcomeRecorder: Sendable {
    let queue: MailQueue
    let log: Logger
    private let trace: TraceJournal
    private let notices: NoticeWriter
    private let clock: any WallClock
    /// Notices need the message's bytes, which may be a file's, and are signed.
    private let lane = DispatchQueue(label: "delivery notices")

    init(_ services: DeliveryService.Services) {
        self.queue = services.queue
        self.log = services.logger
        self.trace = services.trace
        self.clock = services.clock
        self.notices = NoticeWriter(
            trace: services.trace,
            clock: services.clock,
            sign: services.sign,
            logger: services.logger
        )
    }

    func conclude(_ message: QueuedMessage, _ outcomes: [AttemptOutcome], _ options: DeliveryOptions) {
        self.settle(message, outcomes.map { self.judge($0, of: message, options) }, options)
    }

    func settle(_ message: QueuedMessage, _ verdicts: [Verdict], _ options: DeliveryOptions) {
        guard verdicts.contains(where: { $0.notice != nil || $0.outcome == .kept }) else {
            for verdict in verdicts { self.record(verdict, of: message) }
            self.queue.settle(Settlement(message, verdicts.map { ($0.attempt.recipient.ordinal, $0.outcome) }))
            return
        }
        self.lane.async {
            let written = self.notices.write(about: message, verdicts, options)
            for verdict in verdicts { self.record(verdict, of: message) }
            self.queue.settle(
                Settlement(
                    message,
                    verdicts.map { ($0.attempt.recipient.ordinal, $0.outcome) },
                    notices: written,
                    delayNotified: verdicts.filter { $0.notice == .delayed || $0.outcome == .kept }.map(
                        \.attempt.recipient.ordinal
                    )
                )
            )
        }
    }

    func putBack(_ message: QueuedMessage, _ ordinals: [Int]) {
        self.queue.putBack(message, ordinals)
    }

    /// Waits for notices that are being written.
    func drain() {
        self.lane.sync {}
    }

    private func judge(_ attempt: AttemptOutcome, of message: QueuedMessage, _ options: DeliveryOptions) -> Verdict {
        let wishes = NoticeWishes(attempt.recipient.notify, sender: message.sender.reversePath)
        switch attempt.kind {
        case .relayed(let hasPromisedNotices, let tellsSender):
            let isTold = (wishes.success && !hasPromisedNotices) || (wishes.relay && tellsSender)
            return Verdict(attempt, .relayed, notice: isTold ? .relayed : nil)
        case .stored:
            return Verdict(attempt, .delivered, notice: wishes.success ? .delivered : nil)
        case .filed(let isDiscarded):
            // A sender who asked is told that it has arrived: what happens behind that is the recipient's own affair.
            var verdict = Verdict(attempt, .delivered, notice: wishes.success ? .delivered : nil)
            if isDiscarded, !wishes.success { verdict.discard(.script) }
            return verdict
        case .late:
            var verdict = Verdict(attempt, .kept, notice: wishes.delay ? .delayed : nil)
            verdict.status = EnhancedStatus(4, 4, 7)
            return verdict
        case .failed:
            break
        }
        let age = self.queue.age(of: message)
        let expiry = self.expiry(of: message, age: age, options)
        if attempt.reply.isPermanentFailure || expiry != nil {
            return self.judgeFailure(attempt, of: message, wishes, expiry, options)
        }
        let delay = options.retryDelays.delay(afterAttempts: attempt.recipient.attempts)
        var verdict = Verdict(attempt, .deferred(for: delay, reply: attempt.replyText))
        verdict.nextAttempt = self.clock.now + delay
        let isSlow = self.isSlow(message, age: age, options)
        if isSlow, wishes.delay, !attempt.recipient.isDelayNotified { verdict.notice = .delayed }
        return verdict
    }

    private func judgeFailure(
        _ attempt: AttemptOutcome,
        of message: QueuedMessage,
        _ wishes: NoticeWishes,
        _ expiry: Verdict.Expiry?,
        _ options: DeliveryOptions
    ) -> Verdict {
        var verdict = Verdict(attempt, .bounced)
        if !attempt.reply.isPermanentFailure, let expiry {
            verdict.expiry = expiry
            verdict.status = expiry.status
        }
        if message.sender.reversePath == .null {
            let isDoubleBounce = message.origin.peer == NoticeWriter.doubleBounceOrigin
            if options.doubleBouncesTo != nil, !isDoubleBounce {
                verdict.notice = .doubleBounce
            } else {
                verdict.discard(.nullSender)
            }
        } else if wishes.failure {
            verdict.notice = .failed
        } else {
            verdict.discard(.notifyNever)
        }
        return verdict
    }

    // MARK: - Trace

    private func record(_ verdict: Verdict, of message: QueuedMessage) {
        let attempt = verdict.attempt
        let recipient = attempt.recipient.path.description
        let host = attempt.host ?? ""
        switch verdict.outcome {
        case .relayed:
            self.trace.record(message.id, .relayed, (.recipient, recipient), (.host, host), (.reply, attempt.replyText))
        case .delivered:
            guard case .stored(let mailbox, let uid) = attempt.kind else { return }
            self.trace.record(
                message.id,
                .stored,
                (.recipient, recipient),
                (.mailbox, mailbox),
                (.uid, String(uid))
            )
        case .bounced:
            self.trace.record(
                message.id,
                .bounced,
                (.recipient, recipient),
                (.host, host),
                (.reply, attempt.replyText),
                (.reason, verdict.expiry?.rawValue ?? "")
            )
        case .discarded:
            self.trace.record(
                message.id,
                .discarded,
                (.recipient, recipient),
                (.reason, verdict.discardReason),
                (.reply, attempt.replyText)
            )
        case .deferred:
            self.recordDeferral(verdict, of: message)
        case .kept where verdict.notice == .delayed:
            self.trace.record(message.id, .delayed, (.recipient, recipient))
        case .postponed, .kept, .parked, .expanded:
            break
        }
    }

    private func recordDeferral(_ verdict: Verdict, of message: QueuedMessage) {
        let attempt = verdict.attempt
        let next = verdict.nextAttempt.map { CivilTime(secondsSince1970: $0.secondsSince1970).timestamp + "Z" } ?? ""
        self.trace.record(
            message.id,
            .attemptFailed,
            (.recipient, attempt.recipient.path.description),
            (.host, attempt.host ?? ""),
            (.reply, attempt.replyText),
            (.attempt, String(attempt.recipient.attempts + 1)),
            (.nextAttempt, next)
        )
        if verdict.notice == .delayed {
            self.trace.record(message.id, .delayed, (.recipient, attempt.recipient.path.description))
        }
    }
}
