internal import Logging
internal import MailStore
internal import MailTypes
internal import SMTPWire
internal import Storage
internal import Telemetry

/// What became of a message's local copies.
struct Settled: Sendable {
    let message: IncomingMessage
    /// `nil` when the message was not looked at.
    let messageID: String?
    let plan: DeliveryPlan
    /// Of the plan's locals, those the queue answers for while they are stored.
    let entrusted: [Int]
    /// In the order of the plan's locals; `nil` for one that was not tried.
    var outcomes: [DeliveryOutcome?]

    init(_ message: IncomingMessage, messageID: String?, _ plan: DeliveryPlan) {
        self.message = message
        self.messageID = messageID
        self.plan = plan
        self.entrusted = plan.entrusted(isEachAnswered: message.client.door == .lmtp)
        self.outcomes = Array(repeating: nil, count: plan.locals.count)
    }

    /// Copies that are dealt with: in their mailbox, or where a script has sent them.
    var storedCount: Int { self.outcomes.count { $0?.isDone == true } }

    /// Why copies could not be stored.
    var failures: [any Error] {
        self.outcomes.compactMap { outcome in
            if case .failed(let error) = outcome { error } else { nil }
        }
    }

    /// Locals that were tried and are not dealt with.
    var unstored: [Int] { self.outcomes.indices.filter { self.outcomes[$0]?.isDone == false } }
}

/// How a message's fate becomes the client's answer.
extension Acceptance {
    /// Over SMTP there is one answer: it is a refusal when nothing at all could be done for anyone.
    func refusalOfAll(_ settled: Settled) -> SMTPReply? {
        guard settled.message.client.door != .lmtp, settled.plan.queued.isEmpty,
            !settled.outcomes.isEmpty, settled.storedCount == 0
        else { return nil }
        var replies: Set<SMTPReply> = []
        var rejections: Set<SMTPReply> = []
        for outcome in settled.outcomes {
            switch outcome {
            case .overQuota: replies.insert(self.reception.overQuotaReply)
            case .noSuchAccount: replies.insert(ReceptionReplies.unknownUser)
            case .rejected(let reason): rejections.insert(ReceptionReplies.rejected(reason))
            case .stored, .sentOn, .discarded, .failed, nil: return nil
            }
        }
        // Who is told of one reason not to send again need not hear of others.
        if replies.isEmpty { return rejections.count == 1 ? rejections.first : ReceptionReplies.rejectedByAll }
        return replies.count == 1 && rejections.isEmpty ? replies.first : nil
    }

    /// - Parameters:
    ///   - queued: what the queue was given.
    ///   - failure: why it did not take it.
    func finish(
        _ settled: Settled,
        queued: [EnvelopeRecipient],
        failure: (any Error)? = nil,
        _ completion: @escaping Completion
    ) {
        let message = settled.message
        message.content.discard()
        if let failure { self.logFailure(failure, message) }
        for error in settled.failures { self.logFailure(error, message) }
        if message.client.door == .lmtp {
            let replies = settled.plan.shares.map { self.reply(for: $0, settled, failure) }
            self.noteRefused(message, replies)
            if replies.contains(where: \.isCompletion) {
                self.noteAccepted(settled, queued: failure == nil ? queued : [])
            }
            completion(.each(replies))
        } else if let failure {
            let refusal = self.reply(forAll: [failure] + settled.failures)
            self.noteRefused(message, refusal)
            completion(.whole(refusal))
        } else {
            self.noteAccepted(settled, queued: queued)
            completion(.whole(ReceptionReplies.accepted(message.front.id)))
        }
    }

    func reply(for share: DeliveryPlan.Share, _ settled: Settled, _ queueFailure: (any Error)?) -> SMTPReply {
        if !share.queued.isEmpty, let queueFailure { return ReceptionReplies.failure(queueFailure) }
        for index in share.locals {
            // What the queue has is in custody, whatever became of the first try.
            if queueFailure == nil, settled.entrusted.contains(index) { continue }
            switch settled.outcomes[index] {
            case .stored, .sentOn, .discarded: continue
            case nil: return queueFailure.map(ReceptionReplies.failure) ?? .localError
            case .rejected(let reason): return ReceptionReplies.rejected(reason)
            case .overQuota: return self.reception.overQuotaReply
            case .noSuchAccount: return ReceptionReplies.unknownUser
            case .failed(let error): return ReceptionReplies.failure(error)
            }
        }
        return ReceptionReplies.accepted(settled.message.front.id)
    }

    /// A full disk shows itself in more ways than one; whichever says so plainest is told.
    private func reply(forAll failures: [any Error]) -> SMTPReply {
        let replies = failures.map(ReceptionReplies.failure)
        return replies.first { $0 == .insufficientStorage } ?? replies.first ?? .localError
    }

    func refuse(_ message: IncomingMessage, _ reply: SMTPReply, _ completion: @escaping Completion) {
        message.content.discard()
        self.noteRefused(message, reply)
        let isLMTP = message.client.door == .lmtp
        completion(isLMTP ? .each(message.recipients.map { _ in reply }) : .whole(reply))
    }

    func fail(_ message: IncomingMessage, _ error: any Error, _ completion: @escaping Completion) {
        self.logFailure(error, message)
        self.refuse(message, ReceptionReplies.failure(error), completion)
    }

    func logFailure(_ error: any Error, _ message: IncomingMessage) {
        self.reception.log.error(
            "a message could not be taken as it should",
            metadata: .init([.message: message.front.id.description, .error: "\(error)"])
        )
    }
}
