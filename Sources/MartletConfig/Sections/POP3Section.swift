/// `[pop3]`: limits and timeouts of POP3.
package struct POP3Section: SessionSection {
    package var idleTimeout = Duration.seconds(600)
    package var loginTimeout = Duration.seconds(60)
    package var connectionsMax = 5_000
    package var connectionsPerPeerMax = 200
    package var errorsMax = 20
    package var allowPlaintextOnLoopback = true

    package init() {}

    static let name = "pop3"
    static let help = "Limits and timeouts of POP3."

    static let fields: [ConfigField<Self>] = Self.fields(
        idleMin: .seconds(600),
        "RFC 1939 asks for 10 minutes at least"
    )
}
