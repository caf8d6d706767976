internal import MailQueue
internal import MailTypes
internal import SMTPWire

/// What follows from the time that a message's sender set for its delivery. RFC 2852 §4.1.
extension OutcomeRecorder {
    /// Whether an attempt for these recipients must not begin, because the sender's time is over and what that means
    /// was not done yet.
    func isLate(_ message: QueuedMessage, _ recipients: [QueuedRecipient]) -> Bool {
        guard let deliverBy = message.sender.deliverBy, !deliverBy.wasOverdue, self.isOver(message) else {
            return false
        }
        return deliverBy.mode == .giveBack || recipients.contains { !$0.isDelayNotified }
    }

    /// Gives back what is late, or tells the sender that it is.
    func concludeLate(_ item: QueueItem, _ options: DeliveryOptions) {
        let givesBack = item.message.sender.deliverBy?.mode == .giveBack
        let reply =
            givesBack
            ? SMTPReply(554, "5.4.7", "The time set for delivery is over")
            : SMTPReply(451, "4.4.7", "Not delivered yet within the time set for delivery")
        let outcomes = item.recipients.map { recipient in
            var outcome = AttemptOutcome(recipient, givesBack ? .failed : .late, reply)
            outcome.wasTried = false
            return outcome
        }
        self.conclude(item.message, outcomes, options)
    }

    /// What the next hop is told of the time that is left.
    func deliverByRequest(_ message: QueuedMessage) -> DeliverByRequest? {
        guard let deliverBy = message.sender.deliverBy, let timeLeft = self.queue.timeLeft(of: message) else {
            return nil
        }
        return deliverBy.request(timeLeft: timeLeft)
    }

    /// Why a recipient is not tried any more, if it is not.
    func expiry(of message: QueuedMessage, age: Duration, _ options: DeliveryOptions) -> Verdict.Expiry? {
        if message.sender.deliverBy?.mode == .giveBack, self.isOver(message) { return .deliverBy }
        return age >= options.expiresAfter ? .queueTime : nil
    }

    /// Whether a sender is to hear of a delay: where it named a time for that, then and not before.
    func isSlow(_ message: QueuedMessage, age: Duration, _ options: DeliveryOptions) -> Bool {
        if let deliverBy = message.sender.deliverBy, deliverBy.mode == .notify, !deliverBy.wasOverdue {
            return self.isOver(message)
        }
        return options.delayNoticeAfter.map { age >= $0 } ?? false
    }

    private func isOver(_ message: QueuedMessage) -> Bool {
        self.queue.timeLeft(of: message).map { $0 <= .zero } ?? false
    }
}
