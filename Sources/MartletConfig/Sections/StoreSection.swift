/// `[store]`: how mail is kept.
package struct StoreSection: ConfigSection {
    /// 0: as many as the machine's processors ask for.
    package var shards = 0

    package init() {}

    static let name = "store"
    static let help = "How mail is kept."

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "shards",
            \.shards,
            .number,
            bounds: .number(0...64),
            needsRestart: true,
            help: """
                Database files that share the accounts, each with a writer of its own. 0: half as many as there are \
                processors, 1 to 4. Chosen at first start; it cannot be changed later.
                """
        )
    ]
}
