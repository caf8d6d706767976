internal import Directory
internal import MailTypes
internal import NIOCore
internal import Storage

/// One message's way through reception: look at it, put it in order, store it, queue the rest, answer.
///
///     begin ──▶ look ──▶ (rewrite) ─┬─▶ store ──▶ queue what could not be stored ──▶ answer
///        │                          ├─▶ queue ─────────────────────────────────────▶ answer
///        │                          └─▶ reserve in the queue ──▶ store ────────────▶ answer ──▶ release
///        └ refused ────────────────────────────────────────────────────────────────▶ answer
///
/// The last of the three is for a message that is for here and elsewhere: what could be refused with the rest is stored
/// only when the rest is in custody.
struct Acceptance: Sendable {
    typealias Completion = @Sendable (ReceptionAnswer) -> Void

    let reception: Reception
    let options: ReceptionOptions

    init(_ reception: Reception, options: ReceptionOptions) {
        self.reception = reception
        self.options = options
    }

    /// The usual way.
    func begin(_ message: IncomingMessage, _ completion: @escaping Completion) {
        let isSubmission = message.client.isSubmission
        let header: HeaderInspection
        var message = message
        do {
            try message.forgetNeedlessDeclarations()
            header = try message.content.withBytes { bytes in
                HeaderInspection(
                    bytes,
                    from: message.front.octets,
                    isSubmission: isSubmission,
                    forgedHost: message.client.mayForgeResults ? self.options.hostName : nil
                )
            }
        } catch {
            self.fail(message, error, completion)
            return
        }
        if header.receivedCount > self.options.receivedMax {
            self.refuse(message, ReceptionReplies.mailLoop, completion)
            return
        }
        guard isSubmission else {
            guard self.checksSender(of: message) else {
                self.takeOutForged(header, of: message, completion) { self.store($0, header.messageID, completion) }
                return
            }
            self.checkSender(message, header, completion) { message, judgement in
                self.store(message, header.messageID, judgement: judgement, completion)
            }
            return
        }
        let rules = SubmissionRules(
            directory: self.reception.directory,
            hostName: self.options.hostName,
            user: message.client.user
        )
        if let refusal = rules.refusal(header) {
            self.refuse(message, refusal, completion)
            return
        }
        self.putInOrder(message, header, rules, completion)
    }

    /// The way of a message that was in hand when the program crashed: kept, and looked at later by delivery alone.
    func queueUnread(_ message: IncomingMessage, _ completion: @escaping Completion) {
        let plan = self.plan(message, queuesAll: true)
        self.queueRest(Settled(message, messageID: nil, plan), completion)
    }

    func plan(
        _ message: IncomingMessage,
        queuesAll: Bool,
        _ judgement: SenderJudgement? = nil
    ) -> DeliveryPlan {
        DeliveryPlan(
            message.recipients,
            sender: message.sender.reversePath,
            queuesAll: queuesAll || self.isTooLate(message),
            filesByDetail: self.options.filesByDetail,
            isQuarantined: { judgement?.isQuarantined($0) ?? false }
        )
    }

    /// The time its sender set was over before the message was here: the queue gives it back. RFC 2852 §4.1.
    private func isTooLate(_ message: IncomingMessage) -> Bool {
        guard let deliverBy = message.sender.deliverBy, deliverBy.mode == .giveBack else { return false }
        return deliverBy.deadline <= self.reception.now
    }

    private func putInOrder(
        _ message: IncomingMessage,
        _ header: HeaderInspection,
        _ rules: SubmissionRules,
        _ completion: @escaping Completion
    ) {
        let edit = rules.edit(
            header,
            message.front,
            sender: message.sender.reversePath,
            date: self.reception.dateText(of: message.front.receivedAt)
        )
        let messageID = header.messageID ?? "\(message.front.id)@\(self.options.hostName)"
        let signAndStore: @Sendable (IncomingMessage) -> Void = { message in
            self.sign(message, header, completion) { self.store($0, messageID, completion) }
        }
        self.apply(edit, to: message, completion, then: signAndStore)
    }

    /// Changes the message and goes on with what it is then; at once when nothing is to be changed.
    func apply(
        _ edit: MessageEdit,
        to message: IncomingMessage,
        _ completion: @escaping Completion,
        then next: @escaping @Sendable (IncomingMessage) -> Void
    ) {
        guard !edit.isEmpty else { return next(message) }
        edit.apply(to: message.content, spool: self.reception.spool) { result in
            switch result {
            case .success(let content):
                message.content.discard()
                var message = message
                message.content = content
                next(message)
            case .failure(let error):
                self.fail(message, error, completion)
            }
        }
    }
}
