/// The configuration as text: for `martlet config show` and `describe`.
extension MartletConfig {
    /// A whole file that says the same as this configuration, every setting with its value. Read again it is equal.
    package func toml() -> String {
        var text = ""
        for section in Self.sections {
            text += text.isEmpty ? "" : "\n"
            text += "# \(section.help)\n"
            let tables = section.tables(self)
            if tables.isEmpty { text += "# There is no [[\(section.name)]].\n" }
            for table in tables {
                text += section.isRepeated ? "[[\(section.name)]]\n" : "[\(section.name)]\n"
                text += table.map(Self.toml).joined()
            }
        }
        return text
    }

    /// What is not set has no value that TOML could write.
    private static func toml(_ line: ConfigLine) -> String {
        let key = TOMLText.key(line.key)
        return line.value.map { "\(key) = \($0)\n" } ?? "# \(key) is not set\n"
    }

    /// The settings that are not at their defaults, as `key = value` by path.
    package func changes() -> [(path: String, value: String)] {
        Self.sections.flatMap { $0.lines(self) }.filter { $0.value != $0.defaultValue }
            .map { ($0.path, $0.value ?? "not set") }
    }

    /// What a key or a whole section is for; `nil` key means everything. Throws a "did you mean" for unknown ones.
    package static func describe(_ key: String?) throws(ConfigError) -> String {
        guard let key else { return self.sections.map(Self.describe).joined(separator: "\n") }
        if let section = self.sections.first(where: { $0.name == key }) { return self.describe(section) }
        let lines = self.describedLines
        if let line = lines.first(where: { $0.path == key }) { return self.describe(line) }
        // A key without its section will do when only one section has it.
        let sameKey = lines.filter { $0.key == key }
        guard sameKey.isEmpty else { return sameKey.map(Self.describe).joined(separator: "\n") }
        let hint = DidYouMean.hint(for: key, among: self.sections.map(\.name) + lines.map(\.path) + lines.map(\.key))
        throw ConfigError(problems: [ConfigProblem(key: key, line: nil, message: "is not known\(hint)")])
    }

    /// Every setting there is, with a stand-in for the entries of tables whose keys are the site's own.
    package static var describedLines: [ConfigLine] {
        MartletConfig().lines + self.sections.flatMap(\.placeholders)
    }

    private static func describe(_ section: AnyConfigSection) -> String {
        let lines = self.describedLines.filter { $0.section == section.name }
        let title = section.isRepeated ? "[[\(section.name)]]" : "[\(section.name)]"
        return "\(title)  \(section.help)\n\n" + lines.map(Self.describe).joined(separator: "\n")
    }

    private static func describe(_ line: ConfigLine) -> String {
        var text = "\(line.section).\(line.key)\n    \(line.help)\n    Value: \(line.form)"
        if let range = line.range { text += "; \(range)" }
        if !line.isEntry { text += "\n    Default: \(line.defaultValue ?? "not set")" }
        if line.needsRestart { text += "\n    A change needs a restart." }
        return text + "\n"
    }
}
