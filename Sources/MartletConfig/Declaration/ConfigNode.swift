internal import TOMLKit

/// A value as the file has it, before anybody knows what it should be. The only file that knows the TOML library.
enum ConfigNode: Hashable, Sendable {
    case text(String)
    case number(Int)
    case flag(Bool)
    case list([ConfigNode])
    case table([String: ConfigNode])
    /// A fraction, a date or a time, which no setting is.
    case other(String)

    /// Reads a whole file's text.
    static func parse(_ text: String) throws(ConfigError) -> [String: ConfigNode] {
        do {
            let table = try TOMLTable(string: text)
            guard case .table(let entries) = Self.node(of: table) else { return [:] }
            return entries
        } catch let error as TOMLParseError {
            let problem = ConfigProblem(key: "", line: error.source.begin.line, message: error.description)
            throw ConfigError(problems: [problem])
        } catch {
            throw ConfigError(problems: [ConfigProblem(key: "", line: nil, message: "not TOML")])
        }
    }

    private static func node(of value: any TOMLValueConvertible) -> ConfigNode {
        if let table = value.table {
            var entries: [String: ConfigNode] = [:]
            for key in table.keys { entries[key] = table[key].map { self.node(of: $0) } }
            return .table(entries)
        }
        if let array = value.array { return .list((0..<array.count).map { self.node(of: array[$0]) }) }
        if let text = value.string { return .text(text) }
        if let number = value.int { return .number(number) }
        if let flag = value.bool { return .flag(flag) }
        return .other(value.type.description)
    }

    /// What it is, for messages.
    var kindName: String {
        switch self {
        case .text: "text"
        case .number: "a whole number"
        case .flag: "true or false"
        case .list: "a list"
        case .table: "a table"
        case .other(let kind): "a \(kind)"
        }
    }
}
