/// A configuration's values as other programs read them: a text is a text, a number a number, and what is not set is
/// nothing. Durations and sizes are texts with their unit, as in the file.
package indirect enum ConfigTree: Hashable, Sendable, Encodable {
    case nothing
    case text(String)
    case number(Int)
    case flag(Bool)
    case list([ConfigTree])
    case table([String: ConfigTree])

    /// - Parameter toml: a value as the file has it; `nil` when it is not set.
    init(toml: String?) {
        // What the program writes is what it reads.
        let node = toml.flatMap { (try? ConfigNode.parse("value = \($0)"))?["value"] }
        self = node.map { ConfigTree($0) } ?? .nothing
    }

    private init(_ node: ConfigNode) {
        switch node {
        case .text(let text), .other(let text): self = .text(text)
        case .number(let number): self = .number(number)
        case .flag(let flag): self = .flag(flag)
        case .list(let nodes): self = .list(nodes.map { ConfigTree($0) })
        case .table(let nodes): self = .table(nodes.mapValues { ConfigTree($0) })
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .nothing: try container.encodeNil()
        case .text(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .flag(let flag): try container.encode(flag)
        case .list(let values): try container.encode(values)
        case .table(let values): try container.encode(values)
        }
    }
}

extension MartletConfig {
    /// Every setting with its value, by section and key.
    package var tree: ConfigTree {
        var sections: [String: ConfigTree] = [:]
        for section in Self.sections {
            let tables = section.tables(self).map { lines in
                ConfigTree.table(
                    Dictionary(
                        lines.map { ($0.key, ConfigTree(toml: $0.value)) },
                        uniquingKeysWith: { first, _ in first }
                    )
                )
            }
            sections[section.name] = section.isRepeated ? .list(tables) : tables.first ?? .nothing
        }
        return .table(sections)
    }
}
