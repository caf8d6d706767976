internal import Directory
internal import Filing
internal import Logging
internal import MailQueue
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import SMTPWire
internal import Storage
internal import Telemetry
internal import Trace

/// One message's way through reception: look at it, put it in order, store it, queue the rest, answer.
///
///     begin ──▶ look ──▶ (rewrite) ──▶ store ──▶ queue what is left ──▶ answer
///        └ refused ────────────────────────────────────────────────────▶ answer
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
        do {
            header = try message.content.withBytes { bytes in
                HeaderInspection(bytes, from: message.front.octets, isSubmission: isSubmission)
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
                self.store(message, header.messageID, completion)
                return
            }
            self.checkSender(message, completion) { message, judgement in
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
        self.queueRest(Settled(message: message, messageID: nil, plan: plan, outcomes: []), completion)
    }

    private func plan(
        _ message: IncomingMessage,
        queuesAll: Bool,
        _ judgement: SenderJudgement? = nil
    ) -> DeliveryPlan {
        DeliveryPlan(
            message.recipients,
            sender: message.sender.reversePath,
            queuesAll: queuesAll,
            filesByDetail: self.options.filesByDetail,
            isQuarantined: { judgement?.isQuarantined($0) ?? false }
        )
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
        guard !edit.isEmpty else {
            signAndStore(message)
            return
        }
        edit.apply(to: message.content, spool: self.reception.spool) { result in
            switch result {
            case .success(let content):
                message.content.discard()
                var message = message
                message.content = content
                signAndStore(message)
            case .failure(let error):
                self.fail(message, error, completion)
            }
        }
    }

    // MARK: - Storing

    private func store(
        _ message: IncomingMessage,
        _ messageID: String?,
        judgement: SenderJudgement? = nil,
        _ completion: @escaping Completion
    ) {
        let plan = self.plan(message, queuesAll: false, judgement)
        guard !plan.locals.isEmpty else {
            self.queueRest(Settled(message: message, messageID: messageID, plan: plan, outcomes: []), completion)
            return
        }
        let delivery = LocalDelivery(
            content: message.content,
            internalDate: message.front.receivedAt,
            traceID: message.front.id,
            recipients: plan.locals.map(\.target),
            custody: .direct
        )
        let envelope = FilingEnvelope(
            sender: message.sender,
            recipients: plan.locals.map(\.envelope),
            user: message.client.user?.login,
            peer: message.client.peer,
            verdicts: message.verdicts
        )
        self.reception.filing.deliver(delivery, envelope) { outcomes in
            let settled = Settled(message: message, messageID: messageID, plan: plan, outcomes: outcomes)
            self.queueRest(settled, completion)
        }
    }

    /// Queues what is for elsewhere and, unless the client keeps it itself, what could not be stored.
    private func queueRest(_ settled: Settled, _ completion: @escaping Completion) {
        let message = settled.message
        if let refusal = self.refusalOfAll(settled) {
            self.refuse(message, refusal, completion)
            return
        }
        let keepsFailed = message.client.door == .lmtp
        let failed = keepsFailed ? [] : settled.unstored.map { settled.plan.locals[$0].queued }
        let recipients = settled.plan.queued + failed
        guard !recipients.isEmpty else {
            self.finish(settled, queued: [], completion)
            return
        }
        self.contentForQueue(message) { result in
            switch result {
            case .success(let content):
                self.queue(settled, recipients, content, completion)
            case .failure(let error):
                self.finish(settled, queued: recipients, failure: error, completion)
            }
        }
    }

    private func queue(
        _ settled: Settled,
        _ recipients: [EnvelopeRecipient],
        _ content: MessageContent,
        _ completion: @escaping Completion
    ) {
        let message = settled.message
        let queued = NewQueuedMessage(
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
        self.reception.queue.accept(queued) { result in
            if case .file(let file) = content, file.path != message.spoolPath { content.discard() }
            switch result {
            case .success: self.finish(settled, queued: recipients, completion)
            case .failure(let error): self.finish(settled, queued: recipients, failure: error, completion)
            }
        }
    }

    /// The message without its `Return-Path` line, which only final delivery writes. RFC 5321 §4.4.
    private func contentForQueue(
        _ message: IncomingMessage,
        completion: @escaping @Sendable (Result<MessageContent, any Error>) -> Void
    ) {
        let dropped = message.front.returnPathOctets
        guard dropped > 0 else {
            completion(.success(message.content))
            return
        }
        if case .inline(let buffer) = message.content {
            let rest = buffer.getSlice(at: buffer.readerIndex + dropped, length: buffer.readableBytes - dropped)
            completion(.success(.inline(rest ?? buffer)))
            return
        }
        let edit = MessageEdit(position: 0, insertion: ByteBuffer(), cuts: [0..<dropped])
        edit.apply(to: message.content, spool: self.reception.spool, completion: completion)
    }
}

extension IncomingMessage {
    fileprivate var spoolPath: String? {
        if case .file(let file) = self.content { file.path } else { nil }
    }
}
