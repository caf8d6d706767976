internal import MailTypes
package import NIOCore

/// What our side of an SMTP or LMTP session says next, and what each answer of the server means.
///
/// The machine performs no I/O, reads no clock and starts no task. Its driver reports what happened by calling an event
/// method and carries out the one ``Action`` it gets back. It never decides whom to connect to or whether to try again.
///
///     greeting ─220─▶ hello ─250─▶ (STARTTLS ─▶ tls ─▶ hello) ─▶ (AUTH) ─▶ idle ◀─────────────────┐
///                                                                           │ transactionRequested │ finished
///                                                                           ▼                      │
///                                              envelope: MAIL, RCPT…, DATA ─354─▶ body ─▶ final answers
///     any ──421, lost, timed out──▶ closed        idle ──quitRequested──▶ quitting ──▶ closed
///
/// With PIPELINING the whole envelope leaves in one write (RFC 2920); without it, line by line. LMTP answers after the
/// text once for each recipient it took (RFC 2033 §4.2). Answers are matched to questions by a queue of what is due.
package struct SMTPClientStateMachine: Sendable {
    /// What the driver must do now. Every event answers with exactly one.
    package enum Action: Hashable, Sendable {
        /// Wait for the next reply.
        case wait
        /// Write these bytes, then wait.
        case send(ByteBuffer)
        /// Begin TLS, forgetting plain bytes that wait, then call ``tlsEstablished()`` or ``tlsFailed()``.
        case startTLS
        /// Choose one of these mechanisms and call ``authenticationStarted(mechanism:initialResponse:)``.
        case authenticate(mechanisms: [String])
        /// Answer this challenge, still base64, with ``authenticationAnswered(_:)``.
        case answerChallenge(String)
        /// The session can take a transaction. Said once, at its beginning.
        case ready(SMTPCapabilities)
        /// Write the message through a ``DotStuffer``, to its end, then call ``bodySent()``.
        case sendBody
        /// The transaction is over.
        case finished(SMTPTransactionResult)
        /// There is no session; close the connection.
        case failed(SMTPClientFailure)
        /// All was said; close the connection.
        case close
    }

    package enum TLSUse: Hashable, Sendable {
        case never
        case whenOffered
        case required
    }

    package struct Configuration: Hashable, Sendable {
        package var dialect: SMTPDialect
        /// Our name, for EHLO or LHLO.
        package var helloName: String
        package var tls: TLSUse
        /// The connection began with TLS, so STARTTLS is not asked for.
        package var isAlreadySecure: Bool
        package var mustAuthenticate: Bool

        package init(
            dialect: SMTPDialect,
            helloName: String,
            tls: TLSUse = .whenOffered,
            isAlreadySecure: Bool = false,
            mustAuthenticate: Bool = false
        ) {
            self.dialect = dialect
            self.helloName = helloName
            self.tls = tls
            self.isAlreadySecure = isAlreadySecure
            self.mustAuthenticate = mustAuthenticate
        }
    }

    enum State: Sendable {
        case greeting
        case hello
        case helo
        case startTLS
        case handshake
        /// The driver is choosing a mechanism or making an answer.
        case authenticating
        /// The server is to judge what we sent.
        case authentication
        case idle
        case transaction(SMTPTransactionProgress)
        case quitting
        case closed
    }

    let configuration: Configuration
    var state = State.greeting
    var isSecure: Bool
    /// The login was cancelled; the server has but to say so.
    var hasGivenUpLogin = false
    /// The server holds an envelope of an earlier, unfinished transaction.
    var needsReset = false
    /// The session ended between STARTTLS and the first answer within TLS, so that it may be TLS that ended it.
    package internal(set) var hasEndedAtTLS = false

    /// What the server offers; as much as is known so far.
    package internal(set) var capabilities = SMTPCapabilities(domain: "")

    package init(_ configuration: Configuration) {
        self.configuration = configuration
        self.isSecure = configuration.isAlreadySecure
    }

    /// How long the server may take for what it owes us now. RFC 5321 §4.5.3.2.
    package var replyTimeout: Duration {
        guard case .transaction(let progress) = self.state else { return .seconds(300) }
        return progress.replyTimeout
    }

    /// Whether a transaction may be handed in.
    package var isIdle: Bool {
        if case .idle = self.state { true } else { false }
    }

    // MARK: - Events

    /// The server's next whole reply arrived.
    package mutating func replyReceived(_ reply: SMTPReply) -> Action {
        if reply.code == 421 { return self.serviceClosed(reply) }
        switch self.state {
        case .greeting: return self.greeted(reply)
        case .hello: return self.helloAnswered(reply)
        case .helo: return self.heloAnswered(reply)
        case .startTLS: return self.startTLSAnswered(reply)
        case .authentication: return self.authenticationJudged(reply)
        case .transaction(var progress):
            let action = progress.replyReceived(reply)
            return self.advanced(progress, action)
        case .handshake, .authenticating, .idle: return self.fail(.protocolViolated)
        case .quitting, .closed:
            self.state = .closed
            return .close
        }
    }

    /// The server's bytes were no reply.
    package mutating func protocolViolated() -> Action {
        self.end(.protocolViolated, SMTPReply(451, "4.5.0", "Next host does not speak the protocol"))
    }

    package mutating func connectionLost() -> Action {
        self.end(.connectionLost, SMTPReply(451, "4.4.2", "Connection to the next host was lost"))
    }

    /// The server did not answer within ``replyTimeout``, or took none of our bytes for as long.
    package mutating func timedOut() -> Action {
        self.end(.timedOut, SMTPReply(451, "4.4.1", "Next host did not answer in time"))
    }

    /// TLS stands. What the server said before it counts no more. RFC 3207 §4.2.
    package mutating func tlsEstablished() -> Action {
        guard case .handshake = self.state else { preconditionFailure("TLS was established unasked") }
        self.isSecure = true
        return self.sayHello()
    }

    package mutating func tlsFailed() -> Action {
        guard case .handshake = self.state else { preconditionFailure("TLS failed unasked") }
        return self.fail(.tlsFailed)
    }

    /// A mechanism was chosen; `nil` when none of those offered will do.
    ///
    /// - Parameter initialResponse: in base64, `=` for an empty one; `nil` when the mechanism lets the server begin.
    package mutating func authenticationStarted(mechanism: String?, initialResponse: String?) -> Action {
        guard case .authenticating = self.state else { preconditionFailure("AUTH was begun unasked") }
        guard let mechanism else { return self.fail(.authenticationUnavailable) }
        self.state = .authentication
        return .send(
            ByteBuffer(string: initialResponse.map { "AUTH \(mechanism) \($0)\r\n" } ?? "AUTH \(mechanism)\r\n")
        )
    }

    /// The answer to a challenge, in base64; `*` gives up.
    package mutating func authenticationAnswered(_ response: String) -> Action {
        guard case .authenticating = self.state else { preconditionFailure("a challenge was answered unasked") }
        self.hasGivenUpLogin = response == "*"
        self.state = .authentication
        return .send(ByteBuffer(string: response + "\r\n"))
    }

    /// A message is to be handed over. Only while ``isIdle``.
    package mutating func transactionRequested(_ transaction: SMTPTransaction) -> Action {
        guard case .idle = self.state else { preconditionFailure("a transaction was requested while one is under way") }
        if let refusal = self.unmetRequirement(of: transaction) {
            let outcome = SMTPRecipientOutcome(stage: .requirements, reply: refusal, isLocal: true)
            let outcomes = Array(repeating: outcome, count: transaction.recipients.count)
            return .finished(SMTPTransactionResult(outcomes: outcomes, isSessionReusable: true))
        }
        var progress = SMTPTransactionProgress(
            transaction,
            dialect: self.configuration.dialect,
            extensions: self.capabilities.extensions,
            beginsWithReset: self.needsReset
        )
        self.needsReset = false
        let action = progress.begin()
        return self.advanced(progress, action)
    }

    /// The message's text and its end have been written.
    package mutating func bodySent() -> Action {
        guard case .transaction(var progress) = self.state else { preconditionFailure("a body was sent unasked") }
        progress.bodySent()
        self.state = .transaction(progress)
        return .wait
    }

    /// The session is no longer needed. Only while ``isIdle``.
    package mutating func quitRequested() -> Action {
        guard case .idle = self.state else { preconditionFailure("a session in use was told to quit") }
        self.state = .quitting
        return .send(ByteBuffer(string: "QUIT\r\n"))
    }
}
