internal import MailTypes
internal import NIOCore
internal import Reception
internal import SASL
internal import SMTPWire

/// What an SMTP or LMTP session may do next, and what each event makes it do.
///
/// The machine performs no I/O, reads no clock and starts no task. Its driver reports what happened by calling an event
/// method, and carries out the one ``Action`` it gets back.
///
///     connected ─greeting─▶ ready ─MAIL─▶ checkingSender ─▶ envelope ⇄ checkingRecipient
///                             ▲                               │ DATA          │ BDAT
///                             │                    receivingMessage    receivingChunk ⇄ betweenChunks
///                             │                               └───────┬───────┘ last
///                             └───────────── answered ◀──────── delivering
///
/// `authenticating` and `startingTLS` are entered from `ready` and left by their end; `discardingChunk` is left when
/// the unwanted octets are read; `closed` is not left.
///
/// After every refusal of MAIL, DATA, BDAT or a message the envelope is empty and the state `ready`, so that what
/// follows can never be taken for part of what was refused (lesson 7). A refused RCPT leaves the others standing.
///
/// Events arriving in a state that cannot see them are the driver's bug and trap; commands arriving out of order are
/// the client's and get a 503. RFC 5321 §4.1.4, RFC 2033, RFC 3030, RFC 3207, RFC 4954.
struct SMTPSessionStateMachine {
    /// What the driver must do now. Every event answers with exactly one.
    enum Action: Hashable {
        /// Answer; commands follow.
        case reply(SMTPReply)
        /// Answer for each recipient; commands follow. RFC 2033 §4.2.
        case replies([SMTPReply])
        case repliesThenClose([SMTPReply])
        /// Nothing more can be said.
        case close
        /// Call ``SMTPSessionStateMachine/senderChecked(_:)``.
        case checkSender(EnvelopeSender)
        /// Call ``SMTPSessionStateMachine/recipientChecked(_:)``.
        case checkRecipient(EnvelopeRecipient)
        /// Answer, read a message in DATA's form, then call ``SMTPSessionStateMachine/messageEnded(_:)``.
        case receiveMessage(SMTPReply)
        /// Read a chunk, then call ``SMTPSessionStateMachine/chunkEnded(_:)``.
        case receiveChunk(octets: Int, isFirst: Bool, isLast: Bool)
        /// Read and forget a chunk, then call ``SMTPSessionStateMachine/chunkDiscarded()``.
        case discardChunk(octets: Int)
        /// Give the message to reception, then call ``SMTPSessionStateMachine/deliveryFinished(_:)``.
        case deliver
        /// Answer, begin TLS, then call ``SMTPSessionStateMachine/tlsStarted(_:)``.
        case startTLS(SMTPReply)
        /// Go through the exchange, then call ``SMTPSessionStateMachine/loginEnded(_:)``.
        case authenticate(SASLMechanism, initialResponse: ByteBuffer?)
    }

    /// How the text of a message or chunk came in.
    enum BodyOutcome: Hashable {
        case whole
        /// Not to be taken, for this reason.
        case refused(SMTPReply)
    }

    enum LoginOutcome: Hashable {
        case succeeded
        case failed(SASLFailure)
    }

    enum State: Hashable {
        case connected
        case ready
        case checkingSender(EnvelopeSender)
        case envelope
        case checkingRecipient
        case receivingMessage
        case receivingChunk(octets: Int, isLast: Bool)
        case betweenChunks
        case discardingChunk([SMTPReply])
        case delivering
        case authenticating
        case startingTLS
        case closed
    }

