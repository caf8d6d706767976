package import Logging
internal import MailTypes
package import MartletConfig
package import Telemetry
internal import Trace

/// The log of the whole program: one output, a level for each component.
package struct Logs: Sendable {
    private let output: LogOutput
    private let levels: LogLevels
    private let format: LineLogHandler.Format

    package init(_ configuration: MartletConfig) {
        self.output = LogOutput(path: configuration.log.target == "stderr" ? nil : configuration.log.target)
        self.levels = LogLevels(configuration.logLevelsByComponent)
        self.format = configuration.log.format == .json ? .json : .text
    }

    package func logger(_ component: Component) -> Logger {
        Logger(label: component.label) { _ in
            LineLogHandler(component: component, format: self.format, levels: self.levels, output: self.output)
        }
    }

    /// Tells the log of each part, at its level `debug`, what the trace is told of it.
    var traceMirror: TraceJournal.Mirror {
        let loggers = Dictionary(uniqueKeysWithValues: Component.allCases.map { ($0, self.logger($0)) })
        return { [levels = self.levels] id, event, fields in
            guard levels[event.component] <= .debug else { return }
            var metadata = Logger.Metadata([.id: id.description])
            for (key, value) in fields where !value.isEmpty { metadata[key.rawValue] = .string(value) }
            loggers[event.component]?.debug("\(event.rawValue)", metadata: metadata)
        }
    }

    /// Opens the file anew, for log rotation.
    package func reopen() {
        self.output.reopen()
    }

    func takeLevels(of configuration: MartletConfig) {
        self.levels.replace(configuration.logLevelsByComponent)
    }
}
