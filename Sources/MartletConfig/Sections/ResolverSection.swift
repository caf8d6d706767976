/// `[resolver]`: how the DNS is asked.
package struct ResolverSection: ConfigSection {
    package var forwarders: [String] = []
    package var systemForwarders = false
    package var trustAnchor: String? = "/usr/share/dns/root.key"
    package var unsignedZones: [String] = []

    package init() {}

    static let name = "resolver"
    static let help = "How the DNS is asked. Without forwarders the name servers of the Internet are asked directly."

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "forwarders",
            \.forwarders,
            .list(of: .text),
            needsRestart: true,
            help:
                "Resolvers that are asked everything but the stub zones: \"192.0.2.53\" or \"127.0.0.1:5353\". They "
                + "must hand DNSSEC signatures through."
        ),
        ConfigField(
            "system_forwarders",
            \.systemForwarders,
            .flag,
            needsRestart: true,
            help: "Ask the servers in /etc/resolv.conf too."
        ),
        ConfigField(
            "trust_anchor",
            \.trustAnchor,
            .optional(.text),
            needsRestart: true,
            help: "File with the root's keys, below which signatures are checked. \"none\" checks none."
        ),
        ConfigField(
            "unsigned_zones",
            \.unsignedZones,
            .list(of: .text),
            needsRestart: true,
            help: "Zones that need no signatures although the DNS above them is signed: names known inside only."
        ),
    ]
}

/// `[stub_zone]`: zones that certain servers are asked for.
package struct StubZoneSection: ConfigSection {
    /// Servers, separated by commas, by zone.
    package var servers: [String: String] = [:]

    package init() {}

    static let name = "stub_zone"
    static let help =
        "Zones that certain name servers are asked for: \"inside.example\" = \"10.0.0.53, 10.0.1.53:5353\"."

    static let fields: [ConfigField<Self>] = []

    static let entries: ConfigEntries<Self>? = ConfigEntries(
        placeholder: "<zone>",
        formName: ConfigForm<String>.text.name,
        help: "The zone's name servers, by address, separated by commas. Needs a restart."
    ) { key, node, section throws(ConfigMismatch) in
        section.servers[key] = try ConfigForm<String>.text.read(node)
    } write: { section in
        section.servers.sorted { $0.key < $1.key }.map { ($0.key, TOMLText.quote($0.value)) }
    }
}
