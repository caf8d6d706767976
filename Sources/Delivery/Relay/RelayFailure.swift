internal import SMTPWire

/// Why a connection ended improperly.
struct RelayFailure {
    var reply: SMTPReply
    var isTLSFailure = false
}

extension RelayFailure {
    static let lost = Self(reply: SMTPReply(451, "4.4.2", "Connection to the next host was lost"))

    init(_ failure: SMTPClientFailure) {
        switch failure {
        case .refused(let reply): self.init(reply: reply)
        case .connectionLost: self = .lost
        case .timedOut: self.init(reply: SMTPReply(451, "4.4.1", "Next host did not answer in time"))
        case .protocolViolated: self.init(reply: SMTPReply(451, "4.5.0", "Next host does not speak the protocol"))
        case .tlsUnavailable: self.init(reply: SMTPReply(451, "4.7.4", "Next host does not offer TLS"))
        case .tlsFailed:
            self.init(reply: SMTPReply(451, "4.7.5", "TLS with the next host failed"), isTLSFailure: true)
        case .authenticationUnavailable:
            self.init(reply: SMTPReply(451, "4.7.0", "Next host offers no login that can be used"))
        case .authenticationRefused(let reply): self.init(reply: reply)
        }
    }
}

extension SMTPTransactionResult {
    /// The server had not taken the first command, so nothing came of the transaction.
    var isUntouched: Bool {
        self.outcomes.allSatisfy { $0.stage == .mail && ($0.isLocal || $0.reply.code == 421) }
    }
}
