/// `[tls]`: the certificate shown to clients.
package struct TLSSection: ConfigSection {
    package enum Version: String, Hashable, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    package var certificate: String?
    package var key: String?
    package var versionMin = Version.tls12

    package init() {}

    static let name = "tls"
    static let help = "The certificate shown to clients. Without one, a self-signed one is made at first start."

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "certificate",
            \.certificate,
            .optional(.text),
            help: "A PEM file with the certificate and the chain behind it; read anew at reload."
        ),
        ConfigField("key", \.key, .optional(.text), help: "A PEM file with the certificate's private key."),
        ConfigField("version_min", \.versionMin, .choice(), help: "The oldest version of TLS that is spoken."),
    ]
}
