/// Reads the tables of a file into a configuration and collects everything that is wrong.
struct ConfigReader {
    private let lines: ConfigLineIndex
    private(set) var problems: [ConfigProblem] = []

    init(text: String) {
        self.lines = ConfigLineIndex(text)
    }

    mutating func read(_ tables: [String: ConfigNode]) -> MartletConfig {
        var config = MartletConfig()
        for (name, node) in tables.sorted(by: { $0.key < $1.key }) {
            guard let section = MartletConfig.sections.first(where: { $0.name == name }) else {
                self.unknownTable(name)
                continue
            }
            section.read(node, &config, &self)
        }
        return config
    }

    mutating func read<Section: ConfigSection>(_ node: ConfigNode, into section: inout Section) {
        guard case .table(let values) = node else {
            self.add(Section.name, "is a table: write [\(Section.name)] on a line of its own")
            return
        }
        for (key, node) in values.sorted(by: { $0.key < $1.key }) {
            let path = "\(Section.name).\(TOMLText.key(key))"
            do throws(ConfigMismatch) {
                if let field = Section.fields.first(where: { $0.key == key }) {
                    try field.read(node, &section)
                } else if let entries = Section.entries {
                    try entries.read(key, node, &section)
                } else {
                    throw Self.unknownKey(key, in: Section.self)
                }
            } catch {
                self.add(path, error.message)
            }
        }
    }

    mutating func read<Section: RepeatedConfigSection>(_ node: ConfigNode, into sections: inout [Section]) {
        guard case .list(let tables) = node else {
            self.add(Section.name, "may stand there several times: write [[\(Section.name)]] on a line of its own")
            return
        }
        guard tables.count <= Section.countMax else {
            self.add(Section.name, "is there \(tables.count) times; at most \(Section.countMax) can be had")
            return
        }
        sections = zip(1..., tables).map { number, table in
            self.read(table, path: Self.path(Section.name, number: number))
        }
    }

    private mutating func read<Section: RepeatedConfigSection>(_ node: ConfigNode, path: String) -> Section {
        var section = Section()
        guard case .table(let values) = node else {
            self.add(path, "is a table: write [[\(Section.name)]] on a line of its own")
            return section
        }
        for (key, node) in values.sorted(by: { $0.key < $1.key }) {
            do throws(ConfigMismatch) {
                guard let field = Section.fields.first(where: { $0.key == key }) else {
                    throw ConfigMismatch("is not known\(DidYouMean.hint(for: key, among: Section.fields.map(\.key)))")
                }
                try field.read(node, &section)
            } catch {
                self.add("\(path).\(TOMLText.key(key))", error.message)
            }
        }
        for field in Section.fields where values[field.key] == nil && field.check(section) != nil {
            self.add("\(path).\(field.key)", "is missing")
        }
        return section
    }

    /// `stub_zone[2]` for the second table of that name.
    static func path(_ name: String, number: Int) -> String { "\(name)[\(number)]" }

    mutating func add(_ key: String, _ message: String) {
        self.problems.append(ConfigProblem(key: key, line: self.lines.line(of: key), message: message))
    }

    /// The nearest key of the section; else the section that has a key of this very name.
    private static func unknownKey<Section: ConfigSection>(_ key: String, in section: Section.Type) -> ConfigMismatch {
        let hint = DidYouMean.hint(for: key, among: Section.fields.map(\.key))
        if hint.isEmpty, let other = MartletConfig.sections.first(where: { $0.keys.contains(key) }) {
            return ConfigMismatch("is not known here; it belongs to [\(other.name)]")
        }
        return ConfigMismatch("is not known\(hint)")
    }

    private mutating func unknownTable(_ name: String) {
        let hint = DidYouMean.hint(for: name, among: MartletConfig.sections.map(\.name))
        if hint.isEmpty, let owner = MartletConfig.sections.first(where: { $0.keys.contains(name) }) {
            return self.add(name, "is not known here; it belongs to [\(owner.name)]")
        }
        self.add(name, "is not known\(hint)")
    }
}

/// Where in a file each key stands, found by its lines, as the TOML library does not say.
struct ConfigLineIndex {
    private var lines: [String: Int] = [:]

    init(_ text: String) {
        var table = ""
        var counts: [String: Int] = [:]
        let all = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in zip(1..., all) {
            let line = line.drop { $0 == " " || $0 == "\t" }
            if line.first == "[" {
                table = String(line.drop { $0 == "[" }.prefix { $0 != "]" }).filter { $0 != " " }
                self.note(table, number)
                guard line.hasPrefix("[[") else { continue }
                counts[table, default: 0] += 1
                table = ConfigReader.path(table, number: counts[table] ?? 1)
                self.note(table, number)
            } else if let equals = line.firstIndex(of: "="), line.first != "#" {
                let key = line[..<equals].filter { $0 != " " && $0 != "\t" }
                self.note(table.isEmpty ? key : "\(table).\(key)", number)
            }
        }
    }

    /// The line of a key, or of the nearest table around it.
    func line(of key: String) -> Int? {
        var path = key[...]
        while true {
            if let line = self.lines[String(path)] { return line }
            guard let dot = path.lastIndex(of: ".") else { return nil }
            path = path[..<dot]
        }
    }

    private mutating func note(_ path: String, _ number: Int) {
        if self.lines[path] == nil { self.lines[path] = number }
    }
}
