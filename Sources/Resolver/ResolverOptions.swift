package import MailTypes

/// Whom the resolver asks and whom it believes.
///
/// Without forwarders it asks the name servers of the Internet itself, from the root down.
package struct ResolverOptions: Sendable {
    /// The key below which signatures are checked.
    package enum TrustAnchors: Hashable, Sendable {
        /// DS or DNSKEY records in a zone file.
        case file(String)
        /// DS or DNSKEY records, one in each: `example.org. IN DS 12345 13 2 …`.
        case records([String])
        /// Nothing is checked: no answer is secure and none is bogus.
        case none

        /// The root's keys, which the package dns-root-data brings and renews. RFC 5011's way of following a key
        /// change is not used: it would need a file that this program may write, and the package does the same.
        package static let system = Self.file("/usr/share/dns/root.key")
    }

    /// A zone that certain servers are asked for, without looking for its servers in the DNS.
    package struct StubZone: Hashable, Sendable {
        package var zone: DNSName
        package var servers: [DNSServerAddress]

        package init(_ zone: DNSName, servers: [DNSServerAddress]) {
            self.zone = zone
            self.servers = servers
        }
    }

    /// Resolvers that are asked everything but the stub zones. They must hand signatures through (RFC 4035 §3.2)
    /// unless `trustAnchors` is `.none`.
    package var forwarders: [DNSServerAddress] = []
    /// Take the name servers in `/etc/resolv.conf` as forwarders, beside those above.
    package var usesSystemForwarders = false
    package var stubZones: [StubZone] = []
    package var trustAnchors = TrustAnchors.system
    /// Zones that need no signatures although the DNS above them is signed: a site's own, known inside only.
    package var unsignedZones: [DNSName] = []
    package var limits = ResolverLimits()

    package init() {}

    /// Everything is asked of one server, as `--dns ADDRESS:PORT` says it.
    package static func asking(_ server: DNSServerAddress, trustAnchors: TrustAnchors = .none) -> Self {
        var options = Self()
        options.forwarders = [server]
        options.trustAnchors = trustAnchors
        return options
    }
}