    let options: SMTPServerOptions
    var facts: SMTPSessionFacts { didSet { self.extensions = self.understood } }
    var state = State.connected
    /// The client greeted with EHLO or LHLO.
    var isExtended = false { didSet { self.extensions = self.understood } }
    /// What command lines are read by; worked out when it changes, as each command asks for it.
    private(set) var extensions: SMTPExtensions = []
    /// The message begun; `nil` outside one.
    var sender: EnvelopeSender?
    var recipients: [AcceptedRecipient] = []
    /// How long the message begun may take; its driver knows the moment from which that counts.
    var deliverBy: DeliverByRequest?
    /// Octets of the message received in chunks.
    var chunkedOctets = 0
    /// What the last event has refused, until it is taken.
    var refused: RefusedMessage?
    private var errors = 0
    /// Refused commands since the last message that was taken.
    private var refusals = 0
    var idleCommands = 0
    var loginFailures = 0
    private var isStopping = false

    init(options: SMTPServerOptions, facts: SMTPSessionFacts) {
        self.options = options
        self.facts = facts
        self.extensions = self.understood
    }

    /// Whether the service may end the session now without anything begun being lost.
    var isBetweenMessages: Bool {
        switch self.state {
        case .connected, .ready, .envelope, .betweenChunks, .authenticating: true
        case .checkingSender, .checkingRecipient, .receivingMessage, .receivingChunk, .discardingChunk, .delivering,
            .startingTLS, .closed:
            false
        }
    }

    // MARK: - Commands

    mutating func commandReceived(_ command: SMTPCommand) -> Action {
        switch self.state {
        case .connected, .ready, .envelope, .betweenChunks: break
        default: preconditionFailure("a command reached the machine in state \(self.state)")
        }
        switch command {
        case .mail(let path, let parameters):
            return self.mailReceived(EnvelopeSender(path, parameters), parameters.deliverBy)
        case .rcpt(let path, let parameters): return self.recipientReceived(EnvelopeRecipient(path, parameters))
        case .data: return self.dataReceived()
        case .bdat(let octets, let isLast): return self.chunkAnnounced(octets: octets, isLast: isLast)
        case .rset:
            self.endTransaction()
            return self.idle(.resetDone)
        case .noop: return self.idle(.ok)
        case .quit: return self.close(.bye)
        case .ehlo, .lhlo: return self.greeted(isExtended: true)
        case .helo: return self.greeted(isExtended: false)
        case .help: return self.idle(self.help)
        case .vrfy: return self.idle(.cannotVerify)
        case .expn: return self.idle(.expansionRefused)
        case .startTLS: return self.tlsRequested()
        case .auth(let mechanism, let response): return self.loginRequested(mechanism, response)
        }
    }

    /// A line was no command.
    ///
    /// - Parameter isChunk: it was to announce a chunk, of which it is now unknown how long it is.
    mutating func syntaxErrorFound(_ error: SMTPSyntaxError, isChunk: Bool = false) -> Action {
        if isChunk || error.kind == .lineEndless { return self.close(error.reply) }
        return self.error(error.reply)
    }

    private mutating func greeted(isExtended: Bool) -> Action {
        self.isExtended = isExtended
        self.endTransaction()
        self.state = .ready
        let reply = isExtended ? self.capabilities : SMTPReply(250, nil, self.options.hostName)
        return self.idle(reply)
    }

    private mutating func mailReceived(_ sender: EnvelopeSender, _ deliverBy: DeliverByRequest?) -> Action {
        switch self.state {
        case .connected: return self.error(.greetFirst)
        case .ready: break
        default: return self.error(.nestedMail)
        }
        if self.options.requiresLogin && !self.facts.isLoggedIn {
            return self.error(self.mayLogIn ? .authenticationRequired : .tlsRequired)
        }
        if let size = sender.declaredSize, size > self.options.messageOctetsMax {
            self.noteRefused(.messageTooLarge, from: sender)
            return self.refused(.messageTooLarge)
        }
        self.deliverBy = deliverBy
        self.state = .checkingSender(sender)
        return .checkSender(sender)
    }

    /// - Parameter refusal: `nil` when the sender may send.
    mutating func senderChecked(_ refusal: SMTPReply?) -> Action {
        guard case .checkingSender(let sender) = self.state else {
            preconditionFailure("sender checked in state \(self.state)")
        }
        if let refusal {
            self.noteRefused(refusal, from: sender)
            self.endTransaction()
            return self.refused(refusal)
        }
        self.sender = sender
        self.state = .envelope
        return .reply(.senderAccepted)
    }

