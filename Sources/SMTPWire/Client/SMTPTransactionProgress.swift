internal import MailTypes
internal import NIOCore

/// How far one transaction has come: which answers are due, in order, and what is known of each recipient.
///
/// RSET where an earlier envelope was left open, MAIL, one RCPT each, DATA, the text, and then one answer (SMTP) or one
/// for each recipient that was taken (LMTP).
struct SMTPTransactionProgress: Sendable {
    /// What comes of an answer.
    enum Step {
        case wait
        case send(ByteBuffer)
        case sendBody
        case done([SMTPRecipientOutcome], needsReset: Bool)
        /// The server answered something that was not asked.
        case broken
    }

    /// A question of ours, in the order they are asked and answered.
    private enum Question: Hashable {
        case reset
        case mail
        /// The recipient's index.
        case rcpt(Int)
        case data
        /// SMTP: the one answer for all. LMTP: the answer for one recipient.
        case endOfData(recipient: Int?)
        /// The end of an empty text, sent since DATA was granted although no recipient was.
        case emptyText
    }

    private let transaction: SMTPTransaction
    private let dialect: SMTPDialect
    private let extensions: SMTPExtensions
    /// All questions of the envelope; those before `asked` have been sent, those before `answered` are settled.
    private var questions: [Question]
    private var asked = 0
    private var answered = 0
    private var outcomes: [SMTPRecipientOutcome?]
    private var isSendingBody = false
    /// The server holds an envelope, which RSET or the text's end would close: at first, that of before.
    private var isEnvelopeOpen: Bool
    /// An address that will be sent has letters beyond ASCII.
    private var isInternational = false

    init(_ transaction: SMTPTransaction, dialect: SMTPDialect, extensions: SMTPExtensions, beginsWithReset: Bool) {
        self.transaction = transaction
        self.dialect = dialect
        self.extensions = extensions
        self.outcomes = Array(repeating: nil, count: transaction.recipients.count)
        self.isEnvelopeOpen = beginsWithReset
        self.questions = beginsWithReset ? [.reset, .mail] : [.mail]
        self.questions.reserveCapacity(transaction.recipients.count + 3)
        for (index, recipient) in transaction.recipients.enumerated() {
            if let refusal = self.refusal(of: recipient.path) {
                self.outcomes[index] = SMTPRecipientOutcome(stage: .requirements, reply: refusal, isLocal: true)
            } else {
                self.questions.append(.rcpt(index))
            }
        }
        self.questions.append(.data)
    }

    /// RFC 5321 §4.5.3.2: five minutes for MAIL and RCPT, two for DATA, three for a block of text, ten for the end.
    var replyTimeout: Duration {
        if self.isSendingBody { return .seconds(180) }
        guard self.answered < self.questions.count else { return .seconds(300) }
        switch self.questions[self.answered] {
        case .reset, .mail, .rcpt: return .seconds(300)
        case .data: return .seconds(120)
        case .endOfData, .emptyText: return .seconds(600)
        }
    }

    /// Why a recipient cannot be sent to this server; `nil` when it can.
    private mutating func refusal(of path: ForwardPath) -> SMTPReply? {
        switch SMTPCommandWriter.spelling(of: path) {
        case .plain:
            return nil
        case .international:
            guard self.extensions.contains(.internationalized) else { return .internationalizedNotTaken }
            self.isInternational = true
            return nil
        case .unwritable:
            return SMTPReply(553, "5.1.3", "Address cannot be sent to the next host")
        }
    }

    mutating func begin() -> Step {
        switch SMTPCommandWriter.spelling(of: self.transaction.sender.reversePath) {
        case .plain:
            break
        case .international:
            guard self.extensions.contains(.internationalized) else {
                return self.refuseAll(.internationalizedNotTaken)
            }
            self.isInternational = true
        case .unwritable:
            return self.refuseAll(SMTPReply(553, "5.1.7", "Sender cannot be sent to the next host"))
        }
        if !self.hasUndecided { return self.done() }
        return .send(self.ask())
    }

    private mutating func refuseAll(_ reply: SMTPReply) -> Step {
        self.decideUndecided(.requirements, reply, isLocal: true)
        return self.done()
    }

    mutating func bodySent() {
        precondition(self.isSendingBody, "a body was sent unasked")
        self.isSendingBody = false
    }

