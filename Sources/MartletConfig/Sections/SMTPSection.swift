/// `[smtp]`: what is accepted by SMTP, submission and LMTP.
package struct SMTPSection: ConfigSection {
    package var messageSizeMax = 50 << 20
    package var recipientsMax = 1_000
    package var receivedMax = 50
    package var trustedNetworks = ["127.0.0.0/8", "::1/128"].compactMap { IPNetwork($0) }
    package var commandTimeout = Duration.seconds(300)
    package var dataTimeout = Duration.seconds(180)
    package var connectionsMax = 2_000
    package var connectionsPerPeerMax = 100
    package var errorsMax = 20
    package var allowPlaintextOnLoopback = true

    package init() {}

    static let name = "smtp"
    static let help = "What is accepted by SMTP, submission and LMTP."

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "message_size_max",
            \.messageSizeMax,
            .octets,
            bounds: .octets(64 << 10...2 << 30),
            help: "The largest message; announced as SIZE."
        ),
        ConfigField(
            "recipients_max",
            \.recipientsMax,
            .number,
            bounds: .number(100...50_000),
            help: "Recipients of one message; RFC 5321 asks for 100 at least."
        ),
        ConfigField(
            "received_max",
            \.receivedMax,
            .number,
            bounds: .number(10...500),
            help: "Hosts a message may have passed; beyond that it runs in circles and is refused."
        ),
        ConfigField(
            "trusted_networks",
            \.trustedNetworks,
            .list(of: .network),
            help: "Who may send mail to other domains without logging in. Senders of their mail are not checked, and "
                + "Authentication-Results in our name that it brings are believed and stay."
        ),
        ConfigField(
            "command_timeout",
            \.commandTimeout,
            .duration,
            bounds: .duration(.seconds(10) ... .seconds(3_600)),
            help: "How long a client may take for its next command."
        ),
        ConfigField(
            "data_timeout",
            \.dataTimeout,
            .duration,
            bounds: .duration(.seconds(10) ... .seconds(3_600)),
            help: "How long a client may take to send 16 KiB of a message, or what is left of it."
        ),
        ConfigField(
            "connections_max",
            \.connectionsMax,
            .number,
            bounds: .number(1...1_000_000),
            help: "Connections at a time, all peers together; more are told to come back."
        ),
        ConfigField(
            "connections_per_peer_max",
            \.connectionsPerPeerMax,
            .number,
            bounds: .number(1...1_000_000),
            help: "Connections at a time from one address other than loopback; more are told to come back."
        ),
        ConfigField(
            "errors_max",
            \.errorsMax,
            .number,
            bounds: .number(1...10_000),
            help: "Wrong or refused commands, with no message taken between, after which a connection is closed. "
                + "Users and trusted hosts may have as many recipients refused as a message may have."
        ),
        ConfigField(
            "allow_plaintext_on_loopback",
            \.allowPlaintextOnLoopback,
            .flag,
            help: "Whether programs on this machine may log in without TLS."
        ),
    ]
}
