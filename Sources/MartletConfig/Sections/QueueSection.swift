/// `[queue]`: how often and how long mail for other hosts is tried.
package struct QueueSection: ConfigSection {
    package var schedule: [Duration] = [300, 600, 1_200, 2_400, 3_600, 7_200, 14_400].map { .seconds($0) }
    package var expiry = Duration.seconds(5 * 86_400)
    package var delayNotice = Duration.seconds(4 * 3_600)
    package var concurrency = 200
    package var concurrencyPerDestination = 20
    package var activeMax = 20_000
    package var connectTimeout = Duration.seconds(30)
    package var replyTimeout = Duration.seconds(600)
    package var messagesPerConnection = 1_000

    package init() {}

    static let name = "queue"
    static let help = "How often and how long mail for other hosts is tried."

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "schedule",
            \.schedule,
            .list(of: .duration),
            bounds: Self.scheduleBounds,
            help: "The waits between attempts; the last one repeats."
        ),
        ConfigField(
            "expiry",
            \.expiry,
            .duration,
            bounds: .duration(.seconds(60) ... .seconds(60 * 86_400)),
            help: "After how long mail is given up and its sender told."
        ),
        ConfigField(
            "delay_notice",
            \.delayNotice,
            .duration,
            bounds: .duration(.zero ... .seconds(60 * 86_400)),
            help: "After how long the sender is told that mail is late; 0s means never."
        ),
        ConfigField(
            "concurrency",
            \.concurrency,
            .number,
            bounds: .number(1...10_000),
            help: "Connections to other hosts at a time, all together."
        ),
        ConfigField(
            "concurrency_per_destination",
            \.concurrencyPerDestination,
            .number,
            bounds: .number(1...1_000),
            help: "Connections to one destination at a time, when all goes well."
        ),
        ConfigField(
            "active_max",
            \.activeMax,
            .number,
            bounds: .number(100...1_000_000),
            needsRestart: true,
            help: "Recipients held in memory for delivery; the others wait on disk."
        ),
        ConfigField(
            "connect_timeout",
            \.connectTimeout,
            .duration,
            bounds: .duration(.seconds(1) ... .seconds(600)),
            help: "How long another host may take to answer a connection."
        ),
        ConfigField(
            "reply_timeout",
            \.replyTimeout,
            .duration,
            bounds: .duration(.seconds(10) ... .seconds(3_600)),
            help: "How long another host may take at most to answer; most commands have less, by RFC 5321."
        ),
        ConfigField(
            "messages_per_connection",
            \.messagesPerConnection,
            .number,
            bounds: .number(1...100_000),
            help: "Messages sent over one connection before a new one is made."
        ),
    ]

    private static let scheduleBounds = ConfigBounds<[Duration]>.matching("1 to 100 waits of 1s to 7d") { waits in
        (1...100).contains(waits.count) && waits.allSatisfy { (.seconds(1) ... .seconds(7 * 86_400)).contains($0) }
    }
}
