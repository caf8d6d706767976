package import MailTypes

/// Which claim is checked. RFC 7208 §2.3, §2.4.
package enum SPFIdentity: String, Hashable, Sendable {
    case helo
    case mailFrom = "mailfrom"
}

/// Who connects and who they say they are.
package struct SPFRequest: Hashable, Sendable {
    package var client: IPAddress
    /// As EHLO or HELO gave it; a name or an address literal.
    package var helo: String
    /// `nil` for the null reverse path, which stands for `postmaster` at the HELO name. RFC 7208 §2.4.
    package var mailFrom: EmailAddress?
    package var identity: SPFIdentity
    /// Our own name, for explanations.
    package var receiver: String
    package var now: Instant

    package init(
        client: IPAddress,
        helo: String,
        mailFrom: EmailAddress?,
        identity: SPFIdentity = .mailFrom,
        receiver: String = "unknown",
        now: Instant
    ) {
        self.client = client
        self.helo = helo
        self.mailFrom = mailFrom
        self.identity = identity
        self.receiver = receiver
        self.now = now
    }

    /// The sender that is checked: `postmaster` where there is no local part.
    var sender: (localPart: String, domain: String) {
        guard self.identity == .mailFrom, let mailFrom else { return ("postmaster", self.helo) }
        return (mailFrom.localPart.isEmpty ? "postmaster" : mailFrom.localPart, mailFrom.domain.name)
    }
}

/// What a policy says of a client, and why.
package struct SPFResult: Hashable, Sendable {
    package var verdict: AuthVerdict
    package var identity: SPFIdentity
    /// The checked domain as it was claimed.
    package var domain: String
    /// The mechanism that matched, as its record has it, e.g. `-all`.
    package var mechanism: String?
    /// Whose record that mechanism stands in, when it is not the checked domain's own.
    package var recordDomain: DNSName?
    /// Why there is no better result; fit for a header field.
    package var problem: String?
    /// What the domain wants a refused sender to read: a stranger's words. RFC 7208 §6.2.
    package var explanation: String?
    /// Whether all answers that led here were proven.
    package var isSecure: Bool

    /// One line that says it all.
    package var reason: String {
        let place = self.recordDomain.map { " of \($0)" } ?? ""
        if let mechanism { return "\(mechanism)\(place) matched" }
        if let problem { return problem }
        return self.verdict == .none ? "no policy" : "no mechanism matched"
    }
}

/// What the evaluator wants next.
package enum SPFAction: Hashable, Sendable {
    case ask(DNSQuestion)
    case finished(SPFResult)
}
