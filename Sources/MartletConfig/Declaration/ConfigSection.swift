/// A table of the file, such as `[smtp]`, whose settings are declared beside its properties.
protocol ConfigSection: Hashable, Sendable {
    /// With every setting at its default.
    init()
    /// The table's name in the file.
    static var name: String { get }
    /// What the table is about.
    static var help: String { get }
    static var fields: [ConfigField<Self>] { get }
    /// Names that are the site's own, as in `[route]`, instead of declared ones.
    static var entries: ConfigEntries<Self>? { get }
}

extension ConfigSection {
    static var entries: ConfigEntries<Self>? { nil }
}

/// The entries of a table whose keys are the site's own.
struct ConfigEntries<Section: Sendable>: Sendable {
    /// What stands for a key in descriptions, such as `<domain>`.
    let placeholder: String
    let formName: String
    let help: String
    let read: @Sendable (_ key: String, ConfigNode, inout Section) throws(ConfigMismatch) -> Void
    /// In the order they are shown.
    let write: @Sendable (Section) -> [(key: String, value: String)]
}

/// A table that may stand in the file any number of times, such as `[[stub_zone]]`.
protocol RepeatedConfigSection: Hashable, Sendable {
    /// With every setting as if it had been left out.
    init()
    static var name: String { get }
    static var help: String { get }
    /// How many of them there may be.
    static var countMax: Int { get }
    /// A setting whose bounds do not hold for the value of ``init()`` may not be left out.
    static var fields: [ConfigField<Self>] { get }
}

/// A section without its type, so that all can be kept in one list.
struct AnyConfigSection: Sendable {
    let name: String
    let help: String
    let keys: [String]
    let isRepeated: Bool
    let read: @Sendable (ConfigNode, inout MartletConfig, inout ConfigReader) -> Void
    /// Its tables with their settings; one unless the section is a repeated one.
    let tables: @Sendable (MartletConfig) -> [[ConfigLine]]
    /// What stands for settings whose number is the site's choice.
    let placeholders: [ConfigLine]
    let problems: @Sendable (MartletConfig) -> [ConfigProblem]

    init<Section: ConfigSection>(_ path: any WritableKeyPath<MartletConfig, Section> & Sendable) {
        self.name = Section.name
        self.help = Section.help
        self.keys = Section.fields.map(\.key)
        self.isRepeated = false
        self.read = { node, config, reader in
            reader.read(node, into: &config[keyPath: path])
        }
        self.tables = { config in
            let section = config[keyPath: path]
            let defaults = Section()
            let declared = Section.fields.map { ConfigLine(section: section, defaults: defaults, field: $0) }
            return [declared + ConfigLine.entries(of: section)]
        }
        self.placeholders = ConfigLine.placeholder(of: Section.self).map { [$0] } ?? []
        self.problems = { config in
            let section = config[keyPath: path]
            return Section.fields.compactMap { field in
                field.check(section).map {
                    ConfigProblem(key: "\(Section.name).\(field.key)", line: nil, message: $0)
                }
            }
        }
    }

    init<Section: RepeatedConfigSection>(
        repeated path: any WritableKeyPath<MartletConfig, [Section]> & Sendable
    ) {
        self.name = Section.name
        self.help = Section.help
        self.keys = Section.fields.map(\.key)
        self.isRepeated = true
        self.read = { node, config, reader in
            reader.read(node, into: &config[keyPath: path])
        }
        self.tables = { config in
            config[keyPath: path].map { section in Section.fields.map { ConfigLine(section, field: $0) } }
        }
        self.placeholders = Section.fields.map { ConfigLine(nil as Section?, field: $0) }
        self.problems = { config in
            config[keyPath: path].enumerated().flatMap { position, section in
                Section.fields.compactMap { field in
                    field.check(section).map {
                        let key = "\(ConfigReader.path(Section.name, number: position + 1)).\(field.key)"
                        return ConfigProblem(key: key, line: nil, message: $0)
                    }
                }
            }
        }
    }

    func lines(_ config: MartletConfig) -> [ConfigLine] { self.tables(config).flatMap { $0 } }
}

/// One setting with its value, for showing and describing.
package struct ConfigLine: Hashable, Sendable {
    package let section: String
    package let key: String
    /// As TOML; `nil` when it is not set and has no default.
    package let value: String?
    package let defaultValue: String?
    /// What kind of value it is, with an example where that helps.
    package let form: String
    package let range: String?
    package let help: String
    package let needsRestart: Bool
    /// There is one for each of the site's entries, as the domains in `[route]` or a key of `[[stub_zone]]`.
    package let isEntry: Bool

    package var path: String { "\(self.section).\(TOMLText.key(self.key))" }

    init<Section: ConfigSection>(section: Section, defaults: Section, field: ConfigField<Section>) {
        self.section = Section.name
        self.key = field.key
        self.value = field.write(section)
        self.defaultValue = field.write(defaults)
        self.form = field.formName
        self.range = field.range
        self.help = field.help
        self.needsRestart = field.needsRestart
        self.isEntry = false
    }

    private init<Section: ConfigSection>(
        _ entries: ConfigEntries<Section>,
        section: Section.Type,
        key: String,
        value: String?
    ) {
        self.section = Section.name
        self.key = key
        self.value = value
        self.defaultValue = nil
        self.form = entries.formName
        self.range = nil
        self.help = entries.help
        self.needsRestart = false
        self.isEntry = true
    }

    /// - Parameter section: `nil` for the line that stands for any of them.
    init<Section: RepeatedConfigSection>(_ section: Section?, field: ConfigField<Section>) {
        self.section = Section.name
        self.key = field.key
        self.value = section.flatMap(field.write)
        self.defaultValue = nil
        self.form = field.formName
        self.range = field.range
        self.help = field.help
        self.needsRestart = field.needsRestart
        self.isEntry = true
    }

    static func entries<Section: ConfigSection>(of section: Section) -> [ConfigLine] {
        guard let entries = Section.entries else { return [] }
        return entries.write(section).map { ConfigLine(entries, section: Section.self, key: $0.key, value: $0.value) }
    }

    /// The line that stands for any entry of a table whose keys are the site's own.
    static func placeholder<Section: ConfigSection>(of section: Section.Type) -> ConfigLine? {
        Section.entries.map { ConfigLine($0, section: section, key: $0.placeholder, value: nil) }
    }
}
