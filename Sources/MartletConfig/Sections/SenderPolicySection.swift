package import MailTypes

/// What is done with mail that does not come from whom it says.
package enum SenderHandling: String, Hashable, Sendable, CaseIterable {
    case none
    case tag
    case quarantine
    case reject
}

/// `[sender_policy]`: what is done with mail that does not come from whom it says.
package struct SenderPolicySection: ConfigSection {
    package var usual = SenderHandling.tag
    package var publicSuffixList = "/usr/share/publicsuffix/public_suffix_list.dat"
    package var trustedSealers: [DNSName] = []
    package var sealer: Domain?

    package init() {}

    static let name = "sender_policy"
    static let help =
        "What is done with mail from outside that does not come from whom it says (SPF, DKIM, DMARC, ARC)."

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "usual",
            \.usual,
            .choice(),
            help:
                "For recipients in domains that [sender_policy_of] does not name. none: senders are not checked; tag: "
                + "what was found stands in the header; quarantine: mail that fails goes to Junk; reject: it is "
                + "rejected where its author's domain asks for that."
        ),
        ConfigField(
            "public_suffix_list",
            \.publicSuffixList,
            .text,
            bounds: .notEmpty,
            needsRestart: true,
            help: "File that tells which names are registered below which; Debian's package publicsuffix brings it. "
                + "Where it is missing, the DNS tree is walked instead."
        ),
        ConfigField(
            "trusted_sealers",
            \.trustedSealers,
            .list(of: .zone),
            help: "Domains of forwarders and mailing lists whose ARC seals are believed, as far as all that sealed a "
                + "message later are listed too."
        ),
        ConfigField(
            "sealer",
            \.sealer,
            .optional(.domain),
            help:
                "Domain whose RSA key (`martlet dkim key`) seals checked mail that aliases and scripts send on (ARC); "
                + "that of the host's name, or of the nearest domain above it that has keys, when not set."
        ),
    ]
}

/// `[sender_policy_of]`: the same for one domain of ours.
package struct SenderPolicyOfSection: ConfigSection {
    package var handling: [Domain: SenderHandling] = [:]

    package init() {}

    static let name = "sender_policy_of"
    static let help = "The same for recipients in one domain: \"example.org\" = \"reject\"."

    static let fields: [ConfigField<Self>] = []

    static let entries: ConfigEntries<Self>? = ConfigEntries(
        placeholder: "<domain>",
        formName: ConfigForm<SenderHandling>.choice().name,
        help: "What is done with mail for this domain whose sender fails."
    ) { key, node, section throws(ConfigMismatch) in
        let domain = try ConfigForm<Domain>.domain.read(.text(key))
        section.handling[domain] = try ConfigForm<SenderHandling>.choice().read(node)
    } write: { section in
        section.handling.sorted { $0.key < $1.key }.map { ($0.key.name, TOMLText.quote($0.value.rawValue)) }
    }
}
