internal import MIME
internal import MailTypes
internal import NIOCore
internal import SenderAuth
internal import Storage
internal import Telemetry
internal import Trace

/// Checking who a message from outside is from, before it is stored.
extension Acceptance {
    /// Whether this message's sender is checked: it comes from outside, and a recipient's domain wants it.
    func checksSender(of message: IncomingMessage) -> Bool {
        guard self.reception.checker != nil, message.client.door == .exchange, !message.client.isTrusted else {
            return false
        }
        return message.recipients.contains { self.options.senderPolicy.handling($0.recipient.path) != .none }
    }

    /// Checks, writes down what was found, and goes on with what follows from it.
    func checkSender(
        _ message: IncomingMessage,
        _ header: HeaderInspection,
        _ completion: @escaping Completion,
        then next: @escaping @Sendable (IncomingMessage, SenderJudgement?) -> Void
    ) {
        let goOnUnchecked: @Sendable () -> Void = {
            self.takeOutForged(header, of: message, completion) { next($0, nil) }
        }
        guard let checker = self.reception.checker else { return goOnUnchecked() }
        do {
            try checker.check(message, hostName: self.options.hostName) { result in
                guard let result else { return goOnUnchecked() }
                let judgement = SenderJudgement(result, policy: self.options.senderPolicy)
                self.note(result, judgement, message)
                if judgement.isRejected(message.recipients) {
                    let author = result.dmarc.authorDomain?.text ?? ""
                    self.refuse(message, ReceptionReplies.failsPolicy(of: author), completion)
                    return
                }
                self.writeResults(result, into: message, header, completion) { next($0, judgement) }
            }
        } catch {
            self.fail(message, error, completion)
        }
    }

    /// Takes out results that pretend to be ours, where none are put in: whoever reads the message takes what stands
    /// under our name for our word, checked or not. RFC 8601 §5.
    func takeOutForged(
        _ header: HeaderInspection,
        of message: IncomingMessage,
        _ completion: @escaping Completion,
        then next: @escaping @Sendable (IncomingMessage) -> Void
    ) {
        let edit = MessageEdit(position: message.front.octets, insertion: ByteBuffer(), cuts: header.unwanted)
        self.apply(edit, to: message, completion, then: next)
    }

    /// Puts our Authentication-Results behind our Received field and takes out those that pretend to be ours.
    /// RFC 8601 §4.1, §5.
    private func writeResults(
        _ result: SenderAuthenticationResult,
        into message: IncomingMessage,
        _ header: HeaderInspection,
        _ completion: @escaping Completion,
        then next: @escaping @Sendable (IncomingMessage) -> Void
    ) {
        let field = ByteBuffer(bytes: result.authenticationResults(host: self.options.hostName).field())
        let edit = MessageEdit(position: message.front.octets, insertion: field, cuts: header.unwanted)
        self.apply(edit, to: message, completion) { message in
            var message = message
            message.verdicts = result.verdicts
            next(message)
        }
    }

    private func note(
        _ result: SenderAuthenticationResult,
        _ judgement: SenderJudgement,
        _ message: IncomingMessage
    ) {
        let dkim = result.dkim.map(\.verdict.rawValue).joined(separator: " ")
        self.reception.journal.record(
            message.front.id,
            .senderChecked,
            (.spf, result.spf.verdict.rawValue),
            (.dkim, dkim.isEmpty ? "none" : dkim),
            (.dmarc, result.dmarc.verdict.rawValue),
            (.arc, result.arc.verdict.rawValue),
            (.reason, judgement.sealer.map { "excused by the seal of \($0.text)" } ?? result.dmarc.reason)
        )
    }
}

extension SenderAuthenticationResult {
    /// As scripts are told, by method.
    var verdicts: [String: String] {
        [
            "spf": self.spf.verdict.rawValue,
            "dkim": (self.dkim.first { $0.verdict == .pass } ?? self.dkim.first)?.verdict.rawValue ?? "none",
            "dmarc": self.dmarc.verdict.rawValue,
            "arc": self.arc.verdict.rawValue,
        ]
    }
}