    mutating func replyReceived(_ reply: SMTPReply) -> Step {
        guard self.answered < self.asked, !self.isSendingBody || self.isTextQuestion else { return .broken }
        let question = self.questions[self.answered]
        self.answered += 1
        switch question {
        case .reset:
            guard reply.isCompletion else { return .broken }
        case .mail:
            self.isEnvelopeOpen = reply.isCompletion
            guard reply.code / 100 != 3 else { return .broken }
            if !reply.isCompletion { self.decideUndecided(.mail, reply) }
        case .rcpt(let index):
            guard reply.code / 100 != 3 else { return .broken }
            if !reply.isCompletion && self.outcomes[index] == nil {
                self.outcomes[index] = SMTPRecipientOutcome(stage: .rcpt, reply: reply)
            }
        case .data:
            return self.dataAnswered(reply)
        case .endOfData(let recipient):
            return self.textJudged(reply, recipient)
        case .emptyText:
            return self.done()
        }
        return self.next()
    }

    /// What is known of each recipient, `reply` standing for what is not.
    func outcomes(undecided reply: SMTPReply, isLocal: Bool) -> [SMTPRecipientOutcome] {
        var copy = self
        copy.decideUndecided(self.stage, reply, isLocal: isLocal)
        return copy.outcomes.compactMap(\.self)
    }

    private mutating func next() -> Step {
        guard self.answered == self.asked else { return .wait }
        // Nobody is left to send the text to, and DATA was not asked for yet.
        if !self.hasUndecided { return self.done() }
        return .send(self.ask())
    }

    private mutating func dataAnswered(_ reply: SMTPReply) -> Step {
        let waiting = self.outcomes.indices.filter { self.outcomes[$0] == nil }
        guard reply.code == 354 else {
            guard !reply.isCompletion, !reply.isIntermediate else { return .broken }
            self.decideUndecided(.data, reply)
            return self.done()
        }
        if waiting.isEmpty {
            // LMTP gives as many answers as it took recipients, and none can be told from the next command's.
            guard self.dialect == .smtp else { return .broken }
            self.questions.append(.emptyText)
            self.asked += 1
            return .send(ByteBuffer(string: ".\r\n"))
        }
        self.isSendingBody = true
        switch self.dialect {
        case .smtp: self.questions.append(.endOfData(recipient: nil))
        case .lmtp: self.questions.append(contentsOf: waiting.map { .endOfData(recipient: $0) })
        }
        self.asked = self.questions.count
        return .sendBody
    }

    private mutating func textJudged(_ reply: SMTPReply, _ recipient: Int?) -> Step {
        // Before our text has ended a server can only have given up, and the connection is no longer in step.
        guard !reply.isIntermediate, !self.isSendingBody || !reply.isCompletion else { return .broken }
        if let recipient {
            self.outcomes[recipient] = SMTPRecipientOutcome(stage: .endOfData, reply: reply)
        } else {
            self.decideUndecided(.endOfData, reply)
        }
        guard !self.isSendingBody else { return .broken }
        guard self.answered == self.asked else { return .wait }
        self.isEnvelopeOpen = false
        return self.done()
    }

    /// Writes the next question, or with PIPELINING all of them.
    private mutating func ask() -> ByteBuffer {
        var buffer = ByteBuffer()
        repeat {
            switch self.questions[self.asked] {
            case .reset: buffer.writeStaticString("RSET\r\n")
            case .mail:
                buffer.writeMailCommand(self.transaction, self.extensions, isInternational: self.isInternational)
            case .rcpt(let index): buffer.writeRcptCommand(self.transaction, index, self.extensions)
            case .data: buffer.writeStaticString("DATA\r\n")
            case .endOfData, .emptyText: preconditionFailure("the text's end was asked for as a command")
            }
            self.asked += 1
        } while self.extensions.contains(.pipelining) && self.asked < self.questions.count
        return buffer
    }

    private mutating func done() -> Step {
        .done(self.outcomes.compactMap(\.self), needsReset: self.isEnvelopeOpen)
    }

    private mutating func decideUndecided(
        _ stage: SMTPRecipientOutcome.Stage,
        _ reply: SMTPReply,
        isLocal: Bool = false
    ) {
        for index in self.outcomes.indices where self.outcomes[index] == nil {
            self.outcomes[index] = SMTPRecipientOutcome(stage: stage, reply: reply, isLocal: isLocal)
        }
    }

    private var hasUndecided: Bool { self.outcomes.contains { $0 == nil } }

    private var isTextQuestion: Bool {
        if case .endOfData = self.questions[self.answered] { true } else { false }
    }

    private var stage: SMTPRecipientOutcome.Stage {
        guard self.answered < self.questions.count else { return .endOfData }
        switch self.questions[self.answered] {
        case .reset, .mail: return .mail
        case .rcpt: return .rcpt
        case .data: return .data
        case .endOfData, .emptyText: return .endOfData
        }
    }
}
