/// `[trace]`: how long it is known what became of each message.
package struct TraceSection: ConfigSection {
    package var days = 14
    package var sizeMax = 4 << 30

    package init() {}

    static let name = "trace"
    static let help = "How long it is known what became of each message and connection."

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "days",
            \.days,
            .number,
            bounds: .number(1...3_650),
            needsRestart: true,
            help: "Days for which `martlet trace` knows."
        ),
        ConfigField(
            "size_max",
            \.sizeMax,
            .octets,
            bounds: .octets(64 << 20...1 << 40),
            needsRestart: true,
            help: "What the trace may take of the disk: the oldest hours go first. One hour may take a quarter."
        ),
    ]
}
