package import Logging
package import MartletConfig
package import Telemetry

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

    /// Opens the file anew, for log rotation.
    package func reopen() {
        self.output.reopen()
    }

    func takeLevels(of configuration: MartletConfig) {
        self.levels.replace(configuration.logLevelsByComponent)
    }
}
