package import MailTypes

/// The hosts that take a domain's mail, in the order in which they are to be tried. RFC 5321 §5.1.
///
/// Made from answers only: who makes it asks for the domain's MX, then for the addresses of ``hosts``.
package struct MXPlan: Hashable, Sendable {
    /// Why there is nobody to give the mail to.
    package enum Problem: Error, Hashable, Sendable {
        /// The domain does not exist.
        case noSuchDomain
        /// The domain says that it takes no mail. RFC 7505 §3.
        case takesNoMail
        /// Neither the domain nor any host it names has an address.
        case noAddress
        /// We are the host that is to be preferred, and yet the mail is to leave here. RFC 5321 §5.1.
        case loop
        /// Nobody can tell now.
        case later(reason: String)

        /// Whether asking again cannot help, so that the sender gets the mail back.
        package var isPermanent: Bool {
            if case .later = self { false } else { true }
        }
    }

    /// Names, the preferred one first; at least one.
    package let hosts: [DNSName]
    /// Whether the choice of hosts is proven, as DANE asks for. RFC 7672 §2.2.1.
    package let security: DNSSecurity
    /// The domain has no MX and is its own host.
    package let isImplicit: Bool

    /// - Parameters:
    ///   - domain: whose mail it is.
    ///   - answer: to the question for its MX.
    ///   - ours: names of this host, so that mail does not come back to it.
    ///   - generator: mixes hosts of equal preference, which spreads the load.
    package init(
        domain: DNSName,
        answer: DNSOutcome,
        ours: Set<DNSName>,
        limits: ResolverLimits = .init(),
        using generator: inout some RandomNumberGenerator
    ) throws(Problem) {
        let records: [DNSRecord]
        switch answer {
        case .success(let answer):
            records = answer.records
            self.security = answer.security
        case .failure(.noData):
            // Whether the absence is proven is not told; the host's address would have to be secure anyway.
            records = []
            self.security = .insecure
        case .failure(.nxdomain): throw .noSuchDomain
        case .failure(.temporary(let reason)), .failure(.bogus(let reason)): throw .later(reason: reason)
        }
        var preferences: [DNSName: UInt16] = [:]
        for case .mx(let preference, let exchange) in records {
            preferences[exchange] = min(preference, preferences[exchange] ?? .max)
        }
        if preferences.keys.contains(.root), preferences.count == 1 { throw .takesNoMail }
        // Beside other hosts a root says nothing: no host has that name.
        preferences[.root] = nil
        self.isImplicit = preferences.isEmpty
        if preferences.isEmpty { preferences[domain] = 0 }
        let best = preferences.filter { ours.contains($0.key) }.values.min()
        let others = preferences.filter { best.map { [value = $0.value] in value < $0 } ?? true }
        guard !others.isEmpty else { throw .loop }
        let ordered = Dictionary(grouping: others.keys.sorted()) { others[$0] ?? 0 }
            .sorted { $0.key < $1.key }
            .flatMap { $0.value.shuffled(using: &generator) }
        self.hosts = Array(ordered.prefix(limits.mailHostsMax))
    }
}

/// A host that takes mail, with its addresses.
package struct MXHost: Hashable, Sendable {
    package let name: DNSName
    /// At least one, in the order in which they are to be tried.
    package let addresses: [IPAddress]
    /// Whether the addresses are proven, without which TLSA records are not asked for. RFC 7672 §2.2.2.
    package let security: DNSSecurity
}

extension MXPlan {
    /// The hosts that have addresses.
    ///
    /// - Parameters:
    ///   - answers: to the questions for A and, if IPv6 is to be used, AAAA of each host; what was not asked is
    ///     left out.
    ///     IPv6 goes first.
    package func reachableHosts(
        _ answers: [DNSQuestion: DNSOutcome],
        limits: ResolverLimits = .init()
    ) throws(Problem) -> [MXHost] {
        var reachable: [MXHost] = []
        var doubt: String?
        for host in self.hosts {
            var addresses: [IPAddress] = []
            var security = DNSSecurity.secure
            for type in [DNSRecordType.aaaa, .a] {
                switch answers[DNSQuestion(host, type)] {
                case .success(let answer):
                    if answer.security == .insecure { security = .insecure }
                    for case .address(let address) in answer.records where !addresses.contains(address) {
                        addresses.append(address)
                    }
                case .failure(.temporary(let reason)), .failure(.bogus(let reason)): doubt = doubt ?? reason
                case .failure(.nxdomain), .failure(.noData), nil: break
                }
            }
            guard !addresses.isEmpty else { continue }
            let tried = Self.ofBothKinds(addresses, limits.hostAddressesMax)
            reachable.append(MXHost(name: host, addresses: tried, security: security))
        }
        guard reachable.isEmpty else { return reachable }
        if let doubt { throw .later(reason: doubt) }
        throw .noAddress
    }

    /// The first ones, but not of one kind only where there are both.
    private static func ofBothKinds(_ addresses: [IPAddress], _ count: Int) -> [IPAddress] {
        guard addresses.count > count else { return addresses }
        let old = addresses.filter(\.isIPv4)
        let new = addresses.filter { !$0.isIPv4 }
        let newCount = min(new.count, max(count - old.count, (count + 1) / 2))
        return Array(new.prefix(newCount)) + old.prefix(count - newCount)
    }
}
