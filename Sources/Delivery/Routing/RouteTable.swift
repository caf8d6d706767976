package import MailTypes

/// Says where mail for an address goes next. The most exact entry wins:
///
/// 1. the address, `user@example.org`
/// 2. its domain, `example.org`
/// 3. the longest suffix that has an entry, `.example.org` (the domains below it, not itself)
/// 4. `*`
/// 5. the smart host
///
/// Without any of these there is no way, and ``Missing`` says what becomes of the mail.
package struct RouteTable: Hashable, Sendable {
    /// What becomes of mail there is no route for.
    package enum Missing: Hashable, Sendable {
        /// Its sender gets it back.
        case bounce
        /// It waits for a route to be configured, until it is too old.
        case wait
    }

    package enum Decision: Hashable, Sendable {
        case relay(NextHop)
        case noRoute(Missing)
    }

    package struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
        package var pattern: String

        package var description: String {
            "\"\(self.pattern)\" is no route pattern: write a domain, \".domain\" for those below it, an address, "
                + "or \"*\""
        }
    }

    private var addresses: [EmailAddress: NextHop] = [:]
    private var domains: [Domain: NextHop] = [:]
    private var suffixes: [String: NextHop] = [:]
    private var anywhere: NextHop?
    /// Where mail goes that no entry is about.
    package var smartHost: NextHop?
    package var missing: Missing

    package init(smartHost: NextHop? = nil, missing: Missing = .bounce) {
        self.smartHost = smartHost
        self.missing = missing
    }

    /// Adds or replaces an entry.
    package mutating func add(_ pattern: String, _ hop: NextHop) throws(PatternError) {
        guard !pattern.isEmpty, pattern.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw PatternError(pattern: pattern)
        }
        if pattern == "*" {
            self.anywhere = hop
        } else if let at = pattern.lastIndex(of: "@") {
            let localPart = pattern[..<at]
            let domain = pattern[pattern.index(after: at)...]
            guard !localPart.isEmpty, !domain.isEmpty else { throw PatternError(pattern: pattern) }
            self.addresses[EmailAddress(localPart: localPart.lowercased(), domain: Domain(String(domain)))] = hop
        } else if pattern.hasPrefix(".") {
            guard pattern.utf8.count > 1 else { throw PatternError(pattern: pattern) }
            self.suffixes[Domain(String(pattern.dropFirst())).name] = hop
        } else {
            self.domains[Domain(pattern)] = hop
        }
    }

    package func decide(_ address: EmailAddress) -> Decision {
        if !self.addresses.isEmpty {
            let folded = EmailAddress(localPart: address.localPart.lowercased(), domain: address.domain)
            if let hop = self.addresses[folded] { return .relay(hop) }
        }
        if let hop = self.domains[address.domain] ?? self.suffixHop(address.domain) ?? self.anywhere ?? self.smartHost {
            return .relay(hop)
        }
        return .noRoute(self.missing)
    }

    /// Whether mail for an address may be taken: it can be sent on, or may wait until it can.
    package func leadsSomewhere(_ address: EmailAddress) -> Bool { self.decide(address) != .noRoute(.bounce) }

    private func suffixHop(_ domain: Domain) -> NextHop? {
        guard !self.suffixes.isEmpty else { return nil }
        var rest = domain.name[...]
        while let dot = rest.firstIndex(of: ".") {
            rest = rest[rest.index(after: dot)...]
            if let hop = self.suffixes[String(rest)] { return hop }
        }
        return nil
    }
}
