internal import Telemetry

/// `[log]`: what is written to the log, how and where.
package struct LogSection: ConfigSection {
    package enum Level: String, Hashable, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    package enum Format: String, Hashable, Sendable, CaseIterable {
        case text
        case json
    }

    package var level = Level.info
    package var format = Format.text
    package var target = "stderr"

    package init() {}

    static let name = "log"
    static let help = "What is written to the log, how and where."

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "level",
            \.level,
            .choice(),
            help:
                "The least important lines that are written. debug tells what becomes of each connection and message, "
                + "trace also what is said on connections: no passwords, no messages."
        ),
        ConfigField(
            "format",
            \.format,
            .choice(),
            needsRestart: true,
            help: "Lines for people, or JSON for programs."
        ),
        ConfigField(
            "target",
            \.target,
            .text,
            bounds: .matching("\"stderr\" or an absolute path") { $0 == "stderr" || $0.hasPrefix("/") },
            needsRestart: true,
            help: "Where the log goes: stderr, which systemd keeps, or a file."
        ),
    ]
}

/// `[log_levels]`: other levels for single parts of the server.
package struct LogLevelsSection: ConfigSection {
    /// By component, such as `smtp` or `delivery`.
    package var levels: [String: LogSection.Level] = [:]

    package init() {}

    static let name = "log_levels"
    static let help = "Other levels for single parts of the server: smtp = \"debug\"."

    static let fields: [ConfigField<Self>] = []

    static let entries: ConfigEntries<Self>? = ConfigEntries(
        placeholder: "<component>",
        formName: ConfigForm<LogSection.Level>.choice().name,
        help: "The least important lines of one of "
            + "\(Component.allCases.map(\.rawValue).joined(separator: ", "))."
    ) { key, node, section throws(ConfigMismatch) in
        let known = Component.allCases.map(\.rawValue)
        guard known.contains(key) else {
            throw ConfigMismatch("is not a component\(DidYouMean.hint(for: key, among: known))")
        }
        section.levels[key] = try ConfigForm<LogSection.Level>.choice().read(node)
    } write: { section in
        section.levels.sorted { $0.key < $1.key }.map { ($0.key, TOMLText.quote($0.value.rawValue)) }
    }
}