    private mutating func recipientReceived(_ recipient: EnvelopeRecipient) -> Action {
        switch self.state {
        case .envelope: break
        case .betweenChunks: return self.error(.chunksBegun)
        default: return self.error(.mailFirst)
        }
        // A client may have sent as many again before it hears of the first.
        guard self.recipients.count < self.options.recipientsMax else {
            return self.refused(.tooManyRecipients, max: self.options.recipientsMax)
        }
        self.state = .checkingRecipient
        return .checkRecipient(recipient)
    }

    mutating func recipientChecked(_ verdict: RecipientVerdict) -> Action {
        guard case .checkingRecipient = self.state else {
            preconditionFailure("recipient checked in state \(self.state)")
        }
        self.state = .envelope
        switch verdict {
        case .accepted(let recipient):
            self.recipients.append(recipient)
            return .reply(.recipientAccepted)
        case .refused(let reply):
            return self.refused(reply)
        }
    }

    // MARK: - Ends

    /// The client was silent for too long.
    mutating func timeLimitReached() -> Action {
        guard self.state != .closed else { return .close }
        let canSpeak = self.state != .startingTLS
        self.noteRefused(.idleTooLong)
        self.state = .closed
        return canSpeak ? .repliesThenClose([.idleTooLong]) : .close
    }

    /// The service ends: at once between messages, else when the one begun is answered for.
    mutating func stopRequested() -> Action? {
        if self.isBetweenMessages { return self.close(.shuttingDown) }
        self.isStopping = true
        return nil
    }

    mutating func close(_ reply: SMTPReply) -> Action {
        if !reply.isCompletion { self.noteRefused(reply) }
        self.endTransaction()
        self.state = .closed
        return .repliesThenClose([reply])
    }

    mutating func finished(_ replies: [SMTPReply]) -> Action {
        if self.isStopping {
            self.state = .closed
            return .repliesThenClose(replies + [.shuttingDown])
        }
        return replies.count == 1 ? .reply(replies[0]) : .replies(replies)
    }

    /// What was begun is forgotten; the greeting stays.
    mutating func endTransaction() {
        self.sender = nil
        self.recipients = []
        self.deliverBy = nil
        self.chunkedOctets = 0
        if self.state != .connected { self.state = .ready }
    }

    /// The client's mistake.
    mutating func error(_ reply: SMTPReply) -> Action {
        self.errors += 1
        return self.errors > self.options.errorsMax ? self.close(.tooManyErrors) : .reply(reply)
    }

    /// A command that was understood and declined: who hears so without end guesses names, or wants only answers.
    ///
    /// - Parameter max: how many of them a client may hear in a row; ``refusalsMax`` if that is more.
    mutating func refused(_ reply: SMTPReply, max: Int? = nil) -> Action {
        self.refusals += 1
        let isTooMany = self.refusals > Swift.max(max ?? 0, self.refusalsMax)
        return isTooMany ? self.close(.tooManyErrors) : .reply(reply)
    }

    /// Users and hosts that are known ask for whole lists of recipients; strangers who do so are after the good ones.
    private var refusalsMax: Int {
        let isKnown = self.facts.isTrusted || self.facts.isLoggedIn || self.options.door == .lmtp
        return isKnown ? max(self.options.errorsMax, self.options.recipientsMax) : self.options.errorsMax
    }

    /// A message was taken: its client moves mail.
    mutating func messageTaken() {
        self.errors = 0
        self.refusals = 0
    }

    /// A command that moves no mail.
    mutating func idle(_ reply: SMTPReply) -> Action {
        self.idleCommands += 1
        return self.idleCommands > self.options.idleCommandsMax ? self.close(.tooManyIdleCommands) : .reply(reply)
    }
}
