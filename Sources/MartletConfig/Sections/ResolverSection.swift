package import MailTypes

/// `[resolver]`: whom the DNS is asked through, and what is believed.
package struct ResolverSection: ConfigSection {
    package var forwarders: [DNSServerAddress] = []
    package var systemForwarders = false
    package var trustAnchors = "/usr/share/dns/root.key"
    package var unsignedZones: [DNSName] = []
    package var questionTimeout = Duration.seconds(6)
    package var messageTimeout = Duration.seconds(20)
    package var questionsPerMessage = 200
    package var cacheSize = 48 << 20

    package init() {}

    static let name = "resolver"
    static let help = "Whom the DNS is asked through, and what is believed."

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "forwarders",
            \.forwarders,
            .list(of: .nameServer),
            bounds: .matching("at most 16 servers") { $0.count <= 16 },
            needsRestart: true,
            help: "Resolvers that are asked everything. Without any, the name servers of the Internet are asked from "
                + "the root down."
        ),
        ConfigField(
            "system_forwarders",
            \.systemForwarders,
            .flag,
            needsRestart: true,
            help: "Whether the servers in /etc/resolv.conf are asked as forwarders too."
        ),
        ConfigField(
            "trust_anchors",
            \.trustAnchors,
            .text,
            bounds: .matching("an absolute path, or empty") { $0.isEmpty || $0.hasPrefix("/") },
            needsRestart: true,
            help: "A file with the keys below which signatures are checked; empty means that none is, and no answer "
                + "counts as proven."
        ),
        ConfigField(
            "unsigned_zones",
            \.unsignedZones,
            .list(of: .zone),
            bounds: .matching("at most 100 zones") { $0.count <= 100 },
            needsRestart: true,
            help: "Zones of the site's own that need no signatures although the DNS above them is signed."
        ),
        ConfigField(
            "question_timeout",
            \.questionTimeout,
            .duration,
            bounds: .duration(.milliseconds(500) ... .seconds(60)),
            needsRestart: true,
            help: "How long one question is waited for."
        ),
        ConfigField(
            "message_timeout",
            \.messageTimeout,
            .duration,
            bounds: .duration(.seconds(1) ... .seconds(120)),
            needsRestart: true,
            help: "How long all questions that one message causes may take together."
        ),
        ConfigField(
            "questions_per_message",
            \.questionsPerMessage,
            .number,
            bounds: .number(20...2_000),
            needsRestart: true,
            help: "How many questions one message may cause; SPF alone may need over a hundred."
        ),
        ConfigField(
            "cache_size",
            \.cacheSize,
            .octets,
            bounds: .octets(1 << 20...4 << 30),
            needsRestart: true,
            help: "Memory for answers and for what led to them."
        ),
    ]
}

/// `[[stub_zone]]`: a zone that certain servers are asked for.
package struct StubZoneSection: RepeatedConfigSection {
    package var zone = DNSName.root
    package var servers: [DNSServerAddress] = []

    package init() {}

    static let name = "stub_zone"
    static let help = "A zone that certain servers are asked for, without looking for its servers in the DNS."
    static let countMax = 100

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "zone",
            \.zone,
            .zone,
            bounds: .matching("a name below the root") { $0 != .root },
            needsRestart: true,
            help: "The zone's name."
        ),
        ConfigField(
            "servers",
            \.servers,
            .list(of: .nameServer),
            bounds: .matching("1 to 16 servers") { (1...16).contains($0.count) },
            needsRestart: true,
            help: "The zone's name servers, by their addresses."
        ),
    ]
}

extension ConfigForm where Value == DNSServerAddress {
    static var nameServer: Self {
        .parsed(
            "a name server's address, e.g. \"192.0.2.1\" or \"[2001:db8::1]:5353\"",
            { DNSServerAddress($0) },
            text: \.description
        )
    }
}

extension ConfigForm where Value == DNSName {
    static var zone: Self {
        .parsed("a name in the DNS, e.g. \"corp.example.org\"", { DNSName($0) }, text: \.text)
    }
}
