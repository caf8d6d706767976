/// `[smart_host]`: the host that takes all mail for other domains.
package struct SmartHostSection: ConfigSection {
    package enum TLS: String, Hashable, Sendable, CaseIterable {
        /// STARTTLS when the host offers it.
        case opportunistic
        /// No mail without STARTTLS and a certificate that names the host.
        case required
        case off
    }

    package var target: RouteTarget?
    package var login: String?
    package var password: SecretReference?
    package var tls = TLS.opportunistic

    package init() {}

    static let name = "smart_host"
    static let help = "The host that takes all mail for other domains which no [route] names."

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "target",
            \.target,
            .optional(.route),
            help: "The host. Without it, mail for domains that no route names is refused."
        ),
        ConfigField("login", \.login, .optional(.text), help: "The name to log in with there."),
        ConfigField(
            "password",
            \.password,
            .optional(.secret),
            help: "Where the password for that login stands."
        ),
        ConfigField(
            "tls",
            \.tls,
            .choice(),
            help: "Whether the connection to it must be encrypted. required: and its certificate must name it."
        ),
    ]
}
