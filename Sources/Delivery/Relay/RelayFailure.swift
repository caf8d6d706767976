internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import SMTPWire

/// Why a connection ended improperly.
struct RelayFailure {
    var reply: SMTPReply
    /// The handshake failed.
    var isTLSFailure = false
    /// The host broke off where TLS begins, before the handshake or right behind it.
    var isAtTLS = false
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

extension RelayFailure {
    /// The next host could not be connected to.
    init(connecting error: any Error) {
        let reason = Self.reason(error).map { ": \($0)" } ?? ""
        self.init(reply: SMTPReply(451, "4.4.1", "Cannot connect to the next host\(reason)"))
    }

    /// In words of ours only, since senders read them.
    private static func reason(_ error: any Error) -> String? {
        switch error {
        case ChannelError.connectTimeout: "connection timed out"
        case let error as NIOConnectionError:
            if let last = error.connectionErrors.last {
                Self.reason(last.error)
            } else {
                error.dnsAError != nil || error.dnsAAAAError != nil ? "its name has no address" : nil
            }
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED: "connection refused"
            case ETIMEDOUT: "connection timed out"
            case EHOSTUNREACH, ENETUNREACH: "no route to it"
            case ECONNRESET: "connection was reset"
            case EMFILE, ENFILE, ENOMEM, ENOBUFS: "too much is going on here"
            default: nil
            }
        default: nil
        }
    }
}

extension SMTPTransactionResult {
    /// The server had not taken the first command, so nothing came of the transaction.
    var isUntouched: Bool {
        self.outcomes.allSatisfy { $0.stage == .mail && ($0.isLocal || $0.reply.code == 421) }
    }
}
