/// A section of a protocol whose clients log in and stay: what all of these set alike.
protocol SessionSection: ConfigSection {
    var idleTimeout: Duration { get set }
    var loginTimeout: Duration { get set }
    var connectionsMax: Int { get set }
    var connectionsPerPeerMax: Int { get set }
    var errorsMax: Int { get set }
    var allowPlaintextOnLoopback: Bool { get set }
}

extension SessionSection {
    /// The shared settings around those the protocol has for itself.
    ///
    /// - Parameters:
    ///   - idleMin: the least that may be set.
    ///   - idle: who asks for it, for the help.
    ///   - own: between those of connections and of mistakes.
    static func fields(idleMin: Duration, _ idle: String, _ own: [ConfigField<Self>] = []) -> [ConfigField<Self>] {
        [
            ConfigField(
                "idle_timeout",
                \.idleTimeout,
                .duration,
                bounds: .duration(idleMin ... .seconds(86_400)),
                help: "How long a client may say nothing after its login; \(idle)."
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
        ] + own + [
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
}
