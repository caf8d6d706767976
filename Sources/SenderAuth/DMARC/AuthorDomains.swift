internal import MIME
package import MailTypes

/// The domains that a message's From names: what DMARC is about. RFC 7489 §6.6.1.
package struct AuthorDomains: Hashable, Sendable {
    /// Each once, in order.
    package private(set) var domains: [DNSName] = []
    /// Whether a part of From can be read one way or another, or names no domain.
    package private(set) var isBroken = false
    /// Whether there are more domains than are looked at.
    package private(set) var isCut = false

    init(_ fields: HeaderFields) {
        for index in fields.indices(of: "From") {
            for address in AddressList.parse(fields.rawValue(index), in: fields.octets.span) {
                if address.isGroupStart || address.isGroupEnd { continue }
                self.add(address)
            }
        }
        if self.domains.isEmpty { self.isBroken = true }
    }

    private mutating func add(_ address: HeaderAddress) {
        let text = String(decoding: address.domain ?? [], as: UTF8.self)
        // The address reader's words for what is not there.
        let isMissing = text == "MISSING_DOMAIN" || text == "SYNTAX_ERROR"
        guard !address.isBroken, !isMissing, let domain = DNSName(international: text), domain != .root else {
            self.isBroken = true
            return
        }
        guard !self.domains.contains(domain) else { return }
        if self.domains.count == SenderAuthLimits.authorDomainsMax {
            self.isCut = true
        } else {
            self.domains.append(domain)
        }
    }
}
