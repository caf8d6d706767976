/// `[store]`: how mail is kept.
package struct StoreSection: ConfigSection {
    package var shards = 4

    package init() {}

    static let name = "store"
    static let help = "How mail is kept."

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "shards",
            \.shards,
            .number,
            bounds: .number(1...64),
            needsRestart: true,
            help: "Database files that share the accounts. Chosen at first start; it cannot be changed later."
        )
    ]
}
