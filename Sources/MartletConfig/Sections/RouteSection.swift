package import MailTypes

/// `[route]`: where mail for certain domains goes next.
package struct RouteSection: ConfigSection {
    /// By domain; a key `.example.org` stands for all domains below that one.
    package var targets: [Domain: RouteTarget] = [:]

    package init() {}

    static let name = "route"
    static let help =
        "Where mail for certain domains goes next: \"example.org\" = \"lmtp:10.0.0.2:24\". A name with a leading dot "
        + "stands for all domains below it."

    static let fields: [ConfigField<Self>] = []

    static let entries: ConfigEntries<Self>? = ConfigEntries(
        placeholder: "<domain>",
        formName: ConfigForm<RouteTarget>.route.name,
        help: "The next host for this domain's mail, by SMTP or LMTP."
    ) { key, node, section throws(ConfigMismatch) in
        let domain = try ConfigForm<Domain>.domain.read(.text(key))
        section.targets[domain] = try ConfigForm<RouteTarget>.route.read(node)
    } write: { section in
        section.targets.sorted { $0.key < $1.key }.map { ($0.key.name, TOMLText.quote($0.value.description)) }
    }
}
