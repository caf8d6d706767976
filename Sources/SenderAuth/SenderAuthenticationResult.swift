package import MailTypes

/// All that was found of a message's sender, with the reasons.
package struct SenderAuthenticationResult: Hashable, Sendable {
    /// Of MAIL FROM; of the HELO name for the null sender.
    package var spf: SPFResult
    /// Of the HELO name for itself.
    package var spfHELO: SPFResult?
    /// One a signature, from the top.
    package var dkim: [DKIMResult]
    package var ignoredSignatures: Int
    package var arc: ARCResult
    package var dmarc: DMARCResult
    package var client: IPAddress
    package var helo: String
    package var mailFrom: EmailAddress?

    /// As the field that tells later readers. RFC 8601 §2.7.
    package func authenticationResults(host: String) -> AuthenticationResults {
        var results: [AuthenticationResults.MethodResult] = []
        results.reserveCapacity(4 + self.dkim.count)
        if let spfHELO { results.append(self.spfResult(spfHELO)) }
        results.append(self.spfResult(self.spf))
        results += self.dkim.isEmpty ? [.init("dkim", "none")] : self.dkim.map(Self.dkimResult)
        results.append(self.dmarcResult)
        results.append(self.arcResult)
        return AuthenticationResults(host: host, results: results)
    }

    private func spfResult(_ result: SPFResult) -> AuthenticationResults.MethodResult {
        let isMailFrom = result.identity == .mailFrom && self.mailFrom != nil
        let property =
            isMailFrom
            ? AuthenticationResults.Property("smtp", "mailfrom", self.mailFrom?.description ?? "")
            : AuthenticationResults.Property("smtp", "helo", self.asciiGreeting)
        return .init("spf", result.verdict.rawValue, reason: result.reason, properties: [property])
    }

    /// As the DNS has the name: a client that greets in other letters does not make the message internationalized.
    /// RFC 8616 §5.
    private var asciiGreeting: String {
        guard !self.helo.utf8.allSatisfy({ $0 < 0x80 }) else { return self.helo }
        return DNSName(international: self.helo)?.text ?? "unknown"
    }

    /// The first octets of b= tell apart several signatures of one domain. RFC 6008 §4.
    private static func dkimResult(_ result: DKIMResult) -> AuthenticationResults.MethodResult {
        let properties: [AuthenticationResults.Property] =
            result.claim.map { claim in
                [
                    .init("header", "d", claim.domain.text), .init("header", "s", claim.selector.text),
                    .init("header", "a", claim.algorithm.rawValue), .init("header", "b", claim.signaturePrefix),
                ]
            } ?? []
        let reason = result.problem?.description ?? (result.verified?.isTesting == true ? "test key" : nil)
        return .init("dkim", result.verdict.rawValue, reason: reason, properties: properties)
    }

    private var dmarcResult: AuthenticationResults.MethodResult {
        var properties: [AuthenticationResults.Property] = []
        if let domain = self.dmarc.authorDomain { properties.append(.init("header", "from", domain.text)) }
        if self.dmarc.record != nil {
            properties.append(.init("policy", "dmarc", self.dmarc.disposition.rawValue))
        }
        return .init("dmarc", self.dmarc.verdict.rawValue, reason: self.dmarc.reason, properties: properties)
    }

    /// The client is named for those who read this behind our seal. RFC 8617 §4.1.1.
    private var arcResult: AuthenticationResults.MethodResult {
        .init(
            "arc",
            self.arc.verdict.rawValue,
            reason: self.arc.verdict == .none ? nil : self.arc.reason,
            properties: [.init("smtp", "remote-ip", self.client.description)]
        )
    }
}
