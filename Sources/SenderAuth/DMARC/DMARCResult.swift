package import MailTypes

/// Whether the domain in From stands behind a message, and what it wants done if not. RFC 7489 §6.6, §11.2.
package struct DMARCResult: Hashable, Sendable {
    /// pass, fail, none (no policy), temperror or permerror.
    package var verdict: AuthVerdict
    /// The domain in From; `nil` when it names none.
    package var authorDomain: DNSName?
    package var organizationalDomain: DNSName?
    /// Whose record is applied.
    package var policyDomain: DNSName?
    package var record: DMARCRecord?
    /// What the record asks for a message like this one when it fails.
    package var policy = DMARCDisposition.none
    /// What is to be done with this message: `policy` unless it passes, or is exempted by pct= or t=.
    package var disposition = DMARCDisposition.none
    /// The domain that SPF passed for, when it is the author's.
    package var alignedSPF: DNSName?
    /// The domains of signatures that are the author's.
    package var alignedDKIM: [DNSName] = []
    /// Why it came out that way; fit for a header field.
    package var reason: String
}

/// What the other checks found, as far as DMARC asks.
package struct DMARCEvidence: Sendable {
    /// A domain that a check spoke of, and what it said.
    package struct Identifier: Hashable, Sendable {
        package var domain: DNSName
        package var verdict: AuthVerdict

        package init(_ domain: DNSName, _ verdict: AuthVerdict) {
            self.domain = domain
            self.verdict = verdict
        }
    }

    /// The domain of MAIL FROM, or of HELO for the null sender.
    package var spf: Identifier?
    /// The d= of each signature.
    package var dkim: [Identifier]
    /// 0 to 99, drawn for this message: at or above pct= it is exempted. RFC 7489 §6.6.4.
    package var sample: Int

    package init(spf: Identifier?, dkim: [Identifier], sample: Int = 0) {
        self.spf = spf
        self.dkim = dkim
        self.sample = sample
    }
}
