package import MailTypes

/// One message to hand over: its envelope and what must be known of its text before it is sent.
package struct SMTPTransaction: Hashable, Sendable {
    package var sender: EnvelopeSender
    /// At least one.
    package var recipients: [EnvelopeRecipient]
    /// Octets of the text as it will be sent, stuffed dots not counted.
    package var octets: Int
    /// How long it may still take. RFC 2852 §4.
    package var deliverBy: DeliverByRequest?

    package init(
        sender: EnvelopeSender,
        recipients: [EnvelopeRecipient],
        octets: Int,
        deliverBy: DeliverByRequest? = nil
    ) {
        self.deliverBy = deliverBy
        self.sender = sender
        self.recipients = recipients
        self.octets = octets
    }
}

/// How a transaction ended, recipient by recipient.
package struct SMTPTransactionResult: Hashable, Sendable {
    /// In the order of the transaction's recipients.
    package var outcomes: [SMTPRecipientOutcome]
    /// Whether the session may take another transaction. Otherwise the connection is to be closed.
    package var isSessionReusable: Bool

    package init(outcomes: [SMTPRecipientOutcome], isSessionReusable: Bool) {
        self.outcomes = outcomes
        self.isSessionReusable = isSessionReusable
    }
}

/// What became of one recipient.
package struct SMTPRecipientOutcome: Hashable, Sendable {
    /// The step of the transaction that decided.
    package enum Stage: Hashable, Sendable {
        /// Before anything was sent: the server does not offer what the message needs.
        case requirements
        case mail
        case rcpt
        case data
        /// After the message's text.
        case endOfData
    }

    package var stage: Stage
    /// 2yz at ``Stage/endOfData``: the server has taken responsibility. 4yz: try again. 5yz: never.
    package var reply: SMTPReply
    /// The reply is our own words: the server's are missing, since it does not offer something or is gone.
    package var isLocal: Bool

    package init(stage: Stage, reply: SMTPReply, isLocal: Bool = false) {
        self.stage = stage
        self.reply = reply
        self.isLocal = isLocal
    }

    package var isDelivered: Bool { self.stage == .endOfData && self.reply.isCompletion }
}

/// Why a session cannot be had, or goes on no longer, while no transaction is under way.
package enum SMTPClientFailure: Error, Hashable, Sendable {
    /// The server said so: in its greeting, to our greeting, or with 421 at any time.
    case refused(SMTPReply)
    case connectionLost
    case timedOut
    /// The server's bytes are no SMTP, or answer a question that was not asked.
    case protocolViolated
    /// TLS is required here and the server does not offer it, or took it back.
    case tlsUnavailable
    /// TLS was begun and failed.
    case tlsFailed
    /// The server offers no AUTH, and we must log in.
    case authenticationUnavailable
    /// The server refused our credentials.
    case authenticationRefused(SMTPReply)
}
