/// `[pop3]`: limits and timeouts of POP3.
package struct POP3Section: ConfigSection {
    package var idleTimeout = Duration.seconds(600)
    package var loginTimeout = Duration.seconds(60)
    package var connectionsMax = 5_000
    package var connectionsPerPeerMax = 200
    package var errorsMax = 20
    package var allowPlaintextOnLoopback = true

    package init() {}

    static let name = "pop3"
    static let help = "Limits and timeouts of POP3."

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "idle_timeout",
            \.idleTimeout,
            .duration,
            bounds: .duration(.seconds(600) ... .seconds(86_400)),
            help: "How long a client may say nothing after its login; RFC 1939 asks for 10 minutes at least."
        ),
        ConfigField(
            "login_timeout",
            \.loginTimeout,
            .duration,
            bounds: .duration(.seconds(5) ... .seconds(600)),
            help: "How long a client may say nothing before its login; in all it has three times as long for it."
        ),
        ConfigField(
            "connections_max",
            \.connectionsMax,
            .number,
            bounds: .number(1...1_000_000),
            help: "Connections at a time, all peers together."
        ),
        ConfigField(
            "connections_per_peer_max",
            \.connectionsPerPeerMax,
            .number,
            bounds: .number(1...1_000_000),
            help: "Connections at a time from one address other than loopback."
        ),
        ConfigField(
            "errors_max",
            \.errorsMax,
            .number,
            bounds: .number(1...10_000),
            help: "Wrong commands after which a connection is closed."
        ),
        ConfigField(
            "allow_plaintext_on_loopback",
            \.allowPlaintextOnLoopback,
            .flag,
            help: "Whether programs on this machine may log in without TLS."
        ),
    ]
}
