/// `[imap]`: limits and timeouts of IMAP.
package struct IMAPSection: SessionSection {
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

    static let fields: [ConfigField<Self>] = Self.fields(
        idleMin: .seconds(1_800),
        "RFC 9051 asks for 30 minutes at least",
        [
            ConfigField(
                "append_size_max",
                \.appendSizeMax,
                .octets,
                bounds: .octets(64 << 10...2 << 30),
                help: "The largest message a client may put into a mailbox; announced as APPENDLIMIT."
            )
        ]
    )
}
