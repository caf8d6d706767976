/// `[directory]`: how addresses are read.
package struct DirectorySection: ConfigSection {
    package var detailSeparators = "+"

    package init() {}

    static let name = "directory"
    static let help = "How addresses are read."

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "detail_separators",
            \.detailSeparators,
            .text,
            bounds: .matching("at most four of + - _ = # %") { text in
                text.utf8.count <= 4 && text.allSatisfy { "+-_=#%".contains($0) }
            },
            help: "Characters that part a name from its detail, as in alice+list; empty turns sub-addresses off."
        )
    ]
}
