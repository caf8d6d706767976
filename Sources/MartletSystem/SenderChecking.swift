internal import FoundationEssentials
internal import MailTypes
internal import MartletConfig
internal import Reception
internal import Resolver
internal import SenderAuth

/// What checking senders and asking the DNS are told of the configuration.
extension MartletConfig {
    /// - Throws: ``SystemError`` when a name or an address is none.
    func resolverOptions() throws -> ResolverOptions {
        var options = ResolverOptions()
        options.forwarders = try self.resolver.forwarders.map { try Self.server($0, "resolver.forwarders") }
        options.usesSystemForwarders = self.resolver.systemForwarders
        options.unsignedZones = try self.resolver.unsignedZones.map { try Self.name($0, "resolver.unsigned_zones") }
        if let anchor = self.resolver.trustAnchor, anchor != "none" {
            guard FileManager.default.fileExists(atPath: anchor) else {
                throw SystemError(
                    "resolver.trust_anchor: there is no file \(anchor). Install dns-root-data, or say \"none\""
                )
            }
            options.trustAnchors = .file(anchor)
        } else {
            options.trustAnchors = .none
        }
        for (zone, servers) in self.stubZone.servers.sorted(by: { $0.key < $1.key }) {
            let addresses = try servers.split(separator: ",").map { text in
                try Self.server(text.filter { $0 != " " }, "stub_zone.\"\(zone)\"")
            }
            options.stubZones.append(.init(try Self.name(zone, "stub_zone"), servers: addresses))
        }
        return options
    }

    private static func server(_ text: String, _ key: String) throws -> DNSServerAddress {
        guard let server = DNSServerAddress(text) else {
            throw SystemError("\(key): '\(text)' is no address. Give one like 192.0.2.53 or 127.0.0.1:5353")
        }
        return server
    }

    private static func name(_ text: String, _ key: String) throws -> DNSName {
        guard let name = DNSName(text) else { throw SystemError("\(key): '\(text)' is no name of a domain") }
        return name
    }

    /// Whether any domain's mail is checked.
    var checksSenders: Bool {
        self.senderPolicy.usual != .none || self.senderPolicyOf.handling.values.contains { $0 != .none }
    }

    var receptionSenderPolicy: SenderPolicy {
        SenderPolicy(
            usual: self.senderPolicy.usual.handling,
            domains: self.senderPolicyOf.handling.mapValues(\.handling),
            trustedSealers: Set(self.senderPolicy.trustedSealers.compactMap { DNSName($0) })
        )
    }

    /// By the list where there is one, else by walking up the DNS.
    func organizationFinder() -> OrganizationFinder {
        guard let text = FileManager.default.contents(atPath: self.senderPolicy.publicSuffixList) else {
            return .treeWalk
        }
        return .publicSuffixList(PublicSuffixList(text))
    }
}

extension SenderHandling {
    fileprivate var handling: SenderPolicy.Handling {
        switch self {
        case .none: .none
        case .tag: .tag
        case .quarantine: .quarantine
        case .reject: .reject
        }
    }
}
