/// `[imap]`: limits and timeouts of IMAP.
package struct IMAPSection: ConfigSection {
    package var idleTimeout = Duration.seconds(1_800)
    package var loginTimeout = Duration.seconds(60)
    package var connectionsMax = 20_000
    package var connectionsPerPeerMax = 200
    package var appendSizeMax = 50 << 20
    package var errorsMax = 50
    package var allowPlaintextOnLoopback = true

    package init() {}

    static let name = "imap"
    static let help = "Limits and timeouts of IMAP."

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "idle_timeout",
            \.idleTimeout,
            .duration,
            bounds: .duration(.seconds(1_800) ... .seconds(86_400)),
            help: "How long a client may say nothing after its login; RFC 9051 asks for 30 minutes at least."
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
            "append_size_max",
            \.appendSizeMax,
            .octets,
            bounds: .octets(64 << 10...2 << 30),
            help: "The largest message a client may put into a mailbox; announced as APPENDLIMIT."
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
