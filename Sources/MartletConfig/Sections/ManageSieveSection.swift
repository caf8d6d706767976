/// `[managesieve]`: limits and timeouts of ManageSieve, and how much users may keep in scripts.
package struct ManageSieveSection: SessionSection {
    package var idleTimeout = Duration.seconds(1_800)
    package var loginTimeout = Duration.seconds(60)
    package var connectionsMax = 1_000
    package var connectionsPerPeerMax = 100
    package var scriptSizeMax = 1 << 20
    package var scriptsMax = 64
    package var scriptsSizeMax = 4 << 20
    package var errorsMax = 100
    package var allowPlaintextOnLoopback = true

    package init() {}

    static let name = "managesieve"
    static let help = "Limits and timeouts of ManageSieve, and how much an account may keep in scripts."

    static let fields: [ConfigField<Self>] = Self.fields(
        idleMin: .seconds(1_800),
        "RFC 5804 asks for 30 minutes at least",
        [
            ConfigField(
                "script_size_max",
                \.scriptSizeMax,
                .octets,
                bounds: .octets(4 << 10...1 << 20),
                help: "The largest script an account may keep."
            ),
            ConfigField(
                "scripts_max",
                \.scriptsMax,
                .number,
                bounds: .number(1...10_000),
                help: "How many scripts an account may keep."
            ),
            ConfigField(
                "scripts_size_max",
                \.scriptsSizeMax,
                .octets,
                bounds: .octets(4 << 10...1 << 30),
                help: "How large the scripts of an account may be together."
            ),
        ]
    )
}
