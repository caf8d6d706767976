package import MailTypes

/// What is done with mail that fails the policy of the domain it claims to come from (DMARC), by the recipient's
/// domain.
package struct SenderPolicy: Hashable, Sendable {
    package enum Handling: String, Hashable, Sendable, CaseIterable {
        /// The sender is not checked.
        case none
        /// What was found stands in the header, and no more.
        case tag
        /// Mail that fails goes to the Junk mailbox, if the author's domain asks for that or for rejection.
        case quarantine
        /// Mail that fails is rejected or goes to the Junk mailbox, as the author's domain asks.
        case reject
    }

    package var usual: Handling
    package var domains: [Domain: Handling]
    /// Forwarders and mailing lists whose seals are believed: what they found when the message came to them counts
    /// where it fails here. RFC 8617 §7.2.
    package var trustedSealers: Set<DNSName>

    package init(
        usual: Handling = .tag,
        domains: [Domain: Handling] = [:],
        trustedSealers: Set<DNSName> = []
    ) {
        self.usual = usual
        self.domains = domains
        self.trustedSealers = trustedSealers
    }

    func handling(_ recipient: ForwardPath) -> Handling {
        guard case .address(let address) = recipient else { return self.usual }
        return self.domains[address.domain] ?? self.usual
    }
}
