internal import MailTypes
internal import SenderAuth

/// What follows from what was found of a message's sender.
struct SenderJudgement: Sendable {
    /// What the author's domain wants done with the message; `nil` when it passes, or is excused.
    let wish: DMARCDisposition?
    /// The trusted sealer for whose word a failure is excused.
    let sealer: DNSName?
    let policy: SenderPolicy

    init(_ result: SenderAuthenticationResult, policy: SenderPolicy) {
        self.policy = policy
        let isFailed = result.dmarc.verdict == .fail && result.dmarc.disposition != .none
        let sealer = isFailed ? Self.trustedSealer(result.arc, policy) : nil
        self.sealer = sealer
        self.wish = isFailed && sealer == nil ? result.dmarc.disposition : nil
    }

    /// The nearest sealer that found that the message passed, if all that handled it since are trusted.
    ///
    /// A seal covers the seals before it and the message as it was then; whoever seals later can change all of the
    /// message and leave the chain whole. RFC 8617 §9.5.
    private static func trustedSealer(_ arc: ARCResult, _ policy: SenderPolicy) -> DNSName? {
        guard arc.verdict == .pass else { return nil }
        return arc.sealers.reversed().prefix { policy.trustedSealers.contains($0.domain) }.first { sealer in
            sealer.results?.results.contains { $0.method == "dmarc" && $0.result == "pass" } ?? false
        }?.domain
    }

    func isQuarantined(_ recipient: ForwardPath) -> Bool {
        guard self.wish != nil else { return false }
        return self.policy.handling(recipient) == .quarantine || self.policy.handling(recipient) == .reject
    }

    /// Over SMTP a message is rejected as a whole, so all recipients' domains must want it.
    func isRejected(_ recipients: [AcceptedRecipient]) -> Bool {
        self.wish == .reject && recipients.allSatisfy { self.policy.handling($0.recipient.path) == .reject }
    }
}
