package import Logging
internal import MailTypes
package import Telemetry

/// Writes a log event as one line: time, level, component, message, then `key=value` pairs; or as a JSON object.
package struct LineLogHandler: LogHandler {
    package enum Format: Sendable {
        case text
        case json
    }

    package var metadata: Logger.Metadata = [:]
    private let component: Component
    private let format: Format
    private let levels: LogLevels
    private let output: LogOutput
    private let clock = SystemClock()

    package init(component: Component, format: Format, levels: LogLevels, output: LogOutput) {
        self.component = component
        self.format = format
        self.levels = levels
        self.output = output
    }

    /// Set for the component as a whole, in the configuration.
    package var logLevel: Logger.Level {
        get { self.levels[self.component] }
        set {}
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let lost = self.output.write(self.line(event))
        guard lost > 0 else { return }
        let told = LogEvent(
            level: .warning,
            message: "lines of the log were lost: whoever reads them had stopped",
            metadata: Logger.Metadata([.count: String(lost)]),
            source: nil,
            file: #fileID,
            function: #function,
            line: #line
        )
        self.output.write(self.line(told))
    }

    private func line(_ event: LogEvent) -> [UInt8] {
        var fields = self.metadata
        if let metadata = event.metadata { fields.merge(metadata) { _, new in new } }
        let now = self.clock.now
        let milliseconds = now.millisecondsSince1970 - now.secondsSince1970 * 1_000
        let fraction = "\(1_000 + milliseconds)".dropFirst()
        let time = "\(CivilTime(secondsSince1970: now.secondsSince1970).timestamp).\(fraction)Z"
        let sorted = fields.map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 }
        let line =
            switch self.format {
            case .text: self.text(time, event, sorted)
            case .json: self.json(time, event, sorted)
            }
        return Array(line.utf8)
    }

    private func text(_ time: String, _ event: LogEvent, _ fields: [(String, String)]) -> String {
        var line = "\(time) \(event.level.rawValue) \(self.component.rawValue): \(event.message)"
        for (key, value) in fields {
            let isPlain = !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x7F }
            line += " \(key)=\(isPlain ? value : Self.quoted(value))"
        }
        return TerminalText.printableLine(line) + "\n"
    }

    private func json(_ time: String, _ event: LogEvent, _ fields: [(String, String)]) -> String {
        var line = #"{"at":"\#(time)","level":"\#(event.level.rawValue)","component":"\#(self.component.rawValue)""#
        line += #","message":\#(Self.quoted("\(event.message)"))"#
        for (key, value) in fields { line += ",\(Self.quoted(key)):\(Self.quoted(value))" }
        return TerminalText.printableJSON(line) + "}\n"
    }

    /// A JSON string (RFC 8259 §7): what a peer sent can end neither it nor the line.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                quoted += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
